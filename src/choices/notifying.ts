/** Queues notices to partners about an event's signals before the event is acknowledged. */
import type { Observation } from '../model/choice.ts'
import type { Choices } from './ports.ts'

/** @param notify resolves once the notices that these observations require are durably queued */
export function notifyingChoices<Observing extends Pick<Choices, 'observe'>>(
  choices: Observing,
  notify: (observations: readonly Observation[]) => Promise<void>,
): Observing {
  return {
    ...choices,
    observe: async (observations) => {
      await choices.observe(observations)
      if (observations.some(({ restricting }) => restricting.length > 0)) await notify(observations)
    },
  }
}
