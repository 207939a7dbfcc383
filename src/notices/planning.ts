/** Looks up what was asked, in its order, a few at a time and one after another; what fails is tried again, and holds up nothing else. */
import type { AskedRow, NoticeStore } from './ports.ts'

/** Read at once; between two readings everybody else has a turn. */
const ASKED_A_TURN = 32
const PAUSE_MS = 1_000

export interface PlanningParts {
  readonly store: Pick<NoticeStore, 'asked'>
  readonly plan: (asked: AskedRow) => Promise<void>
  readonly failed: (error: unknown) => void
}

export interface Planning {
  /** Something was asked. */
  wake(): void
  /** Resolves once what is under way is over; the rest waits for the next start. */
  stop(): Promise<void>
}

export function createPlanning({ store, plan, failed }: PlanningParts): Planning {
  let working: Promise<void> | undefined
  let again = false
  let stopping = false
  let timer: NodeJS.Timeout | undefined

  const wake = (): void => {
    again = true
    if (working !== undefined || stopping) return
    clearTimeout(timer)
    working = work().finally(() => {
      working = undefined
    })
  }
  const work = async (): Promise<void> => {
    let isWell = true
    try {
      for (let after = 0; !stopping; ) {
        again = false
        const asked = await store.asked({ after, limit: ASKED_A_TURN })
        for (const one of asked) {
          if (stopping) return
          isWell = (await planned(one)) && isWell
          after = one.row
        }
        // Sound: `again` is set by `wake`, from outside.
        if (asked.length === 0 && !(again as boolean)) break
        await new Promise(setImmediate)
      }
    } catch (error) {
      failed(error)
      isWell = false
    }
    if (isWell || stopping) return
    timer = setTimeout(wake, PAUSE_MS)
    timer.unref()
  }
  const planned = async (one: AskedRow): Promise<boolean> => {
    try {
      await plan(one)
      return true
    } catch (error) {
      failed(error)
      return false
    }
  }

  return {
    wake,
    stop: async () => {
      stopping = true
      clearTimeout(timer)
      await working
    },
  }
}
