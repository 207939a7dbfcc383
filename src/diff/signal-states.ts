/**
 * States that depend on how signals are read: which browser signals the policy honours, and what an app's consent categories
 * cover. Read by the same functions as events, under the rules of each side.
 */
import type { AppPlan, Policy } from '../model/contract.ts'
import type { RawSignals } from '../model/event.ts'
import { ADVERTISING_DIMENSIONS, ALL_DIMENSIONS, SILENT } from '../model/signal.ts'
import { createDecoders } from '../signals/decoders.ts'
import { findSignals } from '../signals/findings.ts'
import { SIGNALS } from '../signals/table.ts'
import { type Audience, createStateSet, placesIn, type State, verdictAt } from './states.ts'

/** An app under one policy. */
export interface Reader {
  readonly policy: Policy
  readonly app: AppPlan | undefined
}

/** Possible inputs, read by both sides: each browser signal, each category granted, refused and absent. */
export function signalStates(before: Reader, after: Reader): readonly State[] {
  const decoders = createDecoders()
  const set = createStateSet()
  const names = [...new Set([before, after].flatMap(({ app }) => Object.keys(app?.consentCategories ?? {})))]
  for (const place of placesIn(before.policy, after.policy)) {
    for (const { signals, audience } of statements(names)) {
      // With and without an opt-in to everything, which shows what a signal alone withholds.
      for (const permits of [0, ALL_DIMENSIONS, ADVERTISING_DIMENSIONS]) {
        const [one, other] = [before, after].map(({ policy, app }) => {
          const categories = app?.consentCategories ?? {}
          const { findings, consent } = findSignals(signals, {
            honoured: policy.honour,
            categories,
            decoders,
            from: 0,
            until: 0,
          })
          return verdictAt(policy, place, [...findings, { ...SILENT, permits }], consent)
        })
        set.add(one!, other!, audience, [place])
      }
    }
  }
  return set.states
}

function statements(
  names: readonly string[],
): readonly { readonly signals: RawSignals; readonly audience: Audience }[] {
  return Object.entries(SIGNALS).flatMap(([name, { states }]) =>
    states(names).map((signals) => ({ signals, audience: name === 'category' ? 'by_category' : 'by_signal' }) as const),
  )
}
