/** A token bucket: at most `perSecond` items a second, bursts of at most one second's worth. */

export interface Pace {
  /** Takes up to `wanted` permits now; 0 when none is left. */
  take(wanted: number): number
  /** Returns permits that were not used. */
  giveBack(permits: number): void
  /** Milliseconds until at least one permit is there. */
  waitMs(): number
}

export function createPace(perSecond: () => number, now: () => number): Pace {
  let permits = perSecond()
  let filledAt = now()
  const refill = (): void => {
    const at = now()
    const rate = perSecond()
    permits = Math.min(rate, permits + (Math.max(0, at - filledAt) * rate) / 1_000)
    filledAt = at
  }
  return {
    take: (wanted) => {
      refill()
      const taken = Math.min(wanted, Math.floor(permits))
      permits -= taken
      return taken
    },
    giveBack: (unused) => {
      permits = Math.min(perSecond(), permits + unused)
    },
    waitMs: () => {
      refill()
      return permits >= 1 ? 0 : Math.ceil(((1 - permits) * 1_000) / perSecond())
    },
  }
}
