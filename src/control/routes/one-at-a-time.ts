import { GatewayError } from '../../model/errors.ts'

/**
 * Runs what it is given; refuses with `ERR_PRESSURE` while an earlier one is under way. For work that reads many events.
 * @param what the call that is under way, for the refusal
 */
export function oneAtATime(what: string): <T>(work: () => Promise<T>) => Promise<T> {
  let isRunning = false
  return async (work) => {
    if (isRunning) throw new GatewayError('ERR_PRESSURE', { what })
    isRunning = true
    try {
      return await work()
    } finally {
      isRunning = false
    }
  }
}
