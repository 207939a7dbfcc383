import { GatewayError } from '../../model/errors.ts'

/**
 * Runs one call at a time and refuses others with `ERR_PRESSURE`. For work that reads many events.
 * @param what names the running call in the refusal
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
