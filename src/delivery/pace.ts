/** A token bucket: at most `perSecond` items a second, bursts of at most one second's worth. */
import { Cell } from './partner-cells.ts'

export interface Pace {
  /** Takes up to `wanted` permits now; 0 when none is left. */
  take(wanted: number): number
  /** Returns permits that were not used. */
  giveBack(permits: number): void
  /** Milliseconds until at least one permit is there. */
  waitMs(): number
}

const SECOND_US = 1_000_000
/** Of a permit: whole microseconds add up to a little less. */
const ROUNDED = 0.001

/** @param spent until when all permits are spent, in microseconds; 0: none is. Shared where several threads send at one pace */
export function createPace(perSecond: () => number, now: () => number, spent = new Cell()): Pace {
  /** No more than a second's worth is saved up, and a clock that was set back costs no more than that. */
  const spentAt = (word: number, at: number): number =>
    word === 0 ? at - SECOND_US : Math.min(at, Math.max(word, at - SECOND_US))
  const usOf = (permits: number): number => (permits * SECOND_US) / perSecond()
  return {
    take: (wanted) => {
      for (;;) {
        const at = now() * 1_000
        const word = spent.get()
        const from = spentAt(word, at)
        const taken = Math.min(wanted, Math.floor((at - from) / usOf(1) + ROUNDED))
        if (spent.swap(word, from + usOf(taken))) return taken
      }
    },
    giveBack: (permits) => {
      if (permits > 0) spent.add(-usOf(permits))
    },
    waitMs: () => {
      const at = now() * 1_000
      const left = at - spentAt(spent.get(), at)
      return left + ROUNDED >= usOf(1) ? 0 : Math.ceil((usOf(1) - left) / 1_000)
    },
  }
}
