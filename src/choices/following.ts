/** Waits until an append to the log has come back on its feed: only then does the local view include it. */
import { GatewayError } from '../model/errors.ts'
import type { ChoicesLog, LogEntry, LogPosition } from './ports.ts'

/** Feed lag after which an append counts as not in force. */
const DEFAULT_BOUND_MS = 2_000

export interface Following {
  /** Resolves once the feed has reached this position; rejects with `ERR_CHOICES_UNAVAILABLE` if it lags too far. */
  reached(at: LogPosition): Promise<void>
}

interface Waiting {
  readonly at: LogPosition
  readonly resolve: () => void
}

/** @param onEntry called with each entry, in order, before its waiters resume */
export function followLog(
  log: Pick<ChoicesLog, 'follow'>,
  onEntry: (entry: LogEntry) => void,
  boundMs = DEFAULT_BOUND_MS,
): Following {
  let position: LogPosition = 0
  const waiting = new Set<Waiting>()
  log.follow((entry) => {
    onEntry(entry)
    position = entry.at
    for (const one of waiting) if (one.at <= position) one.resolve()
  })
  return {
    reached: (at) => {
      if (at <= position) return Promise.resolve()
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const one: Waiting = { at, resolve }
      const timer = setTimeout(() => {
        reject(new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, new Error('the feed lags behind the log')))
      }, boundMs)
      waiting.add(one)
      return promise.finally(() => {
        clearTimeout(timer)
        waiting.delete(one)
      })
    },
  }
}
