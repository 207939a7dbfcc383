/** The intake's state in memory: counters, and a queue for every partner ever routed to. */
import type { PartnerId } from '../model/brand.ts'
import { SETTLED_STATES, type SettledState } from '../model/disclosure.ts'
import type { Reason } from '../model/reason.ts'
import { PartnerQueue } from './partner-queue.ts'
import type { IntakeTotals, PairTotals } from './ports.ts'
import type { EventStore, SavedQueue, StateStore } from './store.ts'

const ROUTED = 'routed:'
const REJECTED = 'rejected:'
export const routedTo = (partner: PartnerId): string => `${ROUTED}${partner}`
export const rejectedFor = (code: string): string => `${REJECTED}${code}`

export interface Books {
  readonly counts: Map<string, number>
  readonly queues: Map<PartnerId, PartnerQueue>
  /** The partner's queue; a new one begins just below `firstSeq`. */
  queueOf(partner: PartnerId, firstSeq: number): PartnerQueue
}

/** Reads the state from disk. Throws if it refers to events that no file holds. */
export function openBooks(events: EventStore, state: StateStore): Books {
  const { queues: saved, folded } = state.load()
  const counts = new Map(folded)
  for (const { n } of events.segments()) addCounts(counts, events.countsOf(n))
  const queues = new Map<PartnerId, PartnerQueue>()
  const queueOf = (partner: PartnerId, firstSeq: number): PartnerQueue => {
    const known = queues.get(partner)
    if (known !== undefined) return known
    const queue = new PartnerQueue(partner, events, firstSeq - 1)
    queues.set(partner, queue)
    return queue
  }
  for (const queue of saved) {
    if (queue.cursor > events.lastSeq()) {
      throw new Error(
        `the intake's state is ahead of its events (${queue.cursor} > ${events.lastSeq()}): an events file is missing. ` +
          'Put it back, or move the whole folder away to begin anew.',
      )
    }
    queues.set(queue.partner, new PartnerQueue(queue.partner, events, withoutLost(queue, events)))
  }
  // Partners that were routed to but never pulled: all their pairs are pending.
  for (const name of counts.keys()) if (name.startsWith(ROUTED)) queueOf(name.slice(ROUTED.length) as PartnerId, 1)
  if (events.lost > 0) {
    const missing = countsOfLost(events.lost, counts, queues)
    events.append([], [], missing)
    addCounts(counts, missing)
  }
  return { counts, queues, queueOf }
}

/** Gaps between files are events accepted as lost: none of their pairs is pending. */
function withoutLost(queue: SavedQueue, events: EventStore): SavedQueue {
  const first = events.segments()[0]?.firstSeq ?? 0
  const isThere = (seq: number): boolean => seq < first || events.holds(seq)
  return {
    ...queue,
    holes: queue.holes.filter(isThere),
    skips: queue.skips.filter(isThere),
    parked: queue.parked.filter(({ seq }) => isThere(seq)),
  }
}

/** The counts of the lost files, as far as the state shows them, so that the sums close over what is left. */
function countsOfLost(
  lost: number,
  counts: ReadonlyMap<string, number>,
  queues: ReadonlyMap<PartnerId, PartnerQueue>,
): ReadonlyMap<string, number> {
  const missing = new Map([
    ['received', lost],
    ['accepted', lost],
  ])
  for (const [partner, queue] of queues) {
    const ended = [...queue.settled()].reduce((sum, { count }) => sum + count, 0)
    const short = ended + queue.pending() - (counts.get(routedTo(partner)) ?? 0)
    if (short > 0) missing.set(routedTo(partner), short)
  }
  return missing
}

export function addCounts(into: Map<string, number>, by: ReadonlyMap<string, number>): void {
  for (const [name, count] of by) into.set(name, (into.get(name) ?? 0) + count)
}

export function totalsOf({ counts, queues }: Books): IntakeTotals {
  const rejectedByCode: Record<string, number> = {}
  for (const [name, count] of counts) {
    if (name.startsWith(REJECTED)) rejectedByCode[name.slice(REJECTED.length)] = count
  }
  const pairs: Record<string, PairTotals> = {}
  for (const [partner, queue] of queues) pairs[partner] = pairTotals(queue, counts.get(routedTo(partner)) ?? 0)
  return {
    events: {
      received: counts.get('received') ?? 0,
      accepted: counts.get('accepted') ?? 0,
      rejected: Object.values(rejectedByCode).reduce((sum, count) => sum + count, 0),
      duplicate: counts.get('duplicate') ?? 0,
    },
    rejectedByCode,
    pairs,
  }
}

function pairTotals(queue: PartnerQueue, routed: number): PairTotals {
  const settled = Object.fromEntries(SETTLED_STATES.map((state) => [state, 0])) as Record<SettledState, number>
  const withheldBy: Partial<Record<Reason, number>> = {}
  for (const { state, why, count } of queue.settled()) {
    settled[state] += count
    if (state === 'withheld' && why !== '') withheldBy[why] = (withheldBy[why] ?? 0) + count
  }
  return { routed, settled, withheldBy, pending: queue.pending(), oldestPendingAt: queue.oldestPendingAt() }
}
