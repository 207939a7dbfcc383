/** Tests of deadlines need things to happen before one. A machine that does much else gets a longer deadline. */

/** What an attempt gives back where the deadline came first. */
export const TOO_SLOW = Symbol('too slow')

const GROWTH = 4
const ATTEMPTS = 4

/** Tries with a deadline of `ms`, then with longer ones; the last attempt's `TOO_SLOW` is a failure. */
export async function withMoreTime<Result>(
  ms: number,
  attempt: (ms: number) => Promise<Result | typeof TOO_SLOW>,
): Promise<Result> {
  for (let left = ATTEMPTS, deadline = ms; left > 0; left--, deadline *= GROWTH) {
    const result = await attempt(deadline)
    if (result !== TOO_SLOW) return result
  }
  throw new Error(`too slow with ${ATTEMPTS} deadlines from ${ms} ms on, each ${GROWTH} times the one before`)
}
