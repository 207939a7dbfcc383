/**
 * The event loop's turns, for steps that many requests take one after another. Whoever waits for the next turn goes on
 * together with all others who do: a step's code and tables are then in the processor's caches for all but the first. A
 * lone request waits for nothing but the turn itself.
 */
export type NextTurn = () => Promise<void>

/** @param after calls back once what is under way in this turn is done, as `setImmediate` does */
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
