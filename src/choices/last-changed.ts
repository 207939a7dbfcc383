/**
 * The generation of each identity's last change, in memory shared by all threads. Many identities share a word, so one
 * subject's change may cause a needless re-check of another, but never hides a change.
 *
 * Generations wrap at 32 bits and are compared by their difference, which is correct while they are less than 2^31 apart.
 * `sweep` therefore advances words that were not written for long.
 */
import type { IdentityKey } from '../model/brand.ts'

/** The changed identities; `everyone` if they are unknown. */
export type Changed = readonly IdentityKey[] | typeof EVERYONE
export const EVERYONE = 'everyone'

/** Words for identities, by the last 16 bits of their keys. One more word is for everyone. */
const BUCKETS = 65_536
export const LAST_CHANGED_WORDS = BUCKETS + 1

/** Interval of sweeps, and the lag to which they limit a word, in generations. */
const SWEEP_EVERY = 2 ** 29
const FARTHEST = 2 ** 30

export interface LastChanged {
  /** Writes `generation` for these identities, unless a later one is there. */
  mark(changed: Changed, generation: number): void
  /** True if one of these, or everyone, changed after `stamp`. */
  hasChangedSince(stamp: number, keys: readonly IdentityKey[]): boolean
  /** MUST be called once for every generation. */
  sweep(generation: number): void
}

/** @param words shared memory; words from `first` on belong to this structure */
export function createLastChanged(words: Int32Array, first: number): LastChanged {
  const everyone = first + BUCKETS
  const raise = (at: number, generation: number): void => {
    for (;;) {
      const known = Atomics.load(words, at)
      if (!isAfter(generation, known)) return
      if (Atomics.compareExchange(words, at, known, generation) === known) return
    }
  }
  return {
    mark: (changed, generation) => {
      if (changed === EVERYONE) raise(everyone, generation)
      else for (const key of changed) raise(first + bucketOf(key), generation)
    },
    hasChangedSince: (stamp, keys) => {
      if (isAfter(Atomics.load(words, everyone), stamp)) return true
      for (const key of keys) if (isAfter(Atomics.load(words, first + bucketOf(key)), stamp)) return true
      return false
    },
    sweep: (generation) => {
      if (generation % SWEEP_EVERY !== 0) return
      for (let at = first; at <= everyone; at++) {
        const known = Atomics.load(words, at)
        if (((generation - known) | 0) <= FARTHEST) continue
        Atomics.compareExchange(words, at, known, (generation - FARTHEST) | 0)
      }
    },
  }
}

/** Later, by wrap-around comparison. */
function isAfter(generation: number, other: number): boolean {
  return ((generation - other) | 0) > 0
}

/** The last four hex digits: those of a keyed pseudonym are uniformly distributed. */
function bucketOf(key: IdentityKey): number {
  const end = key.length
  return (
    (digit(key.charCodeAt(end - 4)) << 12) |
    (digit(key.charCodeAt(end - 3)) << 8) |
    (digit(key.charCodeAt(end - 2)) << 4) |
    digit(key.charCodeAt(end - 1))
  )
}

function digit(code: number): number {
  return ((code & 15) + (code >> 6) * 9) & 15
}
