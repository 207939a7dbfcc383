/** What the judge asks of the books: does everything that was acknowledged have an end, exactly one, and do the sums close? */
import { type CaseFile, type Finding, pairOf } from './case-file.ts'
import type { OutcomeKind, Witnessed } from './ledger-witness.ts'
import type { Terms } from './terms.ts'

/** The answer of `/api/v1/accounting`, as far as the judge reads it. */
export interface Accounting {
  readonly events: {
    readonly received: number
    readonly accepted: number
    readonly rejected: number
    readonly duplicate: number
  }
  readonly pairs: Readonly<
    Record<
      string,
      { readonly routed: number; readonly settled: Readonly<Record<string, number>>; readonly pending: number }
    >
  >
}

export type End = 'delivered' | 'withheld' | 'dead' | 'unresolved'
const ENDS = ['delivered', 'withheld', 'dead', 'unresolved'] as const
/** Ends that nothing in a campaign leads to. */
const NEVER = ['expired', 'erased'] as const

/** P6 after a restart: both sums close, and no acknowledged event is missing from them. */
export function openBooks(
  { events, pairs }: Accounting,
  acknowledged: number,
  receivedAtLeast: number,
): readonly Finding[] {
  const findings: Finding[] = []
  const lost = (says: string): void => {
    findings.push({ kind: 'lost', says })
  }
  const { received, accepted, rejected, duplicate } = events
  if (received !== accepted + rejected + duplicate)
    lost(`${received} received, but ${accepted} accepted + ${rejected} rejected + ${duplicate} duplicate`)
  if (accepted < acknowledged) lost(`${acknowledged} acknowledged, but only ${accepted} accepted`)
  if (received < receivedAtLeast) lost(`${receivedAtLeast} events had their 200, but only ${received} were received`)
  for (const [partner, { routed, settled, pending }] of Object.entries(pairs)) {
    const ended = Object.values(settled).reduce((sum, count) => sum + count, 0)
    if (routed !== ended + pending) lost(`${partner}: ${routed} routed, but ${ended} ended + ${pending} pending`)
  }
  return findings
}

/**
 * P6 after the last drain, when every event that was ever sent has had its 200: the events are those that were sent, each
 * once; each of its pairs has one end in the ledger; and the gateway counts the same ends.
 */
export function lostEvents(file: CaseFile, accounting: Accounting): readonly Finding[] {
  const findings: Finding[] = []
  const lost = (says: string): void => {
    findings.push({ kind: 'lost', says })
  }
  const { accepted } = accounting.events
  if (accepted !== file.acknowledged.size)
    lost(`${file.acknowledged.size} events were acknowledged, each once, and ${accepted} accepted`)
  const histories = historiesOf(file.records)
  for (const [partner, terms] of file.terms) {
    const counted = new Map<End, number>(ENDS.map((end) => [end, 0]))
    let routed = 0
    for (const [eventRef, event] of file.events) {
      if (!file.acknowledged.has(event.messageId) || !terms.events.includes(event.name)) continue
      routed++
      const pair = pairOf({ partner, eventRef })
      const end = endOf(histories.get(pair) ?? [], terms)
      histories.delete(pair)
      if (typeof end === 'string') counted.set(end, counted.get(end)! + 1)
      else lost(`${event.messageId} for ${partner} ${end.problem}`)
    }
    compare(partner, accounting, routed, counted, lost)
  }
  for (const pair of histories.keys()) lost(`the ledger speaks of ${pair}, which nobody was told was accepted`)
  return findings
}

function compare(
  partner: string,
  { pairs }: Accounting,
  routed: number,
  counted: ReadonlyMap<End, number>,
  lost: (says: string) => void,
): void {
  const books = pairs[partner] ?? { routed: 0, settled: {}, pending: 0 }
  if (books.routed !== routed) lost(`${partner}: ${routed} events were for it, and ${books.routed} routed`)
  if (books.pending !== 0) lost(`${partner}: ${books.pending} still pending`)
  for (const [end, count] of [...counted, ...NEVER.map((end) => [end, 0] as const)]) {
    const settled = books.settled[end] ?? 0
    if (settled !== count) lost(`${partner}: ${count} ${end} by the ledger, and ${settled} by the books`)
  }
}

/** How a pair ended by the records about it, in their order; or what is wrong with them. */
export function endOf(
  history: readonly Witnessed[],
  terms: Pick<Terms, 'attempts' | 'deduplicates'>,
): End | { readonly problem: string } {
  let end: End | undefined
  let attempt = 0
  let isOpen = false
  for (const record of history) {
    // A pair that was decided against may be found so again after a crash; nothing may follow any other end.
    if (end !== undefined && !(end === 'withheld' && record.kind === 'withheld'))
      return { problem: `goes on with ${record.kind} (record ${record.seq}) after it was ${end}` }
    switch (record.kind) {
      case 'withheld':
        end = 'withheld'
        break
      case 'intent':
        if (isOpen) return { problem: `was announced again (record ${record.seq}) while under way` }
        isOpen = true
        attempt = record.attempt
        break
      case 'outcome':
        isOpen = false
        end = endBy(record.outcome, attempt, terms)
    }
  }
  if (history.length === 0) return { problem: 'vanished: the ledger does not know it' }
  if (isOpen) return { problem: 'is on record as under way' }
  return end ?? { problem: `has no end, after ${attempt} tries` }
}

function endBy(
  { kind, retry = false }: { readonly kind: OutcomeKind; readonly retry?: boolean },
  attempt: number,
  { attempts, deduplicates }: Pick<Terms, 'attempts' | 'deduplicates'>,
): End | undefined {
  switch (kind) {
    case 'delivered':
      return 'delivered'
    case 'refused':
      return retry && attempt < attempts ? undefined : 'dead'
    case 'unknown_after_write':
    case 'unresolved_assume_disclosed':
      if (!deduplicates) return 'unresolved'
      return attempt < attempts ? undefined : 'dead'
    case 'failed_before_write':
    case 'cancelled_not_sent':
      return undefined
  }
}

function historiesOf(records: readonly Witnessed[]): Map<string, Witnessed[]> {
  const histories = new Map<string, Witnessed[]>()
  for (const record of records) {
    const pair = pairOf(record)
    const known = histories.get(pair)
    if (known === undefined) histories.set(pair, [record])
    else known.push(record)
  }
  return histories
}
