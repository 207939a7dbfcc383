/** Which law applies: from every place an event names to one rule per dimension, the strictest of them. */
import type { Policy, Regime, Rule } from '../model/contract.ts'
import { RULES } from '../model/contract.ts'
import type { AgeBand, Dimension } from '../model/signal.ts'

/** The laws that apply to one event. */
export interface Jurisdiction {
  /** The regime's id; several joined with `+` where places disagree. */
  readonly id: string
  readonly regimes: readonly Regime[]
  readonly consentRequired: boolean
}

/**
 * A US state narrows `US`; no country, an unknown one (`ZZ`) or one the policy does not name falls to the default
 * regime, which the policy check holds to be the strictest. Places that disagree all apply.
 */
export function jurisdictionOf(
  policy: Policy,
  countries: readonly string[] | undefined,
  regions: readonly string[] | undefined,
): Jurisdiction {
  const ids = new Set<string>()
  for (const country of countries ?? []) {
    const states = country === 'US' ? (regions ?? []) : []
    if (states.length === 0) ids.add(policy.places[country] ?? policy.defaultRegime)
    for (const state of states)
      ids.add(policy.places[`${country}-${state}`] ?? policy.places[country] ?? policy.defaultRegime)
  }
  if (ids.size === 0) ids.add(policy.defaultRegime)
  const sorted = [...ids].sort()
  const regimes = sorted.map((id) => policy.regimes[id]).filter((regime) => regime !== undefined)
  return { id: sorted.join('+'), regimes, consentRequired: regimes.some((regime) => regime.consentRequired) }
}

/** The strictest rule of all that apply. A young band never has a looser rule than a person of unknown age. */
export function ruleFor({ regimes }: Jurisdiction, dimension: Dimension, band: AgeBand): Rule {
  let strictest = regimes.length === 0 ? RULES.length - 1 : 0
  for (const { rules } of regimes) {
    strictest = Math.max(strictest, RULES.indexOf(rules[dimension][band]))
    if (band !== 'adult') strictest = Math.max(strictest, RULES.indexOf(rules[dimension].unknown))
  }
  return RULES[strictest]!
}
