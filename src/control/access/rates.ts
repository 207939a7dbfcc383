/** Rate limits: token buckets in bounded memory. */
import type { EpochMs } from '../../model/brand.ts'
import { Recent } from '../../model/recent.ts'

/** Most callers remembered; the least recently seen is forgotten and starts with a full bucket. */
const MAX_CALLERS = 10_000
const MINUTE_MS = 60_000

interface Bucket {
  left: number
  at: EpochMs
}

export interface Rate {
  /** Takes one token; false if none is left. */
  take(caller: string): boolean
  /** False if the next `take` would fail. */
  hasLeft(caller: string): boolean
  /** Whole seconds, at least 1, until the next token. */
  waitSeconds(caller: string): number
}

/** The bucket holds a minute's worth and refills steadily. */
export function createRate(perMinute: number, now: () => EpochMs): Rate {
  const buckets = new Recent<string, Bucket>({ max: MAX_CALLERS })
  const refilled = (caller: string): Bucket => {
    const at = now()
    const bucket = buckets.get(caller) ?? { left: perMinute, at }
    // A clock that goes back must not refill.
    bucket.left = Math.min(perMinute, bucket.left + (Math.max(0, at - bucket.at) * perMinute) / MINUTE_MS)
    bucket.at = at
    buckets.set(caller, bucket)
    return bucket
  }
  return {
    take: (caller) => {
      const bucket = refilled(caller)
      if (bucket.left < 1) return false
      bucket.left -= 1
      return true
    },
    hasLeft: (caller) => refilled(caller).left >= 1,
    waitSeconds: (caller) => {
      const missing = 1 - refilled(caller).left
      return Math.max(1, Math.ceil((missing * MINUTE_MS) / perMinute / 1_000))
    },
  }
}
