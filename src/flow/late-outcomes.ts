/**
 * OUTCOMEs that no caller waits for. They are written with the next INTENTs, so that both cost one commit, or after a
 * moment if there are none. A crash before that is like any crash before an OUTCOME: the next start writes `unresolved:
 * assume disclosed`.
 */
import type { OutcomeRecord } from '../model/disclosure.ts'

export interface LateOutcomes {
  add(outcome: OutcomeRecord): void
  /** Writes what is pending, before the next write. */
  hand(): void
  /** Resolves once all so far are durable, or lost. */
  idle(): Promise<void>
}

const MOST_WAIT_MS = 10

/**
 * @param conclude resolves once they are durable
 * @param after calls back after this many milliseconds, unless the function it returned is called first
 * @param lost called with outcomes that could not be recorded, and why
 */
export function createLateOutcomes(
  conclude: (outcomes: readonly OutcomeRecord[]) => Promise<void>,
  after: (ms: number, call: () => void) => () => void,
  lost: (outcomes: readonly OutcomeRecord[], error: unknown) => void,
): LateOutcomes {
  let waiting: OutcomeRecord[] = []
  let stopClock = (): void => {}
  const handed = new Set<Promise<void>>()

  const hand = (): void => {
    if (waiting.length === 0) return
    stopClock()
    const outcomes = waiting
    waiting = []
    const work: Promise<void> = conclude(outcomes)
      .catch((error: unknown) => lost(outcomes, error))
      .finally(() => handed.delete(work))
    handed.add(work)
  }
  return {
    add: (outcome) => {
      if (waiting.length === 0) stopClock = after(MOST_WAIT_MS, hand)
      waiting.push(outcome)
    },
    hand,
    idle: async () => {
      hand()
      await Promise.all(handed)
    },
  }
}
