/** The local view on which decisions are based. */
import type { IdentityKey } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { ChoicesView, Freshness } from './ports.ts'
import { mergeStanding } from './standing.ts'
import type { KeptStatement } from './store.ts'

/** Local rows, read synchronously. A throw counts as unreadable state. */
export interface StandingRows {
  standing(keys: readonly IdentityKey[]): readonly Pick<KeptStatement, 'finding' | 'direct'>[]
  /** True if the identity has a link or an active statement. */
  isKnown(key: IdentityKey): boolean
}

export function createChoicesView(rows: StandingRows, freshness: Pick<Freshness, 'stamp' | 'isCurrent'>): ChoicesView {
  return {
    lookup: (keys) => {
      // Take the stamp before reading: a change in between makes it stale.
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
