/** What has begun and not ended: how old the oldest is, and when all that has begun by now will have ended. */

export interface UnderWay {
  /** Something begins; the function it returns, called once, ends it. */
  begin(): () => void
  /** Since the oldest that has not ended began; 0 where nothing is under way. */
  oldestSeconds(): number
  /** Resolves when everything that has begun by now has ended; what begins later does not matter. */
  drained(): Promise<void>
}

/** @param nowMs a clock that only goes forward */
export function createUnderWay(nowMs: () => number): UnderWay {
  // In the order of their beginning: the first is the oldest.
  const begun = new Map<number, number>()
  const waiting: { readonly last: number; readonly resolve: () => void }[] = []
  let serial = 0
  const first = (): number => begun.keys().next().value ?? serial + 1
  return {
    begin: () => {
      serial += 1
      const own = serial
      begun.set(own, nowMs())
      return () => {
        begun.delete(own)
        while (waiting.length > 0 && waiting[0]!.last < first()) waiting.shift()?.resolve()
      }
    },
    oldestSeconds: () => {
      const startedMs = begun.values().next().value
      return startedMs === undefined ? 0 : (nowMs() - startedMs) / 1_000
    },
    drained: () => {
      if (begun.size === 0) return Promise.resolve()
      const last = serial
      return new Promise((resolve) => waiting.push({ last, resolve }))
    },
  }
}
