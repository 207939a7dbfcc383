/** Choices that have partners told of what an event signalled, before the event is acknowledged. */
import type { Observation } from '../model/choice.ts'
import type { Choices } from './ports.ts'

/** @param tell resolves once partners will be told of what these say, where any of it is to be told */
export function signallingChoices<Observing extends Pick<Choices, 'observe'>>(
  choices: Observing,
  tell: (observations: readonly Observation[]) => Promise<void>,
): Observing {
  return {
    ...choices,
    observe: async (observations) => {
      await choices.observe(observations)
      if (observations.some(({ restricting }) => restricting.length > 0)) await tell(observations)
    },
  }
}
