/**
 * The effect of a change of contracts, apps and policy on disclosure, computed by the decision engine over every state of a
 * subject, every place and every event. Texts are never compared.
 */

import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import { boundTermsOf, type Terms } from '../decide/terms.ts'
import type { EpochMs } from '../model/brand.ts'
import type { AppPlan, Change, ContractPlan, Levels } from '../model/contract.ts'
import { consentAskedBy, consentStates } from './consent-states.ts'
import { allTerms, comparePair } from './contract-pair.ts'
import { changeOf, createDifferenceSet, type Difference } from './differences.ts'
import { compareSettings, paired } from './settings.ts'
import { signalStates } from './signal-states.ts'
import { enumerateStates, placesIn, type State, type StateReader } from './states.ts'
import { type Stage, stageOf } from './terms-in-words.ts'
import type { KeyOwners } from './write-keys.ts'

export interface Diff {
  readonly change: Change
  readonly differences: readonly Difference[]
  /** Partner → its name. */
  readonly names: Readonly<Record<string, string>>
  /** Partner → share and end of its stage, before and after. */
  readonly stages: Readonly<Record<string, readonly [before: Stage, after: Stage]>>
  /** Every place that either policy distinguishes; `''` for all others. */
  readonly places: readonly string[]
}

export interface DiffOptions {
  /** A partner type's abilities; undefined if the type no longer exists. */
  readonly abilitiesOf: (type: string) => Levels | undefined
  /** Epoch milliseconds: lapses up to this time are applied. */
  readonly now: EpochMs
  /** A caching reader, for repeated calls. */
  readonly states?: StateReader
  /** Owners of write keys in earlier revisions; none if only the two sides are known. */
  readonly former?: KeyOwners | undefined
}

/**
 * `same`: whatever is sent is identical, byte for byte. `narrower`: no partner receives anything more about any user. Receiving
 * more of anything, for however few users, is `wider`, or `mixed` if something else narrows.
 */
export function diffPlans(
  before: Plans,
  after: Plans,
  { abilitiesOf, now, states: read = enumerateStates, former = new Map() }: DiffOptions,
): Diff {
  const into = createDifferenceSet()
  const places = placesIn(before.policy, after.policy)
  const samePolicy = canonicalJson(before.policy) === canonicalJson(after.policy)
  const categories = [...before.contracts, ...after.contracts].flatMap(({ consentCategories }) => consentCategories)
  let states: readonly State[] | undefined
  const readers = createReaders(before, after)

  compareSettings(before, after, former, into)
  for (const [partner, one, other] of paired(before.contracts, after.contracts)) {
    const terms = [one, other].map((contract) => termsFor(contract, abilitiesOf))
    const pair = {
      partner,
      before: { terms: terms[0], policy: before.policy },
      after: { terms: terms[1], policy: after.policy },
    }
    const sameTerms = canonicalJson([one]) === canonicalJson([other])
    if (!sameTerms || !samePolicy) {
      states ??= read(before.policy, after.policy, [...new Set(categories)].sort())
      comparePair(
        pair,
        sameTerms ? states.filter(({ differs }) => differs || isPrecise(before, after)) : states,
        now,
        into,
      )
    }
    const contracts = terms.flatMap(allTerms).map(({ contract }) => contract)
    if (new Set(contracts.map((contract) => canonicalJson(consentAskedBy(contract)))).size > 1)
      comparePair(pair, consentStates(contracts, places), now, into)
    for (const app of new Set(contracts.flatMap(({ apps }) => apps))) comparePair(pair, readers(app), now, into)
  }
  const differences = into.all()
  const named = [...before.contracts, ...after.contracts].map(({ id, name }) => [id, name] as const)
  return {
    change: changeOf(differences),
    differences,
    names: Object.fromEntries(named),
    stages: stagesOf(before, after),
    places,
  }
}

function stagesOf(before: Plans, after: Plans): Diff['stages'] {
  return Object.fromEntries(
    paired(before.contracts, after.contracts).map(([partner, one, other]) => [
      partner,
      [one === undefined ? {} : stageOf(one), other === undefined ? {} : stageOf(other)] as const,
    ]),
  )
}

function termsFor(contract: ContractPlan | undefined, abilitiesOf: DiffOptions['abilitiesOf']): Terms | undefined {
  return contract === undefined ? undefined : boundTermsOf(contract, abilitiesOf, false)
}

/** Precise positions are not part of a verdict's reading. */
function isPrecise(before: Plans, after: Plans): boolean {
  return before.policy.minAreaKm2 !== after.policy.minAreaKm2
}

/** The states in which the two sides read an app's signals differently; none if they read them alike. */
function createReaders(before: Plans, after: Plans): (app: string) => readonly State[] {
  const known = new Map<string, readonly State[]>()
  const read = ({ apps }: Plans, id: string): AppPlan | undefined => apps.find((app) => app.id === id)
  return (id) => {
    const [one, other] = [read(before, id), read(after, id)]
    const alike =
      canonicalJson([one?.consentCategories, before.policy.honour]) ===
      canonicalJson([other?.consentCategories, after.policy.honour])
    const states =
      known.get(id) ??
      (alike ? [] : signalStates({ policy: before.policy, app: one }, { policy: after.policy, app: other }))
    known.set(id, states)
    return states
  }
}
