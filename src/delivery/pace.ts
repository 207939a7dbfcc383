/** A token bucket: at most `perSecond` items a second, in bursts of at most one second's worth. */
import { Cell } from './partner-cells.ts'

export interface Pace {
  /** Takes up to `wanted` permits now; 0 if none is left. */
  take(wanted: number): number
  /** Returns unused permits. */
  giveBack(permits: number): void
  /** Milliseconds until at least one permit is available. */
  waitMs(): number
}

const SECOND_US = 1_000_000
/** Tolerance in permits: rounding to whole microseconds loses a little. */
const ROUNDED = 0.001

/**
 * @param spent time at which all permits are spent, in microseconds; 0: none is spent. Shared if several threads send
 * at one rate
 */
export function createPace(perSecond: () => number, now: () => number, spent = new Cell()): Pace {
  /** At most one second's worth is saved, which also bounds the effect of a clock set back. */
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
