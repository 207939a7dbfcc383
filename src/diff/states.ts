/**
 * Every state of a subject that two policies can distinguish, each with its verdict under both. The inputs are finite: yes, no or
 * nothing for each dimension; whether GDPR applies; a consent string; a device limit. States whose two verdicts are equal for
 * every contract are merged, keeping the audiences and places they cover.
 */
import { LRUCache } from 'lru-cache'
import { canonicalJson } from '../contracts/canonical.ts'
import { jurisdictionOf, ruleOf, stringsOf } from '../decide/regime.ts'
import { type ConsentSignals, NO_CONSENT_SIGNALS, verdictOf } from '../decide/verdict.ts'
import type { Policy } from '../model/contract.ts'
import {
  AGE_BANDS,
  type AgeBand,
  DIMENSIONS,
  type Dimension,
  type DimensionBits,
  type Finding,
  PRECISE_LOCATION,
  SILENT,
} from '../model/signal.ts'
import type { CategoryConsent, ConsentReading, Verdict } from '../model/verdict.ts'

/** Groups of users that a state covers, in display order. */
export const AUDIENCES = {
  silent: 'people who said nothing',
  opted_in: 'people who opted in',
  opted_out: 'people who opted out',
  minors: 'people known to be under 18',
  device_limited: 'people whose device limits tracking',
  sensitive_limited: 'people who limit sensitive data',
  location_refused: 'people who refused the app their location',
  by_consent: 'people whose consent names some purposes or companies only',
  by_category: 'people whose consent tool sends categories',
  by_signal: 'people who send a browser signal (Global Privacy Control, Do Not Track)',
} as const
export type Audience = keyof typeof AUDIENCES

export interface State {
  readonly before: Verdict
  readonly after: Verdict
  /** False if both verdicts are equal: only differing terms can then cause a difference. */
  readonly differs: boolean
  /** Audience → its places: `US`, `US-CA`, `''` for every country that no policy names. */
  readonly who: ReadonlyMap<Audience, ReadonlySet<string>>
}

/** A country, or a country and region; `''` is any country that neither policy names, or an unknown one. */
export function placesIn(before: Policy, after: Policy): readonly string[] {
  return [...new Set([...Object.keys(before.places), ...Object.keys(after.places), ''])].sort()
}

/** Places and ages for which both policies have the same rules. */
interface Setting {
  readonly place: string
  readonly band: AgeBand
  readonly lifted: boolean
  /** All rules of both policies here, as text. */
  readonly rules: string
  readonly who: { readonly places: Set<string>; minors: boolean }
}

/** Collects states and merges equal ones. */
export interface StateSet {
  add(before: Verdict, after: Verdict, audience: Audience, places: Iterable<string>): void
  readonly states: readonly State[]
}

export function createStateSet(): StateSet {
  const states = new Map<string, State & { readonly who: Map<Audience, Set<string>> }>()
  return {
    add: (before, after, audience, places) => {
      const [one, other] = [readingOf(before), readingOf(after)]
      const key = `${one}#${other}`
      const state = states.get(key) ?? { before, after, differs: one !== other, who: new Map() }
      states.set(key, state)
      const known = state.who.get(audience) ?? new Set()
      state.who.set(audience, known)
      for (const place of places) known.add(place)
    },
    get states() {
      return [...states.values()]
    },
  }
}

/** @param categories those of any contract: users who grant them all are a state of their own */
export function enumerateStates(before: Policy, after: Policy, categories: readonly string[]): readonly State[] {
  const set = createStateSet()
  const samePolicy = canonicalJson(before) === canonicalJson(after)
  const consents = consentVariants(categories)
  for (const setting of settingsOf(before, after)) {
    for (const { consent, given } of consents) {
      if (isReadAlike(consent, setting)) continue
      for (const findings of answersTo(given, setting)) {
        const one = verdictAt(before, setting.place, findings, consent)
        const other = samePolicy ? one : verdictAt(after, setting.place, findings, consent)
        const audience = setting.who.minors ? 'minors' : audienceOf(findings[0]!, given)
        set.add(one, other, audience, setting.who.places)
      }
    }
  }
  return withDevices(set.states)
}

/** `enumerateStates`, cached: a publish asks repeatedly about the same two policies. */
export type StateReader = typeof enumerateStates

/** Cached results, about 5 MB each for a policy of 25 laws. */
const KEPT = 8

/** Policies are compared by content, because crossing threads creates new objects. */
export function createStateReader(): StateReader {
  const known = new LRUCache<string, readonly State[]>({ max: KEPT })
  const texts = new WeakMap<Policy, string>()
  const textOf = (policy: Policy): string => {
    const text = texts.get(policy) ?? canonicalJson(policy)
    texts.set(policy, text)
    return text
  }
  return (before, after, categories) => {
    const key = JSON.stringify([textOf(before), textOf(after), categories])
    const states = known.get(key) ?? enumerateStates(before, after, categories)
    known.set(key, states)
    return states
  }
}

export function verdictAt(
  policy: Policy,
  place: string,
  findings: readonly Finding[],
  consent: ConsentSignals = NO_CONSENT_SIGNALS,
): Verdict {
  const [country, region] = place.split('-')
  return verdictOf({
    policy,
    findings,
    countries: place === '' ? undefined : [country!],
    regions: region === undefined ? undefined : [region],
    consent,
  })
}

function settingsOf(before: Policy, after: Policy): readonly Setting[] {
  const settings = new Map<string, Setting>()
  for (const place of placesIn(before, after)) {
    let adult = ''
    // Adults first: a band treated like them is not listed separately.
    for (const band of ['adult', ...AGE_BANDS.filter((name) => name !== 'adult')] as const) {
      for (const lifted of band === 'adult' || band === 'unknown' ? [false] : [false, true]) {
        const rules = [before, after].map((policy) => rulesAt(policy, place, band, lifted)).join('#')
        if (band === 'adult') adult = rules
        const known = settings.get(rules)
        const minors = rules !== adult && band !== 'unknown'
        if (known === undefined)
          settings.set(rules, { place, band, lifted, rules, who: { places: new Set([place]), minors } })
        else {
          known.who.places.add(place)
          if (!minors) known.who.minors = false
        }
      }
    }
  }
  return [...settings.values()]
}

/** All of a policy's rules for one place and age, as text. */
function rulesAt(policy: Policy, place: string, band: AgeBand, lifted: boolean): string {
  const [country, region] = place.split('-')
  const countries = place === '' ? undefined : [country!]
  const { regimes } = jurisdictionOf(policy, countries, region === undefined ? undefined : [region])
  return regimes
    .map((regime) => {
      const rules = DIMENSION_NAMES.map((name) => ruleOf(regime, name, band, lifted))
      return [...rules, regime.consentRequired, stringsOf(regime)].join()
    })
    .join('+')
}
const DIMENSION_NAMES = Object.keys(DIMENSIONS) as readonly Dimension[]

/** True if the additional signals change nothing here: another variant covers it. */
function isReadAlike({ gdpr, canadian }: ConsentSignals, { rules }: Setting): boolean {
  if (canadian !== undefined && !rules.includes('tcf_canada')) return true
  return gdpr === 'applies' && rules.split(/[#+]/).every((regime) => regime.endsWith('true,tcf_eu'))
}

interface ConsentVariant {
  readonly consent: ConsentSignals
  /** True if a consent string permits everything it can: further opt-ins add nothing. */
  readonly given: boolean
}

function consentVariants(names: readonly string[]): readonly ConsentVariant[] {
  const categories: CategoryConsent = { answers: new Map(names.map((name) => [name, true])), granted: ~0 }
  const said = (part: Partial<ConsentSignals>, given: boolean): readonly ConsentVariant[] =>
    (['unsaid', 'applies'] as const).map((gdpr) => ({ consent: { ...NO_CONSENT_SIGNALS, ...part, gdpr }, given }))
  return [
    ...said({}, false),
    ...said({ categories }, false),
    ...said({ european: FULL_CONSENT, categories }, true),
    ...said({ canadian: FULL_CONSENT, categories }, true),
    ...said({ european: FULL_CONSENT, canadian: FULL_CONSENT, categories }, true),
  ]
}
const FULL_CONSENT: ConsentReading = {
  valid: true,
  problem: '',
  purposes: ~0,
  specialFeatures: ~0,
  purposesOf: () => ~0,
  hasProvider: () => true,
}

/** Yes, no or nothing for each dimension. */
function answersTo(consentGiven: boolean, { band, lifted }: Setting): readonly (readonly Finding[])[] {
  const all = DIMENSION_NAMES.reduce<readonly { denies: DimensionBits; permits: DimensionBits }[]>(
    (answers, name) =>
      answers.flatMap(({ denies, permits }) => [
        { denies, permits },
        { denies: denies | DIMENSIONS[name], permits },
        ...(consentGiven ? [] : [{ denies, permits: permits | DIMENSIONS[name] }]),
      ]),
    [{ denies: 0, permits: 0 }],
  )
  return all.map(({ denies, permits }) => [
    { ...SILENT, denies, permits, ...(band === 'unknown' ? {} : { band }), ...(lifted ? { lifts: ~0 } : {}) },
  ])
}

function audienceOf({ denies, permits }: Finding, consentGiven: boolean): Audience {
  if ((denies & ~PRECISE_LOCATION) !== 0) return 'opted_out'
  return consentGiven || (permits & ~PRECISE_LOCATION) !== 0 ? 'opted_in' : 'silent'
}

/** The same users with one device limit. Limits are independent, so two at once reveal nothing that each alone does not. */
function withDevices(states: readonly State[]): readonly State[] {
  const limits: readonly (readonly [Audience, (verdict: Verdict) => Verdict])[] = [
    ['device_limited', (verdict) => ({ ...verdict, deviceLimit: { limited: true, why: 'lmt' } })],
    ['sensitive_limited', (verdict) => ({ ...verdict, sensitive: { limited: true, why: 'sensitive' } })],
    ['location_refused', (verdict) => ({ ...verdict, countryOnly: true })],
  ]
  return states.flatMap((state) => [
    state,
    ...limits.map(([audience, limit]) => ({
      before: limit(state.before),
      after: limit(state.after),
      differs: state.differs,
      who: new Map([[audience, new Set([...state.who.values()].flatMap((places) => [...places]))]]),
    })),
  ])
}

/** The parts of a verdict that a decision reads, without reasons. */
function readingOf({
  child,
  dimensions,
  deviceLimit,
  sensitive,
  countryOnly,
  consent,
  refusedPurposes,
}: Verdict): string {
  let reading = `${child.blocked ? 'c' : ''}${deviceLimit.limited ? 'd' : ''}${sensitive.limited ? 's' : ''}${countryOnly ? 'l' : ''}`
  for (const name of DIMENSION_NAMES) {
    const { allowed, onlyUnasked, causes } = dimensions[name]
    reading += `|${allowed ? '' : onlyUnasked ? '?' : 'n'}${causes.some(({ why }) => why === 'gpc') ? 'g' : ''}`
  }
  const { required, why, strings, categories } = consent
  reading += `|${refusedPurposes.bits}|${[...(categories?.answers ?? [])].join()}.${categories?.granted}`
  return required ? `${reading}|${why}|${strings?.purposes}` : reading
}
