/**
 * The thread's work for requests, a bounded amount a turn. Whatever somebody sends is taken in steps that say what they cost;
 * once a turn's worth is done, everything else that waits for the thread (other requests, opt-outs, timers) comes first.
 */

/** Yields what it has done since it last yielded, in units: a value of JSON, or 32 characters, is one. */
export type Steps<T> = Generator<number, T>

export interface Work {
  /** Resolves to what the steps return; rejects with what they throw. Those that wait take turns. */
  run<T>(steps: Steps<T>): Promise<T>
  /** How many wait, the one under way included. */
  waiting(): number
}

/** One to ten milliseconds of a slow machine, by what the units are: some ten ordinary events. */
export const UNITS_A_TURN = 1_000
const CHARACTERS_A_UNIT = 32

/** What a text of so many characters and values costs. */
export function unitsOf(characters: number, values = 0): number {
  return values + characters / CHARACTERS_A_UNIT
}

interface Task {
  /** True once it has ended. Never throws. */
  step(): boolean
  units: number
}

/** @param after calls back once what is under way in this turn is done, as `setImmediate` does */
export function createWork(after: (call: () => void) => void, unitsATurn = UNITS_A_TURN): Work {
  const tasks: Task[] = []
  const turn = (): void => {
    for (let left = unitsATurn; left > 0; ) {
      const task = tasks[0]
      if (task === undefined) return
      const hasEnded = task.step()
      left -= task.units
      if (hasEnded) tasks.shift()
      // A long one lets the others by, so that small requests do not wait for it.
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
