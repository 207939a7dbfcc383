/** What stands, as this process knows it: the look-up that decisions are made on, and whether one still holds. */
import type { IdentityKey } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { ChoicesView, Freshness } from './ports.ts'
import { mergeStanding } from './standing.ts'
import type { KeptStatement } from './store.ts'

/** Local rows, read at once. What it throws is taken for state that cannot be read. */
export interface StandingRows {
  standing(keys: readonly IdentityKey[]): readonly Pick<KeptStatement, 'finding' | 'direct'>[]
  /** True where the identity has a link, or something stands on it. */
  isKnown(key: IdentityKey): boolean
}

export function createChoicesView(rows: StandingRows, freshness: Pick<Freshness, 'stamp' | 'isCurrent'>): ChoicesView {
  return {
    lookup: (keys) => {
      // Before the look: what changes in between makes it stale.
      const stamp = freshness.stamp()
      return { standing: mergeStanding(read(() => rows.standing(keys))), stamp }
    },
    isCurrent: freshness.isCurrent,
    isSeen: (keys) => read(() => keys.some(rows.isKnown)),
  }
}

function read<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw cause instanceof GatewayError ? cause : new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, cause)
  }
}
