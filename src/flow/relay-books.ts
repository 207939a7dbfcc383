/**
 * The relay's own sum, for each partner since the start: relayed = delivered + refused + withheld + failed + unresolved
 * + in flight. What a crash leaves in flight is in the ledger, where the next start writes `unresolved: assume
 * disclosed`.
 */
import type { PartnerId } from '../model/brand.ts'

export const RELAY_STATES = ['delivered', 'refused', 'withheld', 'failed', 'unresolved'] as const
/** `refused`: by the partner. `failed`: nothing was sent. `unresolved`: bytes may have reached the partner. */
export type RelayState = (typeof RELAY_STATES)[number]

export type RelayTotals = Readonly<Record<RelayState | 'relayed' | 'under_way', number>>

export interface RelayBooks {
  begun(partner: PartnerId): void
  ended(partner: PartnerId, state: RelayState): void
  totals(): Readonly<Record<string, RelayTotals>>
}

type Counts = { -readonly [Name in keyof RelayTotals]: number }

/** Each side of the sum is counted separately, so that a mismatch can be detected. */
export function createRelayBooks(): RelayBooks {
  const partners = new Map<PartnerId, Counts>()
  const of = (partner: PartnerId): Counts => {
    let counts = partners.get(partner)
    if (counts === undefined) {
      counts = { relayed: 0, under_way: 0, delivered: 0, refused: 0, withheld: 0, failed: 0, unresolved: 0 }
      partners.set(partner, counts)
    }
    return counts
  }
  return {
    begun: (partner) => {
      const counts = of(partner)
      counts.relayed++
      counts.under_way++
    },
    ended: (partner, state) => {
      const counts = of(partner)
      counts.under_way--
      counts[state]++
    },
    totals: () => Object.fromEntries([...partners].map(([partner, counts]) => [partner, { ...counts }])),
  }
}
