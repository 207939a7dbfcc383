/** The demo's result: both accounting sums and the ledger check. */
import { accountingOf } from '../../control/accounting.ts'
import type { IntakeTotals } from '../../intake/ports.ts'
import { SETTLED_STATES, type SettledState } from '../../model/disclosure.ts'

export interface Books {
  readonly events: IntakeTotals['events']
  readonly routed: number
  readonly settled: Readonly<Record<SettledState, number>>
  readonly pending: number
  /** Withheld pairs by reason. */
  readonly reasons: Readonly<Record<string, number>>
  readonly ledger: { readonly size: number; readonly verified: boolean }
  readonly closes: boolean
}

export function booksOf(totals: IntakeTotals, ledger: Books['ledger']): Books {
  const pairs = Object.values(totals.pairs)
  const reasons: Record<string, number> = {}
  for (const { withheldBy } of pairs) {
    for (const [why, count] of Object.entries(withheldBy)) reasons[why] = (reasons[why] ?? 0) + count
  }
  const settled = Object.fromEntries(
    SETTLED_STATES.map((state) => [state, pairs.reduce((sum, pair) => sum + pair.settled[state], 0)]),
  ) as Record<SettledState, number>
  return {
    events: totals.events,
    routed: pairs.reduce((sum, { routed }) => sum + routed, 0),
    settled,
    pending: pairs.reduce((sum, { pending }) => sum + pending, 0),
    reasons,
    ledger,
    closes: accountingOf(totals).closes,
  }
}

/** The one JSON object of `--json`. */
export function formatBooks({ events, routed, settled, pending, reasons, ledger }: Books): object {
  return { ...events, routed, ...settled, pending, reasons, ledger }
}

export function printBooks(
  { events, routed, settled, pending, reasons, ledger, closes }: Books,
  say: (line: string) => void,
): void {
  const { received, accepted, rejected, duplicate } = events
  say('')
  say('The books')
  say(`  events   received ${received} = accepted ${accepted} + rejected ${rejected} + duplicate ${duplicate}`)
  say(
    `  pairs    routed ${routed} = ${SETTLED_STATES.map((state) => `${state} ${settled[state]}`).join(' + ')} + pending ${pending}`,
  )
  say(
    `  withheld ${Object.entries(reasons)
      .map(([why, count]) => `${why} ${count}`)
      .join(', ')}`,
  )
  say(`  ledger   ${ledger.size} records, ${ledger.verified ? 'every one verified' : 'VERIFICATION FAILED'}`)
  say(`  ${closes ? 'Both sums close.' : 'THE SUMS DO NOT CLOSE.'}`)
}
