/**
 * When somebody's state last changed, in generations, in memory that all threads share. Many identities share a word: one
 * person's change may send another through the re-check, and never the other way round.
 *
 * Generations wrap round 32 bits. Two of them are compared by their difference, which is right while they are less than
 * 2^31 apart; so `sweep` moves words that nobody wrote for long behind the generation.
 */
import type { IdentityKey } from '../model/brand.ts'

/** Those whose state changed; `everyone` where it is not, or need not be, known. */
export type Changed = readonly IdentityKey[] | typeof EVERYONE
export const EVERYONE = 'everyone'

/** Words for identities, by the last 16 bits of their keys. The one behind them is for everyone. */
const BUCKETS = 65_536
export const LAST_CHANGED_WORDS = BUCKETS + 1

/** A word may lag so far behind before it is moved, and is looked at as often. */
const SWEEP_EVERY = 2 ** 29
const FARTHEST = 2 ** 30

export interface LastChanged {
  /** Writes `generation` for all of these, unless what is there is later. */
  mark(changed: Changed, generation: number): void
  /** True where one of these, or everyone, changed after `stamp`. */
  hasChangedSince(stamp: number, keys: readonly IdentityKey[]): boolean
  /** To be called with every generation that was reached, once. */
  sweep(generation: number): void
}

/** @param words of which the ones from `first` on are its own */
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

/** Later, the shorter way round. */
function isAfter(generation: number, other: number): boolean {
  return ((generation - other) | 0) > 0
}

/** The last four hex digits: those of a keyed pseudonym are as good as random. */
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
