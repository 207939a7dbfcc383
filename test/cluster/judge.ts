/** The judge of cells that hand events to their owners: what it saw of all of them, when nothing was pending any more. */

import type { VerifyReport } from '../../src/ledger/verify/report.ts'
import type { RosterReport } from '../../src/threads/roster-verify.ts'
import type { Finding } from '../faults/case-file.ts'
import { type Accounting, endOf, openBooks } from '../faults/judge-books.ts'
import { unloggedItems } from '../faults/judge-items.ts'
import type { Witnessed } from '../faults/ledger-witness.ts'
import type { ArrivedItem } from '../faults/matcher.ts'

export interface SeenCell {
  readonly cell: string
  /** Of its ledger, in order, with the judge's names of events. */
  readonly records: readonly Witnessed[]
  /** Undefined where it did not answer. */
  readonly books: Accounting | undefined
  /** Of its ledger, held against every checkpoint of it that was seen. */
  readonly verified: Pick<VerifyReport, 'verified' | 'problems'>
}
export interface Seen {
  /** The judge's names of the events that had their 200: all that were sent. */
  readonly acknowledged: ReadonlySet<string>
  readonly cells: readonly SeenCell[]
  /** Of all their ledgers, held against cell 0's. */
  readonly roster: RosterReport
  /** The sum that a cell gave of all of them. */
  readonly sum: Accounting
  readonly items: readonly ArrivedItem[]
}
export type CellFinding = { readonly kind: Finding['kind'] | 'forked'; readonly says: string }

/** Each partner's item that is tried again might be counted twice: an unknown end is the last. */
const TERMS = { attempts: 1, deduplicates: false }

/**
 * `lost`: an acknowledged event is not in exactly one cell with exactly one end, or sums do not close. `unlogged`: an item has
 * no INTENT in any cell. `forked`: a ledger does not verify, or does not go on from what was seen of it, or the roster does not.
 */
export function judgeCells({ acknowledged, cells, roster, sum, items }: Seen): readonly CellFinding[] {
  const findings: CellFinding[] = []
  const lost = (says: string): void => void findings.push({ kind: 'lost', says })
  const homes = new Map([...acknowledged].map((name) => [name, new Map<string, Witnessed[]>()]))
  for (const { cell, records } of cells)
    for (const record of records) {
      const known = homes.get(record.eventRef)
      if (known === undefined) lost(`cell ${cell} has ${record.eventRef} on record, which nobody was told was accepted`)
      else known.set(cell, [...(known.get(cell) ?? []), record])
    }
  for (const [name, histories] of homes) {
    const [first, ...others] = histories.values()
    const end = endOf(first ?? [], TERMS)
    if (others.length > 0) lost(`${name} is in cells ${[...histories.keys()].join(' and ')}`)
    else if (typeof end !== 'string') lost(`${name} ${end.problem}`)
  }
  for (const { cell, books, verified } of cells) {
    const kept = [...homes.values()].filter((histories) => histories.has(cell)).length
    if (books === undefined) lost(`cell ${cell} gave no books`)
    else {
      findings.push(
        ...openBooks(books, kept, kept).map(({ says }) => ({ kind: 'lost' as const, says: `cell ${cell}: ${says}` })),
      )
      if (books.events.accepted > kept) lost(`cell ${cell}: ${books.events.accepted} accepted, and ${kept} on record`)
    }
    for (const { name, says } of verified.problems)
      findings.push({ kind: 'forked', says: `cell ${cell}: ${name}: ${says}` })
    if (!verified.verified && verified.problems.length === 0)
      findings.push({ kind: 'forked', says: `cell ${cell}: its ledger does not verify` })
  }
  findings.push(
    ...judgeRoster(
      roster,
      cells.map(({ cell }) => cell),
    ),
  )
  findings.push(...openBooks(sum, acknowledged.size, acknowledged.size))
  for (const count of ['received', 'accepted', 'rejected', 'duplicate'] as const) {
    const all = cells.reduce((total, { books }) => total + (books?.events[count] ?? 0), 0)
    if (all !== sum.events[count]) lost(`${all} ${count} by the cells, and ${sum.events[count]} by their sum`)
  }
  return [...findings, ...unloggedItems({ items })]
}

/** Every cell is open there, and each ledger has all that it saw. */
function judgeRoster(report: RosterReport, wanted: readonly string[]): readonly CellFinding[] {
  const { roster, cells, problems, open, verified } = report
  const found = [...roster.problems, ...cells.flatMap((cell) => cell.report.problems), ...problems]
  const says = found.map((problem) => `the roster: ${problem.name}: ${problem.says}`)
  if (open.join(' ') !== wanted.join(' ')) says.push(`open on the roster are cells ${open.join(', ')}`)
  if (!verified && says.length === 0) says.push('the roster does not verify')
  return says.map((one) => ({ kind: 'forked', says: one }))
}
