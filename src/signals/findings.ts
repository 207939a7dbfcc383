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
import { parseUsPrivacy } from './us-privacy.ts'

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

/** Pure. Reads every text of every signal; a place that disagrees with another is simply another finding. */
export function findSignals(raw: RawSignals, context: SignalContext): SignalFindings {
  const { honoured, decoders } = context
  const findings: Finding[] = []
  const lifting: SignalName[] = []
  const note: Note = (signal, found) => {
    let restricts = false
    for (const finding of found) {
      if (finding === undefined) continue
      findings.push(finding)
      restricts = true
    }
    if (!restricts && found.length > 0) lifting.push(signal)
  }
  const each: Each = (signal, texts, parse, restrict, malformed = () => blocked(signal)) => {
    if (texts === undefined || texts.length === 0) return
    const found: (Finding | undefined)[] = []
    for (const text of texts) {
      const parsed = parse(text)
      if (parsed.state === 'invalid') found.push(malformed())
      if (parsed.state === 'valid') found.push(restrict(parsed.value))
    }
    note(signal, found)
  }

  if (honoured.gpc && raw.gpc !== undefined && parseGpc(raw.gpc).state === 'valid') {
    findings.push(optedOut('gpc', 'gpc'))
  }
  const gpp = hasGpp(raw) ? findGpp(raw, honoured.gpc, decoders) : NO_GPP
  findings.push(...gpp.findings)
  if (gpp.clear) lifting.push('gpp')
  each('us_privacy', joined(raw.us_privacy, gpp.usPrivacy), parseUsPrivacy, (value) => {
    if (value.contradicts) return blocked('us_privacy')
    return value.optedOutOfSale === true ? optedOut('us_privacy', 'us_privacy') : undefined
  })
  if (honoured.dnt) each('dnt', raw.dnt, parseSwitch, (on) => (on ? optedOut('dnt', 'dnt') : undefined))
  each(
    'lmt',
    raw.lmt,
    parseSwitch,
    (on) => (on ? limited('lmt', 'lmt') : undefined),
    () => ({ ...blocked('lmt'), deviceLimit: true }),
  )
  findAtt(raw, note)
  if (raw.advertising_id !== undefined) {
    note(
      'zeroed_id',
      raw.advertising_id
        .filter((text) => text !== 'empty')
        .map((text) => (text === 'zero' ? limited('zeroed_id', 'zeroed_id') : undefined)),
    )
  }
  each(
    'location_permission',
    raw.location_permission,
    parseLocationPermission,
    (granted) => (granted ? undefined : locationRefused('location_permission')),
    () => locationRefused('signal_invalid'),
  )
  each(
    'coppa',
    raw.coppa,
    parseSwitch,
    (on) => (on ? child('coppa', true) : undefined),
    () => child('coppa', false),
  )
  findAge(raw, findings)
  // Whether a consent string counts depends on the place; one that is none at all denies everywhere.
  const tcf = (raw.tcf ?? []).map((text) => decoders.tcf(text))
  for (const decoded of [...tcf, ...gpp.european]) if (decoded.state === 'invalid') findings.push(blocked('tcf'))
  const categories = readCategories(raw.categories, context.categories)
  if (categories !== undefined) note('category', categoryFindings(categories))
  if (categories !== undefined && categories.granted !== 0) findings.push(categoryOptIn(categories))
  return {
    findings,
    lifting,
    consent: {
      gdpr: gpp.saysGdpr ? 'applies' : readGdprApplies(raw.gdpr_applies),
      ...readStrings(raw, [...tcf, ...gpp.european], gpp.canadian, context),
      categories,
    },
  }
}

type Note = (signal: SignalName, found: readonly (Finding | undefined)[]) => void
type Each = <T>(
  signal: SignalName,
  texts: readonly string[] | undefined,
  parse: (text: string) => Signal<T>,
  restrict: (value: T) => Finding | undefined,
  malformed?: () => Finding,
) => void

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

function findAtt(raw: RawSignals, note: Note): void {
  const os = raw.os?.[0]
  const version = raw.os_version?.[0]
  const found: (Finding | undefined)[] = []
  for (const text of raw.att ?? []) {
    const status = parseAtt(text)
    if (status.state === 'invalid') found.push({ ...blocked('att'), deviceLimit: true })
    if (status.state === 'valid') found.push(status.value === 'authorized' ? undefined : limited('att', 'att'))
  }
  if (found.length === 0 && attIsRequired(os, version)) found.push(limited('att', 'att'))
  if (lmtIsUnreliable(os, version) && (raw.advertising_id ?? ['empty']).some((id) => id !== 'present')) {
    found.push(limited('att', 'att'))
  }
  note('att', found)
}

function findAge(raw: RawSignals, findings: Finding[]): void {
  const bands: AgeBand[] = []
  for (const text of raw.age ?? []) {
    const age = parseAge(text)
    if (age.state === 'invalid') findings.push(child('age', false))
    if (age.state === 'valid') bands.push(age.value)
  }
  if (bands.length === 0) return
  const band = youngest(bands)
  findings.push(
    band === 'under_13' ? { ...child('age', true), band } : { ...NOTHING, signal: 'age', band, why: 'agreed' },
  )
}

/** A refused purpose is refused by name; refusing advertising is an opt-out of all that advertising needs. */
function categoryFindings({ refused, unmapped, malformed }: CategoryReading): (Finding | undefined)[] {
  const found: (Finding | undefined)[] = []
  if (malformed) found.push(blocked('category'))
  if (unmapped) found.push({ ...blocked('category'), why: 'category_unmapped' })
  if (refused !== 0) {
    const dimensions = (refused & purposeBit('advertising')) !== 0 ? ADVERTISING_DIMENSIONS : 0
    found.push({ ...optedOut('category', 'category'), denies: dimensions | (refused * FIRST_PURPOSE) })
  }
  return found.length === 0 ? [undefined] : found
}

/** Consent to a category is an opt-in to what its purposes need. */
function categoryOptIn({ granted }: CategoryReading): Finding {
  const permits = (granted & purposeBit('advertising')) !== 0 ? ADVERTISING_DIMENSIONS : SALE | SHARING
  return { ...NOTHING, signal: 'category', permits, why: 'agreed' }
}

function locationRefused(why: Reason): Finding {
  return {
    ...NOTHING,
    signal: 'location_permission',
    denies: ALL_DIMENSIONS & ~ADVERTISING_DIMENSIONS,
    countryOnly: true,
    withdrawal: why !== 'signal_invalid',
    why,
  }
}
