/** Validates the policy: regimes complete and strict enough, places that exist. */
import type { Rule } from '../../model/contract.ts'
import type { Path, Problem } from '../../model/problem.ts'
import { AGE_BANDS, type AgeBand, DIMENSIONS, type Dimension } from '../../model/signal.ts'
import { COUNTRY_CODES, countryHint, US_STATE_CODES } from '../countries.ts'
import type { PolicyOptions, RegimeOptions } from '../options/policy.ts'
import { isLooser, resolveRules } from '../regimes.ts'
import type { Parts } from '../salvage.ts'
import { type Finding, problemAt, type Source } from '../source.ts'
import { didYouMean } from '../suggest.ts'

export interface CheckedPolicy {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

// Sound: the keys of DIMENSIONS are the dimensions.
const ALL_DIMENSIONS = Object.keys(DIMENSIONS) as readonly Dimension[]
/** Pairs in order of required care; `unknown` may be any of the last. */
const BY_CARE: readonly (readonly [younger: AgeBand, older: AgeBand])[] = [
  ['13_15', '16_17'],
  ['16_17', 'adult'],
  ['unknown', 'adult'],
]

export function checkPolicy(source: Source, parts: Parts<PolicyOptions>): CheckedPolicy {
  const { default_regime: fallback, regimes, places = {} } = parts
  const flag = (path: Path, finding: Finding): Problem => problemAt(source, path, finding)
  const countries = Object.keys(places).flatMap((place) => checkPlace(flag, place))
  if (regimes === undefined) return { problems: countries, warnings: [] }
  // All names in the file, even of an unreadable regime: they are not "unknown".
  const named = regimeNames(source)
  const unknownRegime = (path: Path, id: string): readonly Problem[] =>
    named.includes(id)
      ? []
      : [flag(path, { found: 'not a regime of this file', allowed: named.join(', '), hint: didYouMean(id, named) })]
  const used = new Set([fallback, ...Object.values(places)])
  return {
    problems: [
      ...(fallback === undefined ? [] : unknownRegime(['default_regime'], fallback)),
      ...Object.entries(regimes).flatMap(([id, regime]) => checkRegime(flag, id, regime, places)),
      ...(fallback === undefined ? [] : checkDefault(flag, fallback, regimes)),
      ...countries,
      ...Object.entries(places).flatMap(([place, id]) => unknownRegime(['places', place], id)),
    ],
    warnings: Object.keys(regimes)
      .filter((id) => !used.has(id))
      .map((id) => flag(['regimes', id], { found: 'a regime that no place uses', at: 'key' })),
  }
}

function regimeNames(source: Source): readonly string[] {
  const { regimes } = source.value as { readonly regimes?: unknown }
  return typeof regimes === 'object' && regimes !== null ? Object.keys(regimes) : []
}

type Flag = (path: Path, finding: Finding) => Problem

function checkRegime(
  flag: Flag,
  id: string,
  regime: RegimeOptions,
  places: PolicyOptions['places'],
): readonly Problem[] {
  const usPlace = Object.keys(places).find((place) => /^US(-|$)/.test(place) && places[place] === id)
  const strangers = (regime.transfer_free ?? []).flatMap((country, index) =>
    COUNTRY_CODES.has(country)
      ? []
      : [
          flag(['regimes', id, 'transfer_free', index], {
            found: 'not a country code',
            allowed: 'ISO 3166 codes in capitals: DE',
            hint: countryHint(country),
          }),
        ],
  )
  const rules = ALL_DIMENSIONS.flatMap((dimension) => {
    const path = ['regimes', id, 'rules', dimension]
    const rules = resolveRules(regime.rules[dimension])
    const problems: Problem[] = []
    const missing = AGE_BANDS.filter((band) => rules[band] === undefined)
    if (missing.length > 0) {
      const found = `no rule for ${missing.join(', ')}`
      problems.push(flag(path, { found, hint: 'Name them, or give a default.', at: 'key' }))
    }
    if (rules.under_13 !== 'never') {
      problems.push(flag([...path, 'under_13'], { found: 'a child’s data never leaves', allowed: 'never' }))
    }
    for (const [younger, older] of BY_CARE) {
      const [rule, other] = [rules[younger], rules[older]]
      if (rule === undefined || other === undefined || !isLooser(rule, other)) continue
      const found = `${rule} for ${younger}, which is looser than ${other} for ${older}`
      problems.push(flag(path, { found, allowed: `${other} or stricter`, at: 'key' }))
    }
    if (dimension === 'precise_location' && usPlace !== undefined) {
      problems.push(...tooLooseForUs(flag, path, rules, usPlace))
    }
    return problems
  })
  return [...strangers, ...rules]
}

/** In the United States precise location is sensitive data: opt-in at least, whatever a state's law says. */
function tooLooseForUs(
  flag: Flag,
  path: Path,
  rules: Readonly<Record<AgeBand, Rule | undefined>>,
  place: string,
): readonly Problem[] {
  const loose = AGE_BANDS.find((band) => rules[band] !== undefined && isLooser(rules[band], 'only_if_opted_in'))
  if (loose === undefined) return []
  const found = `${rules[loose]} for ${loose}, and ${place} uses this regime`
  return [flag(path, { found, allowed: 'only_if_opted_in or never', at: 'key' })]
}

/** For an unknown country the strictest law must apply. */
function checkDefault(flag: Flag, id: string, regimes: PolicyOptions['regimes']): readonly Problem[] {
  const fallback = Object.hasOwn(regimes, id) ? regimes[id] : undefined
  if (fallback === undefined) return []
  const problems: Problem[] = []
  const consenting = Object.keys(regimes).find((other) => regimes[other]!.consent_required)
  if (!fallback.consent_required && consenting !== undefined) {
    const found = `the default regime asks for no consent, and ${consenting} does`
    problems.push(flag(['regimes', id, 'consent_required'], { found, allowed: 'true' }))
  }
  for (const dimension of ALL_DIMENSIONS) {
    const own = resolveRules(fallback.rules[dimension])
    const stricter = Object.keys(regimes).flatMap((other) => {
      const rules = resolveRules(regimes[other]!.rules[dimension])
      return AGE_BANDS.filter((band) => own[band] && rules[band] && isLooser(own[band], rules[band])).map((band) => ({
        other,
        band,
        rule: rules[band],
      }))
    })[0]
    if (stricter === undefined) continue
    const { other, band, rule } = stricter
    const found = `the default regime is looser than ${other}, which says ${rule} for ${band}`
    const hint = 'It applies where the country is unknown, so it must be the strictest.'
    problems.push(flag(['regimes', id, 'rules', dimension], { found, hint, at: 'key' }))
  }
  return problems
}

function checkPlace(flag: Flag, place: string): readonly Problem[] {
  const [country = '', region, ...rest] = place.split('-')
  const allowed = 'ISO 3166 codes in capitals: US, or US-CA'
  if (!COUNTRY_CODES.has(country) || rest.length > 0) {
    return [flag(['places', place], { found: 'not a country code', allowed, hint: countryHint(place), at: 'key' })]
  }
  if (region === undefined) return []
  const isRegion = country === 'US' ? US_STATE_CODES.has(region) : /^[A-Z0-9]{1,3}$/.test(region)
  return isRegion ? [] : [flag(['places', place], { found: `not a region of ${country}`, allowed, at: 'key' })]
}
