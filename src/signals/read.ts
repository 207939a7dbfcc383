/**
 * Where privacy signals are found in a Segment-shaped event, its batch and its request. Collects texts and understands
 * none: two places that disagree stay two texts, and the strictest wins later.
 */
import type { JsonObject } from '../model/brand.ts'
import type { RawSignals } from '../model/event.ts'
import { yearsSince } from './age.ts'
import { type CountryReader, readUsState } from './place.ts'

/** Signals that came with the request and not in its body. */
export interface RequestSignals {
  /** Every `Sec-GPC` header value. */
  readonly gpc: readonly string[]
  /** Every `DNT` header value. */
  readonly dnt: readonly string[]
}
export const NO_REQUEST_SIGNALS: RequestSignals = { gpc: [], dnt: [] }

/** Longer texts are not read at all: the marker is malformed for every decoder. */
const MAX_SIGNAL_CHARACTERS = 16_384
const MALFORMED = '\u0000'
const ZERO_ID = /^[0-]+$/

type Collected = { -readonly [Name in keyof RawSignals]?: string[] }

/**
 * @param events the event and, where there is one, `{context}` of its batch: a batch's context is a second place
 * @param receivedAt epoch milliseconds; turns a birth date into an age
 */
export function readSignals(
  events: readonly JsonObject[],
  request: RequestSignals,
  receivedAt: number,
  countryOf: CountryReader,
): RawSignals {
  const texts: Collected = {}
  const categories: Record<string, string[]> = {}
  const add = (name: Exclude<keyof RawSignals, 'categories'>, value: unknown): void => {
    if (value === undefined || value === null) return
    const text = textOf(value)
    const list = texts[name] ?? []
    texts[name] = list
    if (!list.includes(text)) list.push(text)
  }
  for (const text of request.gpc) add('gpc', text)
  for (const text of request.dnt) add('dnt', text)

  for (const event of events) {
    const context = objectAt(event, 'context')
    const device = objectAt(context, 'device')
    const os = objectAt(context, 'os')
    for (const holder of [
      context,
      objectAt(context, 'privacy'),
      objectAt(context, 'consent'),
      objectAt(context, 'regs'),
    ]) {
      readHolder(holder, add)
      readHolder(objectAt(holder, 'ext'), add)
    }
    if (typeof device.adTrackingEnabled === 'boolean') add('lmt', device.adTrackingEnabled ? '0' : '1')
    else add('lmt', device.adTrackingEnabled === undefined ? undefined : MALFORMED)
    for (const holder of [device, objectAt(device, 'ext')]) {
      add('lmt', holder.lmt)
      add('lmt', holder.limitAdTracking)
      add('dnt', holder.dnt)
      add('att', holder.attTrackingStatus)
      add('att', holder.trackingStatus)
      add('att', holder.atts)
    }
    add('location_permission', device.locationPermission)
    add('os', os.name ?? device.type)
    add('os_version', os.version)
    for (const id of [
      device.advertisingId,
      context.advertisingId,
      context.idfa,
      context.aaid,
      device.idfa,
      device.gaid,
    ]) {
      if (id !== undefined && id !== null)
        add('advertising_id', id === '' ? 'empty' : ZERO_ID.test(textOf(id)) ? 'zero' : 'present')
    }
    for (const traits of [objectAt(event, 'traits'), objectAt(context, 'traits')]) {
      add('age', traits.age)
      const birth = traits.birthday ?? traits.birthDate ?? traits.dateOfBirth ?? traits.yob
      if (birth !== undefined && birth !== null) add('age', yearsSince(textOf(birth), receivedAt) ?? MALFORMED)
      readPlace(objectAt(traits, 'address'), add, countryOf)
    }
    readPlace(objectAt(context, 'location'), add, countryOf)
    readPlace(context, add, countryOf)
    const preferences = objectAt(objectAt(context, 'consent'), 'categoryPreferences')
    for (const [name, value] of Object.entries(preferences)) {
      const list = categories[name] ?? []
      categories[name] = list
      list.push(textOf(value))
    }
  }
  return (Object.keys(categories).length > 0 ? { ...texts, categories } : texts) as RawSignals
}

type Add = (name: Exclude<keyof RawSignals, 'categories'>, value: unknown) => void

/** Keys that name a signal wherever a privacy object may sit: OpenRTB's names, the in-app keys, plain ones. */
const KEYS: readonly (readonly [Exclude<keyof RawSignals, 'categories'>, readonly string[]])[] = [
  ['us_privacy', ['us_privacy', 'usPrivacy', 'IABUSPrivacy_String']],
  ['gpc', ['gpc']],
  ['dnt', ['dnt']],
  ['lmt', ['lmt', 'limitAdTracking']],
  ['coppa', ['coppa']],
  ['age', ['age', 'ageBand']],
  ['location_permission', ['locationPermission']],
  ['tcf', ['tcf', 'tcString', 'IABTCF_TCString']],
  ['gdpr_applies', ['gdpr', 'gdprApplies', 'IABTCF_gdprApplies']],
  ['addtl_consent', ['addtlConsent', 'addtl_consent', 'IABTCF_AddtlConsent']],
  ['gpp', ['gpp', 'gppString', 'IABGPP_HDR_GppString']],
  ['gpp_sid', ['gpp_sid', 'gppSid', 'IABGPP_GppSID']],
]

function readHolder(holder: JsonObject, add: Add): void {
  for (const [name, keys] of KEYS) for (const key of keys) add(name, holder[key])
}

function readPlace(holder: JsonObject, add: Add, countryOf: CountryReader): void {
  const { country, region, state } = holder
  if (typeof country === 'string' && country !== '') add('country', countryOf(country) ?? 'ZZ')
  for (const text of [region, state]) if (typeof text === 'string' && text !== '') add('region', readUsState(text))
}

function objectAt(holder: JsonObject, key: string): JsonObject {
  const value = holder[key]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && value.length <= MAX_SIGNAL_CHARACTERS) return value.trim()
  if (Array.isArray(value)) return value.map(textOf).join(',')
  return MALFORMED
}
