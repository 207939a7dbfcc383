/** Plans pending choices in order, one at a time. A failed choice is tried again later and does not block the others. */
import type { NoticeStore, PendingChoiceRow } from './ports.ts'

/** Choices per page; the event loop runs between pages. */
const PAGE = 32
const PAUSE_MS = 1_000

export interface PlanningLoopParts {
  readonly store: Pick<NoticeStore, 'pending'>
  readonly plan: (choice: PendingChoiceRow) => Promise<void>
  readonly failed: (error: unknown) => void
}

export interface PlanningLoop {
  /** Call after choices were added. */
  wake(): void
  /** Resolves when the current choice is planned; the rest waits for the next start. */
  stop(): Promise<void>
}

export function createPlanningLoop({ store, plan, failed }: PlanningLoopParts): PlanningLoop {
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
    let succeeded = true
    try {
      for (let after = 0; !stopping; ) {
        again = false
        const page = await store.pending({ after, limit: PAGE })
        for (const one of page) {
          if (stopping) return
          succeeded = (await planned(one)) && succeeded
          after = one.row
        }
        // Sound: `again` is set by `wake`, from outside.
        if (page.length === 0 && !(again as boolean)) break
        await new Promise(setImmediate)
      }
    } catch (error) {
      failed(error)
      succeeded = false
    }
    if (succeeded || stopping) return
    timer = setTimeout(wake, PAUSE_MS)
    timer.unref()
  }
  const planned = async (one: PendingChoiceRow): Promise<boolean> => {
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
