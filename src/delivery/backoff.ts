/** Delay before the next attempt. */

const BASE_MS = 1_000
const MAX_MS = 15 * 60_000

/**
 * Exponential with jitter over the upper half: 0.5–1 s after the first attempt, doubling to at most 15 minutes. The
 * partner's `Retry-After` is a lower bound.
 *
 * @param attempt attempts so far, from 1
 * @param random 0…1
 */
export function retryDelayMs(attempt: number, random: number, retryAfterMs = 0): number {
  const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(attempt - 1, 20))
  return Math.max(retryAfterMs, Math.round(ceiling * (0.5 + random / 2)))
}
