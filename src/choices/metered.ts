import type { IdentityKey } from '../model/brand.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { UnderWay } from '../observe/under-way.ts'
import type { Choices } from './ports.ts'

export interface ChoiceWatch {
  /** Choices that are not in force yet. */
  readonly waiting: UnderWay
  /** Requests to partners in flight. */
  readonly begun: UnderWay
  readonly metrics: Pick<Metrics, 'choiceInForce' | 'choiceSettled'>
  readonly nowMs: () => number
}

/** Measures how long an opt-out takes to be in force, and how long earlier requests continue after that. */
export function meteredChoices<Kept extends Choices>(
  choices: Kept,
  { waiting, begun, metrics, nowMs }: ChoiceWatch,
): Kept {
  return {
    ...choices,
    put: async (keys, statement) => {
      const receivedMs = nowMs()
      const end = waiting.begin()
      let reached: readonly IdentityKey[]
      try {
        reached = await choices.put(keys, statement)
      } finally {
        end()
      }
      const inForceMs = nowMs()
      metrics.choiceInForce((inForceMs - receivedMs) / 1_000)
      // Never rejects.
      void begun.drained().then(() => metrics.choiceSettled((nowMs() - inForceMs) / 1_000))
      return reached
    },
  }
}
