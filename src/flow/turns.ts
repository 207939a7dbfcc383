/**
 * The event loop's turns, for steps that many requests take. All who wait for the next turn resume together, so that a
 * step's code and tables are in the processor's caches for all but the first. A single request waits only for the turn
 * itself.
 */
export type NextTurn = () => Promise<void>

/** @param after calls back after the current turn, as `setImmediate` does */
export function createTurns(after: (call: () => void) => void): NextTurn {
  let next: Promise<void> | undefined
  return () => {
    next ??= new Promise((resolve) => {
      after(() => {
        next = undefined
        resolve()
      })
    })
    return next
  }
}
