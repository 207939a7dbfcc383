/**
 * From raw signals to what they mean for the verdict: every signal's rule in one place, in the order of
 * `docs/signals.md`. Each returns findings; merging is the verdict's business, and order cannot matter.
 */
import type { RawSignals } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import {
  ADVERTISING_DIMENSIONS,
  type AgeBand,
  ALL_DIMENSIONS,
  FIRST_PURPOSE,
  type Finding,
  PRECISE_LOCATION,
  SALE,
  SHARING,
  type Signal,
  type SignalName,
  youngest,
} from '../model/signal.ts'
import type { ConsentReading } from '../model/verdict.ts'
import { parseAge } from './age.ts'
import { attIsRequired, lmtIsUnreliable, parseAtt } from './att.ts'
import { type CategoryMap, type CategoryReading, purposeBit, readCategories } from './categories.ts'
import { readCanadianConsent, readConsent, type Span } from './consent-strings.ts'
import type { Decoders } from './decoders.ts'
import { type GdprSays, readGdprApplies } from './gdpr-applies.ts'
import { parseGpc } from './gpc.ts'
import { findGpp } from './gpp-findings.ts'
import { parseLocationPermission } from './location-permission.ts'
import { parseSwitch } from './switches.ts'
import type { TcString } from './tcf.ts'
import { parseUsPrivacy, type UsPrivacy } from './us-privacy.ts'

/** Which signals the published policy honours. */
export interface Honoured {
  readonly gpc: boolean
  readonly dnt: boolean
}

/** What reading signals depends on besides the signals. */
export interface SignalContext extends Span {
  readonly honoured: Honoured
  /** The app's consent categories. */
  readonly categories: CategoryMap
  readonly decoders: Decoders
}

/** What one event's signals say. `lifting` names the signals that were valid and restrict nothing. */
export interface SignalFindings {
  readonly findings: readonly Finding[]
  readonly lifting: readonly SignalName[]
  /** Consent strings and categories: whether they count depends on the place. */
  readonly consent: {
    readonly gdpr: GdprSays
    readonly european: ConsentReading | undefined
    readonly canadian: ConsentReading | undefined
    readonly categories: CategoryReading | undefined
  }
}

const NOTHING = { denies: 0, permits: 0, deviceLimit: false, child: false, countryOnly: false, withdrawal: false }
const blocked = (signal: SignalName): Finding => ({ ...NOTHING, signal, denies: ALL_DIMENSIONS, why: 'signal_invalid' })
const optedOut = (signal: SignalName, why: Reason): Finding => ({
  ...NOTHING,
  signal,
  denies: ADVERTISING_DIMENSIONS,
  withdrawal: true,
  why,
})
const limited = (signal: SignalName, why: Reason): Finding => ({ ...optedOut(signal, why), deviceLimit: true })
const child = (signal: SignalName, withdrawal: boolean): Finding => ({
  ...NOTHING,
  signal,
  denies: ALL_DIMENSIONS,
  child: true,
  withdrawal,
  why: withdrawal ? 'child' : 'signal_invalid',
})
const locationRefused = (why: Reason): Finding => ({
  ...NOTHING,
  signal: 'location_permission',
  denies: PRECISE_LOCATION,
  countryOnly: true,
  withdrawal: why !== 'signal_invalid',
  why,
})

/** One signal's rule: how its text is read, what a value restricts, what a malformed text means. */
interface SignalRule<T> {
  readonly signal: SignalName
  readonly parse: (text: string) => Signal<T>
  readonly restrict: (value: T) => Finding | undefined
  readonly malformed: Finding
}
const when =
  (finding: Finding) =>
  (on: boolean): Finding | undefined =>
    on ? finding : undefined

const US_PRIVACY: SignalRule<UsPrivacy> = {
  signal: 'us_privacy',
  parse: parseUsPrivacy,
  restrict: ({ contradicts, optedOutOfSale }) =>
    contradicts ? US_PRIVACY.malformed : optedOutOfSale === true ? US_PRIVACY_OPT_OUT : undefined,
  malformed: blocked('us_privacy'),
}
const US_PRIVACY_OPT_OUT = optedOut('us_privacy', 'us_privacy')
const DNT: SignalRule<boolean> = {
  signal: 'dnt',
  parse: parseSwitch,
  restrict: when(optedOut('dnt', 'dnt')),
  malformed: blocked('dnt'),
}
const LMT: SignalRule<boolean> = {
  signal: 'lmt',
  parse: parseSwitch,
  restrict: when(limited('lmt', 'lmt')),
  malformed: { ...blocked('lmt'), deviceLimit: true },
}
const LOCATION_REFUSED = locationRefused('location_permission')
const LOCATION: SignalRule<boolean> = {
  signal: 'location_permission',
  parse: parseLocationPermission,
  restrict: (granted) => (granted ? undefined : LOCATION_REFUSED),
  malformed: locationRefused('signal_invalid'),
}
const COPPA: SignalRule<boolean> = {
  signal: 'coppa',
  parse: parseSwitch,
  restrict: when(child('coppa', true)),
  malformed: child('coppa', false),
}
const GPC = optedOut('gpc', 'gpc')
const ATT = limited('att', 'att')
const ATT_MALFORMED: Finding = { ...blocked('att'), deviceLimit: true }
const ZEROED = limited('zeroed_id', 'zeroed_id')
const TCF_MALFORMED = blocked('tcf')
const AGE_MALFORMED = child('age', false)
const UNDER_13: Finding = { ...child('age', true), band: 'under_13' }

/** Collects what one event's signals say. */
interface Found {
  readonly findings: Finding[]
  readonly lifting: SignalName[]
}

/** Pure. Reads every text of every signal; a place that disagrees with another is simply another finding. */
export function findSignals(raw: RawSignals, context: SignalContext): SignalFindings {
  const { honoured, decoders } = context
  const found: Found = { findings: [], lifting: [] }
  const { findings } = found
  if (honoured.gpc && raw.gpc !== undefined && parseGpc(raw.gpc).state === 'valid') findings.push(GPC)
  const gpp = hasGpp(raw) ? findGpp(raw, honoured.gpc, decoders) : NO_GPP
  findings.push(...gpp.findings)
  if (gpp.clear) found.lifting.push('gpp')
  apply(US_PRIVACY, joined(raw.us_privacy, gpp.usPrivacy), found)
  if (honoured.dnt) apply(DNT, raw.dnt, found)
  apply(LMT, raw.lmt, found)
  findAtt(raw, found)
  findZeroedId(raw.advertising_id, found)
  apply(LOCATION, raw.location_permission, found)
  apply(COPPA, raw.coppa, found)
  if (raw.age !== undefined) findAge(raw.age, findings)
  // Whether a consent string counts depends on the place; one that is none at all denies everywhere.
  const european =
    raw.tcf === undefined ? gpp.european : [...raw.tcf.map((text) => decoders.tcf(text)), ...gpp.european]
  for (const decoded of european) if (decoded.state === 'invalid') findings.push(TCF_MALFORMED)
  const categories = readCategories(raw.categories, context.categories)
  if (categories !== undefined) findCategories(categories, found)
  const strings = readStrings(raw, european, gpp.canadian, context)
  return {
    findings,
    lifting: found.lifting,
    consent: {
      gdpr: gpp.saysGdpr ? 'applies' : readGdprApplies(raw.gdpr_applies),
      european: strings.european,
      canadian: strings.canadian,
      categories,
    },
  }
}

/** A signal that was sent, valid and restricts nothing may lift an earlier one of its kind. */
function apply<T>(rule: SignalRule<T>, texts: readonly string[] | undefined, { findings, lifting }: Found): void {
  if (texts === undefined) return
  const before = findings.length
  let wasSaid = false
  for (const text of texts) {
    const parsed = rule.parse(text)
    if (parsed.state === 'absent') continue
    wasSaid = true
    const finding = parsed.state === 'valid' ? rule.restrict(parsed.value) : rule.malformed
    if (finding !== undefined) findings.push(finding)
  }
  if (wasSaid && findings.length === before) lifting.push(rule.signal)
}

const NO_GPP: ReturnType<typeof findGpp> = {
  findings: [],
  clear: false,
  usPrivacy: [],
  european: [],
  canadian: [],
  saysGdpr: false,
}

function hasGpp({ gpp, gpp_sid, gpp_section }: RawSignals): boolean {
  return gpp !== undefined || gpp_sid !== undefined || gpp_section !== undefined
}

function joined(a: readonly string[] | undefined, b: readonly string[]): readonly string[] | undefined {
  if (b.length === 0) return a
  return a === undefined ? b : [...a, ...b]
}

function readStrings(
  raw: RawSignals,
  european: readonly Signal<TcString>[],
  canadian: readonly Signal<TcString>[],
  { decoders, from, until }: SignalContext,
): { readonly european: ConsentReading | undefined; readonly canadian: ConsentReading | undefined } {
  if (european.length === 0 && canadian.length === 0) return NO_STRINGS
  const copies = {
    purposes: raw.tcf_purposes,
    vendors: raw.tcf_vendors,
    features: raw.tcf_features,
    addtlConsent: raw.addtl_consent,
  }
  return {
    european: readConsent(european, { from, until }, decoders, copies),
    canadian: canadian.length === 0 ? undefined : readCanadianConsent(canadian, { from, until }, decoders),
  }
}
const NO_STRINGS = { european: undefined, canadian: undefined }

function findAtt({ os, os_version, att, advertising_id }: RawSignals, { findings, lifting }: Found): void {
  const [system, version] = [os?.[0], os_version?.[0]]
  const before = findings.length
  let wasSaid = false
  for (const text of att ?? []) {
    const status = parseAtt(text)
    if (status.state === 'absent') continue
    wasSaid = true
    if (status.state === 'invalid') findings.push(ATT_MALFORMED)
    else if (status.value !== 'authorized') findings.push(ATT)
  }
  if (system !== undefined) {
    if (!wasSaid && attIsRequired(system, version)) findings.push(ATT)
    if (lmtIsUnreliable(system, version) && (advertising_id ?? ['empty']).some((id) => id !== 'present')) {
      findings.push(ATT)
    }
  }
  if (wasSaid && findings.length === before) lifting.push('att')
}

function findZeroedId(ids: RawSignals['advertising_id'], { findings, lifting }: Found): void {
  if (ids === undefined) return
  if (ids.includes('zero')) findings.push(ZEROED)
  else if (ids.includes('present')) lifting.push('zeroed_id')
}

function findAge(texts: readonly string[], findings: Finding[]): void {
  const bands: AgeBand[] = []
  for (const text of texts) {
    const age = parseAge(text)
    if (age.state === 'invalid') findings.push(AGE_MALFORMED)
    if (age.state === 'valid') bands.push(age.value)
  }
  if (bands.length === 0) return
  const band = youngest(bands)
  findings.push(band === 'under_13' ? UNDER_13 : { ...NOTHING, signal: 'age', band, why: 'agreed' })
}

/**
 * A refused purpose is refused by name; refusing advertising is an opt-out of all that advertising needs. Consent to a
 * category is an opt-in to what its purposes need.
 */
function findCategories(
  { granted, refused, unmapped, malformed }: CategoryReading,
  { findings, lifting }: Found,
): void {
  if (malformed) findings.push(blocked('category'))
  if (unmapped) findings.push({ ...blocked('category'), why: 'category_unmapped' })
  if (refused !== 0) {
    const dimensions = (refused & purposeBit('advertising')) !== 0 ? ADVERTISING_DIMENSIONS : 0
    findings.push({ ...optedOut('category', 'category'), denies: dimensions | (refused * FIRST_PURPOSE) })
  }
  if (!malformed && !unmapped && refused === 0) lifting.push('category')
  if (granted === 0) return
  const permits = (granted & purposeBit('advertising')) !== 0 ? ADVERTISING_DIMENSIONS : SALE | SHARING
  findings.push({ ...NOTHING, signal: 'category', permits, why: 'agreed' })
}
