/** Each signal as it was understood, for a person to read: one entry a text, in the order of `docs/signals.md`. */
import type { RawSignals } from '../model/event.ts'
import type { Signal } from '../model/signal.ts'
import { parseAge } from './age.ts'
import { parseAtt } from './att.ts'
import { type GppSection, readGppSection } from './decoders.ts'
import type { SignalContext } from './findings.ts'
import { parseGpc } from './gpc.ts'
import { parseSectionList } from './gpp.ts'
import { parseLocationPermission } from './location-permission.ts'
import { parseSwitch } from './switches.ts'
import type { TcString } from './tcf.ts'
import { checkTcString } from './tcf-consent.ts'
import { parseUsPrivacy } from './us-privacy.ts'

export interface DescribedSignal {
  readonly signal: string
  readonly state: 'absent' | 'valid' | 'invalid'
  /** What is wrong with it; only where it is invalid. */
  readonly problem?: string
  /** The decoded value; only where it is valid. Plain data. */
  readonly value?: unknown
}

export function describeSignals(raw: RawSignals, { decoders, until, categories }: SignalContext): DescribedSignal[] {
  const found: DescribedSignal[] = []
  const say = <T>(signal: string, decoded: Signal<T>, show: (value: T) => unknown = (value) => value): void => {
    if (decoded.state === 'absent') found.push({ signal, state: 'absent' })
    else if (decoded.state === 'invalid') found.push({ signal, state: 'invalid', problem: decoded.why })
    else found.push({ signal, state: 'valid', value: show(decoded.value) })
  }
  const sections = (list: readonly GppSection[]): void => {
    for (const section of list) {
      if (section.kind === 'us') {
        const { name } =
          section.decoded.state === 'valid' ? section.decoded.value.spec : { name: `section ${section.id}` }
        say(`gpp ${name}`, section.decoded, ({ fields, gpc }) => ({ ...fields, Gpc: gpc ?? 'not said' }))
        if (section.decoded.state === 'valid' && section.meaning.state === 'invalid')
          say(`gpp ${name}`, section.meaning)
      } else if (section.kind === 'us_privacy') say('gpp uspv1', parseUsPrivacy(section.text))
      else if (section.kind === 'tcf') say('gpp tcfeuv2', dated(decoders.tcf(section.text), until), shownTc)
      else if (section.kind === 'tcf_canada') say('gpp tcfcav1', dated(section.decoded, until), shownTc)
      else found.push({ signal: `gpp section ${section.id}`, state: 'invalid', problem: 'an unknown section' })
    }
  }
  if (raw.gpc !== undefined) say('gpc', parseGpc(raw.gpc))
  for (const text of raw.us_privacy ?? []) say('us_privacy', parseUsPrivacy(text))
  for (const text of raw.gpp ?? []) {
    const reading = decoders.gpp(text)
    say('gpp', reading, (value) => value.sections.map(({ id }) => id))
    if (reading.state === 'valid') sections(reading.value.sections)
  }
  for (const text of raw.gpp_section ?? []) sections([readGppSection(text)])
  for (const text of raw.gpp_sid ?? []) found.push(describedList(text))
  for (const text of raw.tcf ?? []) say('tcf', dated(decoders.tcf(text), until), shownTc)
  for (const text of raw.addtl_consent ?? []) say('addtl_consent', decoders.addtlConsent(text), (ids) => [...ids])
  for (const text of raw.gdpr_applies ?? []) say('gdpr_applies', parseSwitch(text))
  for (const name of ['dnt', 'lmt', 'coppa'] as const) for (const text of raw[name] ?? []) say(name, parseSwitch(text))
  for (const text of raw.att ?? []) say('att', parseAtt(text))
  for (const text of raw.advertising_id ?? []) found.push({ signal: 'advertising_id', state: 'valid', value: text })
  for (const text of raw.location_permission ?? []) say('location_permission', parseLocationPermission(text))
  for (const text of raw.age ?? []) say('age', parseAge(text))
  for (const [name, texts] of Object.entries(raw.categories ?? {})) {
    const mapped = Object.hasOwn(categories, name) ? categories[name] : undefined
    for (const text of texts) {
      if (mapped === undefined)
        found.push({ signal: `category ${name}`, state: 'invalid', problem: 'not mapped to purposes' })
      else say(`category ${name}`, parseSwitch(text), (granted) => ({ granted, covers: mapped }))
    }
  }
  return found
}

function describedList(text: string): DescribedSignal {
  const list = parseSectionList(text)
  if (list === undefined) return { signal: 'gpp_sid', state: 'absent' }
  if (list.malformed) return { signal: 'gpp_sid', state: 'invalid', problem: 'not a list of section ids' }
  return { signal: 'gpp_sid', state: 'valid', value: list.ids }
}

/** A string that decodes and does not count any more is shown as what it is. */
function dated(decoded: Signal<TcString>, at: number): Signal<TcString> {
  return decoded.state === 'valid' ? checkTcString(decoded.value, at) : decoded
}

/** Vendor lists have a thousand entries: their sizes say what a person wants to know. */
function shownTc(tc: TcString): unknown {
  const {
    vendorConsents,
    vendorLegitimateInterests,
    disclosedVendors,
    publisherRestrictions,
    created,
    lastUpdated,
    ...plain
  } = tc
  return {
    ...plain,
    created: new Date(created).toISOString(),
    lastUpdated: new Date(lastUpdated).toISOString(),
    specialFeatures: numbers(tc.specialFeatures),
    purposesConsent: numbers(tc.purposesConsent),
    purposesLegitimateInterest: numbers(tc.purposesLegitimateInterest),
    vendorsConsented: vendorConsents.ids().length,
    vendorsLegitimateInterest: vendorLegitimateInterests.ids().length,
    vendorsDisclosed: disclosedVendors?.ids().length ?? 'no list',
    publisherRestrictions: publisherRestrictions.length,
  }
}

function numbers(bits: number): number[] {
  return Array.from({ length: 30 }, (_, index) => index + 1).filter((number) => (bits & (1 << (number - 1))) !== 0)
}
