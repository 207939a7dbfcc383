/** Which law applies: from every place an event names to what each dimension needs there, the strictest of all. */
import type { Policy, Regime, Rule } from '../model/contract.ts'
import { RULES } from '../model/contract.ts'
import type { AgeBand, Dimension } from '../model/signal.ts'
import type { GdprStatement } from '../signals/gdpr-applies.ts'

/** The laws that apply to one event. */
export interface Jurisdiction {
  /** The regime's id; several joined with `+` where places disagree. */
  readonly id: string
  readonly regimes: readonly Regime[]
  /** True where consent is asked for first: by the place, or because the sender says that GDPR applies. */
  readonly consentRequired: boolean
  /** True where the sender's word alone brings GDPR in: an opt-in is then needed whatever the place says. */
  readonly gdprByWord: boolean
  /** Which consent strings count at all. */
  readonly countsEuropean: boolean
  readonly countsCanadian: boolean
}

/**
 * A US state narrows `US`; no country, an unknown one (`ZZ`) or one the policy does not name falls to the default
 * regime, which the policy check holds to be the strictest. Places that disagree all apply. The sender's word can bring
 * GDPR in, never out.
 */
export function jurisdictionOf(
  policy: Policy,
  countries: readonly string[] | undefined,
  regions: readonly string[] | undefined,
  gdpr: GdprStatement = 'unsaid',
): Jurisdiction {
  const ids: string[] = []
  const add = (id: string): void => {
    if (!ids.includes(id)) ids.push(id)
  }
  for (const country of countries ?? []) {
    const states = country === 'US' ? (regions ?? []) : []
    if (states.length === 0) add(policy.places[country] ?? policy.defaultRegime)
    for (const state of states)
      add(policy.places[`${country}-${state}`] ?? policy.places[country] ?? policy.defaultRegime)
  }
  if (ids.length === 0) add(policy.defaultRegime)
  if (ids.length > 1) ids.sort()
  const regimes: Regime[] = []
  for (const id of ids) {
    const regime = policy.regimes[id]
    if (regime !== undefined) regimes.push(regime)
  }
  const required = regimes.some(({ consentRequired }) => consentRequired)
  const byWord = gdpr === 'applies' || gdpr === 'unclear'
  return {
    id: ids.length === 1 ? ids[0]! : ids.join('+'),
    regimes,
    consentRequired: required || byWord,
    gdprByWord: byWord && !required,
    countsEuropean: byWord || regimes.some((regime) => stringsOf(regime) === 'tcf_eu'),
    countsCanadian: regimes.some((regime) => stringsOf(regime) === 'tcf_canada'),
  }
}

/** The consent strings that a regime knows. */
export function stringsOf({ consentRequired, consentStrings }: Regime): Regime['consentStrings'] {
  return consentStrings ?? (consentRequired ? 'tcf_eu' : undefined)
}

/**
 * One regime's rule for a band. A young band never has a looser rule than a person of unknown age; an opt-in given for
 * the band lifts what is asked of the band alone, and never a `never`.
 */
export function ruleOf({ rules }: Regime, dimension: Dimension, band: AgeBand, isLifted: boolean): Rule {
  const own = rules[dimension][band]
  if (band === 'adult') return own
  const general = rules[dimension].unknown
  if (own === general) return own
  if (isLifted && own === 'only_if_opted_in') return general
  return RULES.indexOf(own) >= RULES.indexOf(general) ? own : general
}
