/** Caches which identities have a key of this month, so that only the first request costs a call. */
import type { IdentityKey } from '../model/brand.ts'
import { Recent } from '../model/recent.ts'

/** About 100 bytes each. */
const MOST_KNOWN = 50_000

export interface KeysKnown {
  /** Calls of one turn are sent together. */
  require(identities: readonly IdentityKey[]): Promise<void>
  /** Destroyed: the next request makes a new key. */
  forget(identities: readonly IdentityKey[]): void
}

/** @param make durably makes the missing keys */
export function createKeysKnown(
  make: (identities: readonly IdentityKey[]) => Promise<void>,
  epoch: () => number,
): KeysKnown {
  const known = new Recent<IdentityKey, number>({ max: MOST_KNOWN })
  let waiting: { readonly identities: Set<IdentityKey>; readonly made: Promise<void> } | undefined
  /** Counts purges: keys made before one may be gone. */
  let purges = 0
  return {
    require: async (identities) => {
      const now = epoch()
      const missing = identities.filter((identity) => known.get(identity) !== now)
      if (missing.length === 0) return
      if (waiting === undefined) {
        const together = new Set<IdentityKey>()
        const made = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
          waiting = undefined
          return make([...together])
        })
        waiting = { identities: together, made }
      }
      for (const identity of missing) waiting.identities.add(identity)
      const before = purges
      await waiting.made
      if (before === purges) for (const identity of missing) known.set(identity, now)
    },
    forget: (identities) => {
      purges += 1
      for (const identity of identities) known.delete(identity)
    },
  }
}
