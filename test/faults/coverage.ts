/** What a campaign came across, so that a clean verdict can be told from one about nothing. */
import type { CaseFile } from './case-file.ts'
import type { Accounting } from './judge-books.ts'
import type { Memory } from './senders.ts'

export interface Coverage {
  readonly items: number
  /** Items whose flags say that the person is restricted. */
  readonly restrictedItems: number
  readonly optOuts: number
  /** INTENTs that a kill left open. */
  readonly unresolvedIntents: number
  /** INTENTs taken back because the choice changed before the first byte. */
  readonly cancelled: number
  readonly retries: number
  /** Events that came again and were known. */
  readonly duplicates: number
  /** By how they ended, over all partners. */
  readonly ends: Readonly<Record<string, number>>
  /** By status; 0 for none. */
  readonly answers: Readonly<Record<string, number>>
  /** What gateways logged as errors: a start on what a kill left behind should be none. */
  readonly complaints: Readonly<Record<string, number>>
}

export function coverageOf(
  { items, records }: CaseFile,
  { events, pairs }: Accounting,
  { optedOut, answers }: Memory,
  complaints: ReadonlyMap<string, number>,
): Coverage {
  const ends: Record<string, number> = {}
  for (const { settled } of Object.values(pairs)) {
    for (const [end, count] of Object.entries(settled)) ends[end] = (ends[end] ?? 0) + count
  }
  const outcomes = (kind: string): number =>
    records.filter((record) => record.kind === 'outcome' && record.outcome.kind === kind).length
  return {
    items: items.length,
    restrictedItems: items.filter(({ text }) => text.includes('"restricted":true')).length,
    optOuts: optedOut.size,
    unresolvedIntents: outcomes('unresolved_assume_disclosed'),
    cancelled: outcomes('cancelled_not_sent'),
    retries: records.filter((record) => record.kind === 'intent' && record.attempt > 1).length,
    duplicates: events.duplicate,
    ends,
    answers: Object.fromEntries(answers),
    complaints: Object.fromEntries(complaints),
  }
}
