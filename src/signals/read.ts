/**
 * Collects privacy signals: headers, query, batch context and event context, OpenRTB objects (2.5 under `ext`, 2.6 beside it)
 * and the in-app keys of IAB's SDKs. Texts are not interpreted here: two places that disagree remain two texts, and the
 * strictest wins later.
 */
import type { Json, JsonObject } from '../model/brand.ts'
import { mendDeviceId } from '../model/device-id.ts'
import type { RawSignals } from '../model/event.ts'
import { isObject, objectAt } from '../model/json-object.ts'
import { isPlaceholder } from '../model/placeholder.ts'
import { yearsSince } from './age.ts'
import type { Places, TextName } from './entry.ts'
import { integrationsText } from './integrations.ts'
import { type CountryReader, readUsState } from './place.ts'
import { SIGNAL_ENTRIES } from './table.ts'

/** Signals in the request but outside its body. */
export interface RequestSignals {
  /** Every `Sec-GPC` header value. */
  readonly gpc: readonly string[]
  /** Every `DNT` header value. */
  readonly dnt: readonly string[]
  /** The URL's query. */
  readonly query?: JsonObject
}
export const NO_REQUEST_SIGNALS: RequestSignals = { gpc: [], dnt: [] }

/** Longer texts are replaced by a marker that every decoder rejects. */
const MAX_SIGNAL_CHARACTERS = 16_384
const MALFORMED = '\u0000'
const ZERO_ID = /^[0-]+$/

type Collected = { [Key in TextName]?: string[] }
type Add = (name: TextName, value: unknown) => void
type AddCategory = (name: string, value: unknown) => void

/**
 * @param events the event and, if any, `{context}` of its batch: a batch's context is a second place. An OpenRTB request is
 *   read as an event
 * @param receivedAt epoch milliseconds; turns a birth date into an age
 */
export function readSignals(
  events: readonly JsonObject[],
  request: RequestSignals,
  receivedAt: number,
  countryOf: CountryReader,
): RawSignals {
  const texts: Collected = {}
  const categories = new Map<string, string[]>()
  const add: Add = (name, value) => {
    if (value === undefined || value === null) return
    const text = signalText(value)
    const list = texts[name]
    if (list === undefined) texts[name] = [text]
    else if (!list.includes(text)) list.push(text)
  }
  const addCategory: AddCategory = (name, value) => {
    const list = categories.get(name) ?? []
    categories.set(name, list)
    list.push(signalText(value))
  }
  for (const text of request.gpc) add('gpc', text)
  for (const text of request.dnt) add('dnt', text)
  if (request.query !== undefined) readHolder(request.query, add)

  for (const event of events) {
    const context = objectAt(event, 'context')
    readHolder(context, add)
    for (const name of ['privacy', 'consent'] as const) withExt(context, name, (holder) => readHolder(holder, add))
    readObjects(context, add, receivedAt, countryOf)
    if (event.regs !== undefined || event.user !== undefined || event.device !== undefined) {
      readObjects(event, add, receivedAt, countryOf)
    }
    const os = objectAt(context, 'os')
    add('os', os.name ?? objectAt(context, 'device').type)
    add('os_version', os.version)
    for (const id of [context.advertisingId, context.idfa, context.aaid]) addAdvertisingId(id, add)
    for (const traits of [objectAt(event, 'traits'), objectAt(context, 'traits')]) {
      add('age', traits.age)
      addBirth(traits.birthday ?? traits.birthDate ?? traits.dateOfBirth ?? traits.yob, add, receivedAt)
      readPlace(objectAt(traits, 'address'), add, countryOf)
    }
    readPlace(objectAt(context, 'location'), add, countryOf)
    readPlace(context, add, countryOf)
    readCategories(context, addCategory)
    for (const member of [event.integrations, context.integrations]) add('integrations', integrationsText(member))
  }
  // Sound: every list holds values valid for its name.
  const read = texts as RawSignals
  return categories.size > 0 ? { ...read, categories: Object.fromEntries(categories) } : read
}

/** Members of an event that `readSignals` ignores. Any other may hold a signal. */
const SILENT: ReadonlySet<string> = new Set(
  'type event name messageId userId anonymousId previousId groupId timestamp originalTimestamp sentAt channel properties'.split(
    ' ',
  ),
)

/** True only if `readSignals` would find nothing in this event, or part of one, beyond the request's signals. */
export function hasNoSignals(event: JsonObject): boolean {
  for (const name in event) {
    if (SILENT.has(name)) continue
    if (name !== 'context') return false
    for (const _ in objectAt(event, name)) return false
  }
  return true
}

/** Two readings as if all places had been read at once: `first`'s texts come first. */
export function joinSignals(first: RawSignals, second: RawSignals): RawSignals {
  const { categories, ...texts } = second
  const joined: Record<string, unknown> = { ...first }
  // Sound: every other name holds lists of texts.
  for (const [name, list] of Object.entries(texts) as [TextName, readonly string[]][]) {
    const known = first[name] as readonly string[] | undefined
    joined[name] = known === undefined ? list : [...new Set([...known, ...list])]
  }
  if (first.categories === undefined) joined.categories = categories
  else if (categories !== undefined) {
    const all = new Map(Object.entries(first.categories))
    for (const [name, list] of Object.entries(categories)) all.set(name, [...(all.get(name) ?? []), ...list])
    joined.categories = Object.fromEntries(all)
  }
  // Sound: every list holds values valid for its name.
  return joined as RawSignals
}

/** The names of all signals' texts in one kind of place. */
function namesIn(kind: keyof Places): ReadonlyMap<string, TextName> {
  const names = new Map<string, TextName>()
  // Sound: the keys of `read` are names of texts.
  for (const { read } of SIGNAL_ENTRIES)
    for (const [name, places] of Object.entries(read))
      for (const key of [places[kind] ?? []].flat()) names.set(key, name as TextName)
  return names
}
const KEYS = namesIn('keys')
const DEVICE_KEYS = namesIn('device')
const APP_KEYS = namesIn('inApp')
const SECTION_KEY = /^IABGPP_([1-9]\d?)_(?:TC)?String$/

function readHolder(holder: JsonObject, add: Add): void {
  for (const key of Object.keys(holder)) {
    const name = KEYS.get(key)
    if (name !== undefined) add(name, holder[key])
    else if (key.startsWith('IAB')) readAppKey(key, holder[key], add)
  }
}

function readAppKey(key: string, value: Json | undefined, add: Add): void {
  const name = APP_KEYS.get(key)
  const section = SECTION_KEY.exec(key)?.[1]
  if (name !== undefined) add(name, value)
  else if (section !== undefined) add('gpp_section', `${section}~${signalText(value)}`)
}

/** `regs`, `user` and `device` with their extensions, by OpenRTB's and Segment's names. */
function readObjects(holder: JsonObject, add: Add, receivedAt: number, countryOf: CountryReader): void {
  withExt(holder, 'regs', (regs) => readHolder(regs, add))
  withExt(holder, 'user', (user) => {
    add('tcf', user.consent)
    add('addtl_consent', objectAt(user, 'ConsentedProvidersSettings').consented_providers)
    addBirth(user.yob, add, receivedAt)
    readPlace(objectAt(user, 'geo'), add, countryOf)
  })
  withExt(holder, 'device', (device) => {
    if (typeof device.adTrackingEnabled === 'boolean') add('lmt', device.adTrackingEnabled ? '0' : '1')
    else add('lmt', device.adTrackingEnabled === undefined ? undefined : MALFORMED)
    for (const [key, name] of DEVICE_KEYS) add(name, device[key])
    if (typeof device.os === 'string') add('os', device.os)
    for (const id of [device.advertisingId, device.idfa, device.gaid, device.ifa]) addAdvertisingId(id, add)
    readPlace(objectAt(device, 'geo'), add, countryOf)
  })
}

function withExt(holder: JsonObject, name: string, read: (holder: JsonObject) => void): void {
  if (holder[name] === undefined) return
  const object = objectAt(holder, name)
  read(object)
  if (object.ext !== undefined) read(objectAt(object, 'ext'))
}

/**
 * Segment: `context.consent.categoryPreferences: { Advertising: false }`. RudderStack: `context.consentManagement:
 * { allowedConsentIds, deniedConsentIds }`, lists or objects of ids.
 */
function readCategories(context: JsonObject, add: AddCategory): void {
  const preferences = objectAt(context, 'consent').categoryPreferences
  if (preferences !== undefined) {
    for (const [name, value] of Object.entries(objectAt(objectAt(context, 'consent'), 'categoryPreferences')))
      add(name, value)
    if (!isObject(preferences)) add('', MALFORMED)
  }
  const management = objectAt(context, 'consentManagement')
  for (const [key, granted] of [
    ['allowedConsentIds', true],
    ['deniedConsentIds', false],
  ] as const) {
    const ids = management[key]
    if (ids === undefined || ids === null) continue
    const list = Array.isArray(ids) ? ids : isObject(ids) ? Object.values(ids) : [null]
    for (const id of list) add(typeof id === 'string' ? id : '', typeof id === 'string' ? granted : MALFORMED)
  }
}

function addAdvertisingId(id: unknown, add: Add): void {
  if (id !== undefined && id !== null) add('advertising_id', advertisingIdState(id))
}

/** An advertising id reduced to its meaning as a signal. Placeholders count as empty; zeros, in any spelling, as zero. */
export function advertisingIdState(id: unknown): 'zero' | 'empty' | 'present' {
  const text = signalText(id)
  if (ZERO_ID.test(text) || ZERO_ID.test(mendDeviceId(text) ?? text)) return 'zero'
  return isPlaceholder(text) ? 'empty' : 'present'
}

function addBirth(birth: unknown, add: Add, receivedAt: number): void {
  if (birth !== undefined && birth !== null) add('age', yearsSince(signalText(birth), receivedAt) ?? MALFORMED)
}

function readPlace(holder: JsonObject, add: Add, countryOf: CountryReader): void {
  const { country, region, state } = holder
  if (typeof country === 'string' && country !== '') add('country', countryOf(country) ?? 'ZZ')
  for (const text of [region, state]) if (typeof text === 'string' && text !== '') add('region', readUsState(text))
}

/** A value as a signal's text. White space is malformed; an empty text is absent. */
export function signalText(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && value.length <= MAX_SIGNAL_CHARACTERS)
    return value === '' ? '' : value.trim() || MALFORMED
  if (Array.isArray(value)) return value.length <= MAX_LISTED ? value.map(listedText).join(',') : MALFORMED
  return MALFORMED
}
/** More values than any signal lists. */
const MAX_LISTED = 1_000

/** No signal is a list of lists. */
function listedText(value: unknown): string {
  return Array.isArray(value) ? MALFORMED : signalText(value)
}
