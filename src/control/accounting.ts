/** Whether the books close: both sums, each side counted on its own. */
import type { IntakeTotals, PairTotals } from '../intake/ports.ts'
import { SETTLED_STATES } from '../model/disclosure.ts'

export interface Accounting {
  readonly events: IntakeTotals['events'] & { readonly closes: boolean }
  readonly rejectedByCode: IntakeTotals['rejectedByCode']
  readonly pairs: Readonly<Record<string, PairTotals & { readonly closes: boolean }>>
  readonly closes: boolean
}

/** `closes` is true where received = accepted + rejected + duplicate and routed = everything settled + pending. */
export function accountingOf({ events, rejectedByCode, pairs }: IntakeTotals): Accounting {
  const eventsClose = events.received === events.accepted + events.rejected + events.duplicate
  const checked = Object.fromEntries(
    Object.entries(pairs).map(([partner, totals]) => {
      const settled = SETTLED_STATES.reduce((sum, state) => sum + totals.settled[state], 0)
      return [partner, { ...totals, closes: totals.routed === settled + totals.pending }]
    }),
  )
  return {
    events: { ...events, closes: eventsClose },
    rejectedByCode,
    pairs: checked,
    closes: eventsClose && Object.values(checked).every(({ closes }) => closes),
  }
}
