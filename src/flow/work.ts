/**
 * Schedules the thread's work for requests, a bounded amount a turn. Untrusted input is processed in steps that report
 * their cost; after a turn's worth, everything else on the thread (other requests, opt-outs, timers) runs first.
 */

/** Yields the work done since the last yield, in units: a JSON value, or 32 characters, is one. */
export type Steps<T> = Generator<number, T>

export interface Work {
  /** Resolves to what the steps return; rejects with what they throw. Waiting tasks take turns. */
  run<T>(steps: Steps<T>): Promise<T>
  /** Tasks waiting, including the running one. */
  waiting(): number
}

/** One to ten milliseconds on a slow machine, by kind of work: some ten ordinary events. */
export const UNITS_A_TURN = 1_000
const CHARACTERS_A_UNIT = 32

/** The cost of a text with this many characters and values. */
export function unitsOf(characters: number, values = 0): number {
  return values + characters / CHARACTERS_A_UNIT
}

interface Task {
  /** True once it has ended. Never throws. */
  step(): boolean
  units: number
}

/** @param after calls back after the current turn, as `setImmediate` does */
export function createWork(after: (call: () => void) => void, unitsATurn = UNITS_A_TURN): Work {
  const tasks: Task[] = []
  const turn = (): void => {
    for (let left = unitsATurn; left > 0; ) {
      const task = tasks[0]
      if (task === undefined) return
      const hasEnded = task.step()
      left -= task.units
      if (hasEnded) tasks.shift()
      // A long task lets the others pass, so that small requests do not wait for it.
      else if (task.units > 0 && tasks.length > 1 && left <= 0) tasks.push(tasks.shift()!)
    }
    if (tasks.length > 0) after(turn)
  }
  return {
    run: (steps) =>
      new Promise((resolve, reject) => {
        const task: Task = {
          units: 0,
          step: () => {
            try {
              const { done, value } = steps.next()
              task.units = done === true ? 1 : Math.max(1, value)
              if (done === true) resolve(value)
              return done === true
            } catch (error) {
              reject(error)
              return true
            }
          },
        }
        tasks.push(task)
        if (tasks.length === 1) after(turn)
      }),
    waiting: () => tasks.length,
  }
}
