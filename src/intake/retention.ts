/**
 * Unlinks whole files: once settled and old enough, or too old regardless of their pairs. A partner that accepts
 * nothing thus cannot fill the disk.
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
 * Begins a new file if one is due, unlinks expired files, and stores every partner's progress. Throws
 * `ERR_INTAKE_UNAVAILABLE` on a write error; the next call continues.
 */
export function maintain({ events, books, settler, options, now }: RetentionParts): void {
  const at = now()
  cutIfDue(events, options, at)
  // Oldest first, and only from the front, as `endThrough` requires.
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
  /** Ends and counts in one transaction; after a crash before the unlink, the next start unlinks the file unread. */
  function remove({ n }: Segment): void {
    settler.flush({ fold: { segment: n, counts: events.countsOf(n) } })
    for (const queue of books.queues.values()) queue.recount()
    events.drop(n)
  }
}

function sealed(events: EventStore): Segment[] {
  return events.segments().filter((segment) => segment.sealed)
}
