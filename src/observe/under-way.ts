/** Tracks operations under way: the age of the oldest, and when all current ones have ended. */

export interface UnderWay {
  /** Starts an operation; call the returned function once to end it. */
  begin(): () => void
  /** Age of the oldest operation under way; 0 if none. */
  oldestSeconds(): number
  /** Resolves when every operation under way now has ended; later ones do not matter. */
  drained(): Promise<void>
}

/** @param nowMs a monotonic clock */
export function createUnderWay(nowMs: () => number): UnderWay {
  // In order of start: the first is the oldest.
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
