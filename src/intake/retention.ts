/**
 * Files are unlinked whole: once settled and old enough, or too old whatever they hold. So a partner that takes nothing
 * cannot fill the disk.
 */
import type { EpochMs } from '../model/brand.ts'
import { cutIfDue } from './append.ts'
import type { Books } from './books.ts'
import { HOUR_MS, type IntakeOptions } from './options.ts'
import type { Settler } from './settle.ts'
import type { EventStore, Segment } from './store.ts'

export interface RetentionParts {
  readonly events: EventStore
  readonly books: Books
  readonly settler: Settler
  readonly options: IntakeOptions
  readonly now: () => EpochMs
}

/**
 * Begins a new file where one is due, unlinks files whose time has come, and writes down how far every partner is.
 * Throws `ERR_INTAKE_UNAVAILABLE` where the disk refuses; the next call goes on.
 */
export function maintain({ events, books, settler, options, now }: RetentionParts): void {
  const at = now()
  cutIfDue(events, options, at)
  // Oldest first, and only from the front: what `endThrough` asks for.
  for (const segment of sealed(events)) {
    if (segment.newestAt >= at - options.maxAgeHours * HOUR_MS) break
    for (const queue of books.queues.values()) {
      queue.endThrough(segment.firstSeq - 1, segment.lastSeq, { state: 'expired', why: '' })
    }
    remove(segment)
  }
  for (const segment of sealed(events)) {
    if (segment.newestAt < at - options.keepHours * HOUR_MS && isSettled(segment)) remove(segment)
  }
  settler.flush({ cursors: true })

  function isSettled({ firstSeq, lastSeq }: Segment): boolean {
    for (const queue of books.queues.values()) if (queue.isUnsettledIn(firstSeq - 1, lastSeq)) return false
    return true
  }
  /** Ends and counts in one transaction; a crash before the unlink leaves a file that the next start unlinks unread. */
  function remove({ n }: Segment): void {
    settler.flush({ fold: { segment: n, counts: events.countsOf(n) } })
    for (const queue of books.queues.values()) queue.recount()
    events.drop(n)
  }
}

function sealed(events: EventStore): Segment[] {
  return events.segments().filter((segment) => segment.sealed)
}
