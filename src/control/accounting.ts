/** Accounting: both sums, with each side counted independently. */
import { RELAY_STATES, type RelayTotals } from '../flow/relay-books.ts'
import type { IntakeTotals, PairTotals } from '../intake/ports.ts'
import { SETTLED_STATES } from '../model/disclosure.ts'

export interface Accounting {
  readonly events: IntakeTotals['events'] & { readonly closes: boolean }
  readonly rejectedByCode: IntakeTotals['rejectedByCode']
  readonly pairs: Readonly<Record<string, PairTotals & { readonly closes: boolean }>>
  /** Requests of partners' own SDKs, since the start of the gateway. */
  readonly relayed: Readonly<Record<string, RelayTotals & { readonly closes: boolean }>>
  readonly closes: boolean
}

/**
 * `closes` is true if received = accepted + rejected + duplicate, routed = all settled + pending, and relayed = all ended +
 * in progress.
 */
export function accountingOf(
  { events, rejectedByCode, pairs }: IntakeTotals,
  relayTotals: Readonly<Record<string, RelayTotals>> = {},
): Accounting {
  const eventsClose = events.received === events.accepted + events.rejected + events.duplicate
  const checked = Object.fromEntries(
    Object.entries(pairs).map(([partner, totals]) => {
      const settled = SETTLED_STATES.reduce((sum, state) => sum + totals.settled[state], 0)
      return [partner, { ...totals, closes: totals.routed === settled + totals.pending }]
    }),
  )
  const relayed = Object.fromEntries(
    Object.entries(relayTotals).map(([partner, totals]) => {
      const ended = RELAY_STATES.reduce((sum, state) => sum + totals[state], 0)
      return [partner, { ...totals, closes: totals.relayed === ended + totals.under_way }]
    }),
  )
  return {
    events: { ...events, closes: eventsClose },
    rejectedByCode,
    pairs: checked,
    relayed,
    closes: eventsClose && [...Object.values(checked), ...Object.values(relayed)].every(({ closes }) => closes),
  }
}

/** Of one cell; undefined where it does not answer. */
export interface CellBooks {
  readonly cell: string
  readonly books: Accounting | undefined
}

/** What all that answered have together; whether it closes is worked out anew. */
export function sumOf(cells: readonly CellBooks[]): Accounting {
  const none: IntakeTotals = {
    events: { received: 0, accepted: 0, rejected: 0, duplicate: 0 },
    rejectedByCode: {},
    pairs: {},
  }
  const all = cells.flatMap(({ books }) => books ?? [])
  // Sound: each is of that shape, and so is what is added to it.
  const sum = all.reduce<unknown>(added, accountingOf(none)) as Accounting
  return accountingOf(sum, sum.relayed)
}

/** Member by member: counts together, the earlier of two times (`…At`). */
function added(one: unknown, other: unknown, name: number | string = ''): unknown {
  if (one === undefined || other === undefined) return one ?? other
  if (typeof one === 'number' && typeof other === 'number')
    return String(name).endsWith('At') ? Math.min(one, other) : one + other
  if (typeof one !== 'object' || typeof other !== 'object') return one
  // Sound: no null is in them.
  const [a, b] = [one as Record<string, unknown>, other as Record<string, unknown>]
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...names].map((key) => [key, added(a[key], b[key], key)]))
}

/** The difference between both sides of each sum. */
export function gapsOf(
  { events, pairs }: IntakeTotals,
  relayTotals: Readonly<Record<string, RelayTotals>>,
): Readonly<Record<'events' | 'pairs' | 'relayed', number>> {
  const total = (gaps: readonly number[]): number => gaps.reduce((sum, gap) => sum + Math.abs(gap), 0)
  return {
    events: Math.abs(events.received - events.accepted - events.rejected - events.duplicate),
    pairs: total(
      Object.values(pairs).map(({ routed, settled, pending }) =>
        SETTLED_STATES.reduce((left, state) => left - settled[state], routed - pending),
      ),
    ),
    relayed: total(
      Object.values(relayTotals).map(({ relayed, under_way, ...ended }) =>
        RELAY_STATES.reduce((left, state) => left - ended[state], relayed - under_way),
      ),
    ),
  }
}
