/**
 * Merges findings, consent, regime and age into a verdict. A meet: findings are only ever added up, so order cannot
 * matter and one more restriction can only deny more.
 */
import type { Policy } from '../model/contract.ts'
import { comparePrecedence, type Reason } from '../model/reason.ts'
import {
  ADVERTISING_DIMENSIONS,
  type AgeBand,
  ALL_DIMENSIONS,
  DIMENSIONS,
  type Dimension,
  type DimensionBits,
  FIRST_PURPOSE,
  type Finding,
  PRECISE_LOCATION,
  SALE,
  SENSITIVE_DATA,
  SHARING,
  TARGETED_ADVERTISING,
  youngest,
} from '../model/signal.ts'
import type { CategoryConsent, Cause, Consent, ConsentReading, DimensionVerdict, Verdict } from '../model/verdict.ts'
import type { GdprStatement } from '../signals/gdpr-applies.ts'
import { type Jurisdiction, jurisdictionOf, ruleOf, stringsOf } from './regime.ts'

/** What consent strings and categories said, before it is known whether they count. */
export interface ConsentSignals {
  readonly gdpr: GdprStatement
  /** IAB Europe's TC strings, together. */
  readonly european: ConsentReading | undefined
  /** IAB Canada's. */
  readonly canadian: ConsentReading | undefined
  readonly categories: CategoryConsent | undefined
}
export const NO_CONSENT_SIGNALS: ConsentSignals = {
  gdpr: 'unsaid',
  european: undefined,
  canadian: undefined,
  categories: undefined,
}

export interface VerdictInput {
  readonly policy: Policy
  /** Signals of the event and standing choices of the subject, in any order. */
  readonly findings: readonly Finding[]
  readonly countries: readonly string[] | undefined
  readonly regions: readonly string[] | undefined
  readonly consent?: ConsentSignals
}

// Sound: the keys of DIMENSIONS are the dimensions.
const DIMENSION_BITS = Object.entries(DIMENSIONS) as readonly (readonly [Dimension, DimensionBits])[]
const ALLOWED: DimensionVerdict = { allowed: true, binding: 'agreed', causes: [], onlyUnasked: false }
const AGREED = 'agreed' as const

export function verdictOf(input: VerdictInput): Verdict {
  const { policy, countries, regions, consent = NO_CONSENT_SIGNALS } = input
  const jurisdiction = jurisdictionOf(policy, countries, regions, consent.gdpr)
  const said = consentFindings(jurisdiction, consent)
  const findings = said.length === 0 ? input.findings : [...input.findings, ...said]
  const merged = mergeFindings(findings)
  const opened = openedBy(jurisdiction, consent)
  return {
    regime: jurisdiction.id,
    band: merged.band,
    dimensions: {
      sale: verdictOn('sale', SALE, findings, merged, jurisdiction, opened),
      sharing: verdictOn('sharing', SHARING, findings, merged, jurisdiction, opened),
      targeted_advertising: verdictOn(
        'targeted_advertising',
        TARGETED_ADVERTISING,
        findings,
        merged,
        jurisdiction,
        opened,
      ),
      precise_location: verdictOn('precise_location', PRECISE_LOCATION, findings, merged, jurisdiction, opened),
    },
    consent: consentOf(jurisdiction, consent, findings),
    refusedPurposes: { bits: merged.denies & ~(FIRST_PURPOSE - 1), why: merged.refused },
    child: { blocked: merged.child !== AGREED, why: merged.child, contextual: merged.onlyCoppa },
    deviceLimit: { limited: merged.deviceLimit !== AGREED, why: merged.deviceLimit },
    sensitive: { limited: (merged.denies & SENSITIVE_DATA) !== 0, why: merged.sensitive },
    countryOnly: merged.countryOnly,
    withdrawal: merged.withdrawal,
  }
}

interface Merged {
  denies: DimensionBits
  permits: DimensionBits
  band: AgeBand
  lifts: DimensionBits
  child: Reason
  onlyCoppa: boolean
  deviceLimit: Reason
  sensitive: Reason
  refused: Reason
  countryOnly: boolean
  withdrawal: boolean
}

function mergeFindings(findings: readonly Finding[]): Merged {
  const merged: Merged = {
    denies: 0,
    permits: 0,
    band: 'unknown',
    lifts: 0,
    child: AGREED,
    onlyCoppa: true,
    deviceLimit: AGREED,
    sensitive: AGREED,
    refused: AGREED,
    countryOnly: false,
    withdrawal: false,
  }
  for (const finding of findings) {
    const { denies, why } = finding
    merged.denies |= denies
    merged.permits |= finding.permits
    if (finding.band !== undefined) merged.band = youngest([merged.band, finding.band])
    if (finding.child) {
      merged.child = first(merged.child, why)
      if (finding.signal !== 'coppa' || why !== 'child') merged.onlyCoppa = false
    }
    if (finding.deviceLimit) merged.deviceLimit = first(merged.deviceLimit, why)
    if ((denies & SENSITIVE_DATA) !== 0) merged.sensitive = first(merged.sensitive, why === 'gpp' ? 'sensitive' : why)
    if (denies >= FIRST_PURPOSE) merged.refused = first(merged.refused, why)
    if (finding.countryOnly) merged.countryOnly = true
    if (finding.withdrawal) merged.withdrawal = true
  }
  // An opt-in for one band says nothing of a younger one that another signal established.
  for (const { band, lifts } of findings) if (lifts !== undefined && band === merged.band) merged.lifts |= lifts
  return merged
}

/**
 * What a consent string refuses as such, where it counts: one that is expired or too old in form denies everything, as
 * one that cannot be read does anywhere; without consent to purpose 1 nothing may be stored on or read from the device,
 * which every identifier rests on.
 */
export function consentFindings(
  jurisdiction: Jurisdiction,
  { european, canadian }: ConsentSignals,
): readonly Finding[] {
  const found: Finding[] = []
  if (jurisdiction.countsEuropean && european !== undefined) {
    if (!european.valid) found.push(BLOCKED)
    else if ((european.purposes & TCF_PURPOSE_1) === 0) found.push(REFUSED)
  }
  if (jurisdiction.countsCanadian && canadian?.valid === false) found.push(BLOCKED)
  return found
}
const PLAIN = { signal: 'tcf', permits: 0, deviceLimit: false, child: false, countryOnly: false } as const
const BLOCKED: Finding = { ...PLAIN, denies: ALL_DIMENSIONS, withdrawal: false, why: 'signal_invalid' }
const REFUSED: Finding = { ...PLAIN, denies: ADVERTISING_DIMENSIONS, withdrawal: true, why: 'tcf' }

/** Dimensions that consent strings open, each kind only under the regimes that know it. */
interface Opened {
  readonly european: DimensionBits
  readonly canadian: DimensionBits
}
const NOTHING_OPENED: Opened = { european: 0, canadian: 0 }
const TCF_PURPOSE_1 = 0b1
/** Creating and using advertising profiles: both, since an event does the one and serves the other. */
const TCF_PURPOSES_3_AND_4 = 0b1100
const TCF_FEATURE_1 = 0b1

function openedBy({ countsEuropean, countsCanadian }: Jurisdiction, { european, canadian }: ConsentSignals): Opened {
  const usable = (countsEuropean && european?.valid === true) || (countsCanadian && canadian?.valid === true)
  if (!usable) return NOTHING_OPENED
  return {
    european: countsEuropean ? opens(european, TCF_PURPOSE_1) : 0,
    // IAB Canada does not use purpose 1: any purpose consented to opens the disclosure, the vendor's own decide the rest.
    canadian: countsCanadian ? opens(canadian, ~0) : 0,
  }
}

function opens(reading: ConsentReading | undefined, disclosure: number): DimensionBits {
  if (reading === undefined || !reading.valid || (reading.purposes & disclosure) === 0) return 0
  const targeted = (reading.purposes & TCF_PURPOSES_3_AND_4) === TCF_PURPOSES_3_AND_4 ? TARGETED_ADVERTISING : 0
  const precise = (reading.specialFeatures & TCF_FEATURE_1) !== 0 ? PRECISE_LOCATION : 0
  return SALE | SHARING | targeted | precise
}

function verdictOn(
  name: Dimension,
  bit: DimensionBits,
  findings: readonly Finding[],
  { denies, permits, band, lifts }: Merged,
  { regimes, gdprByWord }: Jurisdiction,
  opened: Opened,
): DimensionVerdict {
  const causes: Cause[] = []
  if ((denies & bit) !== 0) {
    for (const finding of findings)
      if ((finding.denies & bit) !== 0) causes.push({ why: finding.why, signal: finding.signal })
  }
  const explicit = causes.length
  let isNever = regimes.length === 0
  let unasked = gdprByWord && ((permits | opened.european) & bit) === 0
  for (const regime of regimes) {
    const rule = ruleOf(regime, name, band, (lifts & bit) !== 0)
    if (rule === 'never') isNever = true
    else if (rule === 'only_if_opted_in') {
      const strings = stringsOf(regime)
      const byString = strings === 'tcf_eu' ? opened.european : strings === 'tcf_canada' ? opened.canadian : 0
      if (((permits | byString) & bit) === 0) unasked = true
    }
  }
  if (isNever) causes.push(REGIME)
  if (unasked) causes.push(opened === NOTHING_OPENED ? NOT_OPTED_IN : NOT_CONSENTED)
  if (causes.length === 0) return ALLOWED
  return { allowed: false, binding: bindingOf(causes), causes, onlyUnasked: explicit === 0 && !isNever }
}
const REGIME: Cause = { why: 'regime' }
const NOT_OPTED_IN: Cause = { why: 'not_opted_in' }
const NOT_CONSENTED: Cause = { why: 'tcf', signal: 'tcf' }

const NO_CONSENT: Consent = { required: false, why: 'agreed', strings: undefined, categories: undefined }

function consentOf(jurisdiction: Jurisdiction, said: ConsentSignals, findings: readonly Finding[]): Consent {
  const { consentRequired, countsEuropean, countsCanadian } = jurisdiction
  const european = countsEuropean ? said.european : undefined
  const canadian = countsCanadian ? said.canadian : undefined
  const { categories } = said
  // A Canadian string names vendors: where it counts, a partner needs its own consent as in Europe.
  const required = consentRequired || canadian !== undefined
  if (!required) return categories === undefined ? NO_CONSENT : { ...NO_CONSENT, categories }
  // Where laws of both kinds apply, both strings are needed.
  const missing = (consentRequired && european === undefined) || (!consentRequired && canadian === undefined)
  let why: Reason = missing ? 'consent_missing' : AGREED
  for (const { signal, denies, why: refused } of findings) {
    if (signal === 'tcf' && denies !== 0) why = first(why, refused)
  }
  return { required, why, strings: meetReadings(european, canadian), categories }
}

/** The stricter of two verdicts in every respect: as accepted and as now. */
export function meetVerdicts(a: Verdict, b: Verdict): Verdict {
  if (a === b) return a
  return {
    regime: a.regime === b.regime ? a.regime : `${a.regime}+${b.regime}`,
    band: youngest([a.band, b.band]),
    dimensions: Object.fromEntries(
      DIMENSION_BITS.map(([name]) => [name, meetDimensions(a.dimensions[name], b.dimensions[name])]),
    ) as Record<Dimension, DimensionVerdict>,
    consent: meetConsents(a.consent, b.consent),
    refusedPurposes: {
      bits: a.refusedPurposes.bits | b.refusedPurposes.bits,
      why: first(a.refusedPurposes.why, b.refusedPurposes.why),
    },
    child: meetChild(a.child, b.child),
    deviceLimit: strictestOf(a.deviceLimit.limited, a.deviceLimit, b.deviceLimit),
    sensitive: strictestOf(a.sensitive.limited, a.sensitive, b.sensitive),
    countryOnly: a.countryOnly || b.countryOnly,
    withdrawal: a.withdrawal || b.withdrawal,
  }
}

function meetChild(a: Verdict['child'], b: Verdict['child']): Verdict['child'] {
  if (!a.blocked || !b.blocked) return a.blocked ? a : b
  return { blocked: true, why: first(a.why, b.why), contextual: a.contextual && b.contextual }
}

function strictestOf<T>(firstRestricts: boolean, one: T, other: T): T {
  return firstRestricts ? one : other
}

function meetDimensions(a: DimensionVerdict, b: DimensionVerdict): DimensionVerdict {
  if (a.allowed) return b
  if (b.allowed) return a
  const causes = [...a.causes]
  for (const cause of b.causes) {
    if (!causes.some(({ why, signal }) => why === cause.why && signal === cause.signal)) causes.push(cause)
  }
  return { allowed: false, binding: bindingOf(causes), causes, onlyUnasked: a.onlyUnasked && b.onlyUnasked }
}

function meetConsents(a: Consent, b: Consent): Consent {
  const categories = meetCategories(a.categories, b.categories)
  if (!a.required) return { ...b, categories }
  if (!b.required) return { ...a, categories }
  return { required: true, why: first(a.why, b.why), strings: meetReadings(a.strings, b.strings), categories }
}

/** One that is missing restricts nothing here: that it is missing is the consent's `why`. */
function meetReadings(a: ConsentReading | undefined, b: ConsentReading | undefined): ConsentReading | undefined {
  if (a === undefined || a === b) return b
  if (b === undefined) return a
  return {
    valid: a.valid && b.valid,
    problem: a.problem === '' ? b.problem : a.problem,
    purposes: a.purposes & b.purposes,
    specialFeatures: a.specialFeatures & b.specialFeatures,
    purposesOf: (vendor, listing) => a.purposesOf(vendor, listing) & b.purposesOf(vendor, listing),
    hasProvider: (provider) => a.hasProvider(provider) && b.hasProvider(provider),
  }
}

function meetCategories(a: CategoryConsent | undefined, b: CategoryConsent | undefined): CategoryConsent | undefined {
  if (a === undefined || a === b) return b
  if (b === undefined) return a
  const answers = new Map(a.answers)
  for (const [name, granted] of b.answers) answers.set(name, granted && answers.get(name) !== false)
  return { answers, granted: a.granted & b.granted }
}

/** The one that binds. */
function first(a: Reason, b: Reason): Reason {
  return comparePrecedence(b, a) < 0 ? b : a
}

function bindingOf(causes: readonly { readonly why: Reason }[]): Reason {
  let binding: Reason = AGREED
  for (const { why } of causes) binding = first(binding, why)
  return binding
}

/**
 * Names everything about a verdict that a decision can depend on, for any partner: equal keys, equal decisions. What
 * depends on the partner (vendor, provider, categories) is added per contract by `consentKey`.
 */
export function verdictKey(verdict: Verdict): string {
  const { dimensions, consent, child, deviceLimit, sensitive, countryOnly, refusedPurposes } = verdict
  let key = `${child.blocked ? child.why : ''}${child.blocked && child.contextual ? '~' : ''}|${deviceLimit.limited ? deviceLimit.why : ''}|${countryOnly ? 'c' : ''}`
  if (sensitive.limited) key += `|s:${sensitive.why}`
  if (refusedPurposes.bits !== 0) key += `|p${refusedPurposes.bits}:${refusedPurposes.why}`
  for (const [name] of DIMENSION_BITS) {
    const { allowed, binding, causes, onlyUnasked } = dimensions[name]
    if (allowed) key += '|'
    else key += `|${binding}${onlyUnasked ? '?' : ''}${causes.some(({ why }) => why === 'gpc') ? '+gpc' : ''}`
  }
  return consent.required ? `${key}|${consent.why}` : key
}
