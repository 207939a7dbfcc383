/** The decision engine's result for one contract in every situation. */
import { createDecisionCache } from '../decide/decision-cache.ts'
import { boundTermsOf } from '../decide/terms.ts'
import type { AppId, EpochMs } from '../model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../model/contract.ts'
import type { Decision } from '../model/decision.ts'
import { FORGET_EVENT } from '../model/relay-map.ts'
import { finestLevelFor } from '../transform/coarse-coordinates.ts'
import { type Situation, situationsUnder } from './situations.ts'
import type { World } from './world.ts'

export interface Decided {
  readonly app: AppId
  readonly situation: Situation
  readonly decision: Decision
}

/** One situation for each distinguishable decision: enough to determine whether something can ever happen. */
export function distinct(situations: readonly Situation[]): readonly Situation[] {
  const known = new Map<string, Situation>()
  for (const situation of situations) {
    const { key, stance, verdict } = situation
    // A partner's consent is not part of the key, and follows from the stance.
    const id = verdict.consent.required || verdict.consent.categories !== undefined ? `${key}#${stance}` : key
    if (!known.has(id)) known.set(id, situation)
  }
  return [...known.values()]
}

/** Each app's situations, which depend on its consent categories; computed once for all contracts. */
export type SituationsOf = (app: AppId) => readonly Situation[]

export function situationsByApp(
  { policy, apps }: Pick<RevisionPlan, 'policy' | 'apps'>,
  at: EpochMs,
  choose: (all: readonly Situation[]) => readonly Situation[] = (all) => all,
): SituationsOf {
  const byMapping = new Map<string, readonly Situation[]>()
  return (id) => {
    const { consentCategories = {} } = apps.find((app) => app.id === id) ?? {}
    const key = JSON.stringify(consentCategories)
    const known = byMapping.get(key) ?? choose(situationsUnder(policy, consentCategories, at))
    byMapping.set(key, known)
    return known
  }
}

/** @param contract one of the world's, or a hypothetical variant */
export function decideEverywhere(
  { plan, types }: Pick<World, 'plan' | 'types'>,
  contract: ContractPlan,
  situationsOf: SituationsOf,
  at: EpochMs,
): readonly Decided[] {
  const terms = boundTermsOf(contract, (type) => types.get(type)?.abilities, false)
  const decideCached = createDecisionCache()
  const { minAreaKm2, vendorList } = plan.policy
  // Any event will do, except deletion requests, which are decided differently.
  const [eventKey = FORGET_EVENT] = Object.keys(contract.events).filter((key) => key !== FORGET_EVENT)
  return contract.apps.flatMap((app) =>
    situationsOf(app).map((situation): Decided => {
      const decision = decideCached(
        {
          accepted: terms,
          now: terms,
          app,
          eventKey,
          verdict: situation.verdict,
          finestCoarse: finestLevelFor(minAreaKm2),
          // Inside every staged share, to include everything possible.
          point: 0,
          at,
          ...(vendorList === undefined ? {} : { vendorList }),
        },
        situation.key,
      )
      return { app, situation, decision }
    }),
  )
}
