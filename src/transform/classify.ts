/**
 * Reads a telemetry event into field classes, by allow-list: a member without a reader here is never read. Only classes in
 * `receivable` are kept, so that what no partner could receive is not stored.
 */
import { bareAddress } from '../model/address-text.ts'
import type { JsonObject } from '../model/brand.ts'
import type { FieldClass } from '../model/field-class.ts'
import { objectAt } from '../model/json-object.ts'
import { isNeverLeaving } from '../model/never-leaves.ts'
import type { FieldValues } from '../model/values.ts'
import { compact, first, flag, number, text } from './members.ts'
import { messageIdOf } from './message-id.ts'
import { compilePath, type PathReader } from './property-path.ts'
import {
  CLICK_IDS,
  ownId,
  PARTNER_IDS,
  type Platform,
  readAdvertisingId,
  readDeviceId,
  readNamed,
  readVendorId,
} from './read-ids.ts'

/** What the live contracts of an app could receive of one event. */
export interface Receivable {
  readonly classes: ReadonlySet<FieldClass>
  /** Property paths that at least one contract lists for this event. */
  readonly properties: readonly string[]
}

export interface ClassifyContext {
  /** Client address, as found by ingress behind trusted proxies. */
  readonly clientIp: string | undefined
  /** The app's configured platform: decides the kind of an advertising id. */
  readonly platform: Platform
  /** Words that are real user ids in this app, though placeholders elsewhere. */
  readonly realIds?: readonly string[] | undefined
  /** Event time, corrected for the sender's clock: ISO 8601, UTC, milliseconds. */
  readonly time: string
  readonly countryOf: (text: string) => string | undefined
  /** Only where the event's context is one object for all that are read with this memory, in one app. */
  readonly remembered?: ContextFields | undefined
}

/** What was read of a context that many events share: of their own they mostly have little else. Null is nothing. */
export type ContextFields = Map<keyof FieldValues, FieldValues[keyof FieldValues] | null>

export type Classifier = (event: JsonObject, context: ClassifyContext) => FieldValues

/** Input of a class's reader. */
interface Scope {
  readonly event: JsonObject
  readonly c: JsonObject
  readonly device: JsonObject
  readonly traits: JsonObject
  readonly contextTraits: JsonObject
  /** The event's own properties. */
  readonly owned: JsonObject
  /** Contacts of apps that use TikTok's own event shape. */
  readonly nested: JsonObject
  readonly given: ClassifyContext
}
type Values = { -readonly [Key in keyof FieldValues]: FieldValues[Key] }
type Readers = { readonly [Key in keyof FieldValues]-?: (scope: Scope) => FieldValues[Key] | undefined }

/** One reader per class, in storage order. */
const READERS: Omit<Readers, 'property'> = {
  advertising_id: ({ c, device, given }) => readAdvertisingId(c, device, given.platform),
  vendor_id: ({ c, device, given }) => readVendorId(c, device, given.platform),
  device_id: ({ c, device, given }) => readDeviceId(c, device, given.platform),
  user_id: ({ event, given }) => ownId(text(event.userId), given.realIds),
  anonymous_id: ({ event }) => ownId(text(event.anonymousId)),
  push_token: ({ device }) => text(device.token),
  partner_id: ({ event, c, device, owned }) =>
    readNamed(PARTNER_IDS, [objectAt(event, 'integrations'), c, device, owned], c),
  click_id: ({ c, owned }) => readNamed(CLICK_IDS, [c, objectAt(c, 'campaign'), owned], c),
  message_id: ({ event }) => text(messageIdOf(event.messageId)),
  ip: ({ event, c, given }) => firstIp([c.ip, event.request_ip, given.clientIp]),
  coordinates: ({ c }) => readCoordinates(objectAt(c, 'location')),
  place: ({ c, traits, contextTraits, given }) => readPlace(c, traits, contextTraits, given.countryOf),
  email: ({ traits, contextTraits, owned, nested }) =>
    first(traits.email) ?? first(contextTraits.email) ?? first(owned.email) ?? first(nested.email),
  phone: ({ traits, contextTraits, owned, nested }) =>
    first(traits.phone) ?? first(contextTraits.phone) ?? first(owned.phone) ?? first(nested.phone_number),
  name: ({ traits, contextTraits }) => readName(traits) ?? readName(contextTraits),
  address: ({ traits, contextTraits }) => readAddress(traits) ?? readAddress(contextTraits),
  birth_date: ({ traits, contextTraits }) => readBirthDate(traits) ?? readBirthDate(contextTraits),
  gender: ({ traits, contextTraits }) => first(traits.gender) ?? first(contextTraits.gender),
  user_agent: ({ c }) => text(c.userAgent),
  device: ({ c, device }) => readDevice(c, device),
  os: ({ c, device }) => readOs(c, device),
  locale: ({ c }) => text(c.locale),
  timezone: ({ c }) => text(c.timezone),
  carrier: ({ c }) => text(objectAt(c, 'network').carrier),
  network: ({ c }) => readNetwork(objectAt(c, 'network')),
  time: ({ given }) => given.time,
  url: ({ c, owned }) => text(objectAt(c, 'page').url) ?? text(owned.url),
  referrer: ({ c, owned }) => text(objectAt(c, 'page').referrer) ?? text(owned.referrer),
  receipt: ({ owned }) => text(owned.receipt),
}

/** Read of the context alone. */
const OF_CONTEXT: ReadonlySet<string> = new Set<keyof FieldValues>([
  'advertising_id',
  'vendor_id',
  'device_id',
  'push_token',
  'coordinates',
  'user_agent',
  'device',
  'os',
  'locale',
  'timezone',
  'carrier',
  'network',
])
/** Of the context alone where the event has no traits. */
const OF_TRAITS: ReadonlySet<string> = new Set<keyof FieldValues>(['place', 'name', 'address', 'birth_date', 'gender'])

/** Compiles a classifier once; it only runs afterwards. */
export function createClassifier(receivable: Receivable): Classifier {
  const properties = receivable.properties
    .filter((path) => !isNeverLeaving(path))
    .map((path) => [path, readerOf(path)] as const)
  const wanted = (Object.keys(READERS) as (keyof typeof READERS)[]).filter((name) => receivable.classes.has(name))
  const wantsProperties = receivable.classes.has('property')

  return (event, given) => {
    const c = objectAt(event, 'context')
    const owned = objectAt(event, 'properties')
    const scope: Scope = {
      event,
      c,
      device: objectAt(c, 'device'),
      traits: objectAt(event, 'traits'),
      contextTraits: objectAt(c, 'traits'),
      owned,
      nested: objectAt(objectAt(owned, 'context'), 'user'),
      given,
    }
    const values: Values = {}
    const { remembered } = given
    for (const name of wanted) {
      const isShared = OF_CONTEXT.has(name) || (event.traits === undefined && OF_TRAITS.has(name))
      readInto(values, name, scope, isShared ? remembered : undefined)
    }
    const found = wantsProperties ? readProperties(event, c, properties) : undefined
    if (found !== undefined) values.property = found
    return values
  }
}

function readInto<Key extends keyof typeof READERS>(
  values: Values,
  name: Key,
  scope: Scope,
  remembered: ContextFields | undefined,
): void {
  let value = remembered?.get(name)
  if (value === undefined) {
    value = READERS[name](scope) ?? null
    remembered?.set(name, value)
  }
  // Sound: nothing else is remembered under the name.
  if (value !== null) values[name] = value as Values[Key]
}

function readerOf(path: string): { readonly holder: 'traits' | 'properties'; readonly read: PathReader } {
  if (path.startsWith('traits.')) return { holder: 'traits', read: compilePath(path.slice('traits.'.length)) }
  // `properties.` is explicit where a property's own path begins with `traits`.
  return { holder: 'properties', read: compilePath(path.replace(/^properties\./, '')) }
}

function readProperties(
  event: JsonObject,
  context: JsonObject,
  paths: readonly (readonly [string, ReturnType<typeof readerOf>])[],
): FieldValues['property'] {
  const found: Record<string, never> = {}
  let any = false
  for (const [path, { holder, read }] of paths) {
    const value =
      holder === 'traits'
        ? (read(objectAt(event, 'traits')) ?? read(objectAt(context, 'traits')))
        : (read(objectAt(event, 'properties')) ??
          (path === 'name' && typeof event.name === 'string' ? event.name : undefined))
    if (value === undefined) continue
    found[path] = value as never
    any = true
  }
  return any ? found : undefined
}

/** Accepts a port, brackets and quotation marks, which apps copy from headers. */
function firstIp(candidates: readonly unknown[]): string | undefined {
  for (const value of candidates) {
    const address = typeof value === 'string' ? bareAddress(value) : undefined
    if (address !== undefined) return address
  }
  return undefined
}

function readCoordinates(location: JsonObject): FieldValues['coordinates'] {
  const { latitude, longitude } = location
  if (typeof latitude !== 'number' || typeof longitude !== 'number') return undefined
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180)) return undefined
  return { latitude, longitude }
}

function readPlace(
  c: JsonObject,
  traits: JsonObject,
  contextTraits: JsonObject,
  countryOf: ClassifyContext['countryOf'],
): FieldValues['place'] {
  const addresses = [objectAt(contextTraits, 'address'), objectAt(traits, 'address')]
  for (const holder of [objectAt(c, 'location'), ...addresses, contextTraits, traits]) {
    const named = first(holder.country)
    const place = compact({
      country: named === undefined ? undefined : countryOf(named),
      region: first(holder.region) ?? first(holder.state),
      city: first(holder.city),
      postal: first(holder.postalCode) ?? first(holder.postal_code) ?? first(holder.zip) ?? first(holder.zipcode),
    })
    if (place !== undefined) return place
  }
  return undefined
}

function readName(traits: JsonObject): FieldValues['name'] {
  return compact({
    full: first(traits.name),
    first: first(traits.firstName) ?? first(traits.firstname) ?? first(traits.first_name),
    last: first(traits.lastName) ?? first(traits.lastname) ?? first(traits.last_name),
  })
}

function readAddress(traits: JsonObject): string | undefined {
  return text(traits.address) ?? text(objectAt(traits, 'address').street) ?? text(traits.streetAddress)
}

function readBirthDate(traits: JsonObject): string | undefined {
  return (
    first(traits.birthday) ??
    first(traits.birthDate) ??
    first(traits.birth_date) ??
    first(traits.dateOfBirth) ??
    first(traits.dob)
  )
}

/** The device's own name ("Anna's iPhone") is never read. */
function readDevice(c: JsonObject, device: JsonObject): FieldValues['device'] {
  const screen = objectAt(c, 'screen')
  return compact({
    manufacturer: text(device.manufacturer) ?? text(device.brand),
    model: text(device.model),
    type: text(device.type),
    width: number(screen.width),
    height: number(screen.height),
    density: number(screen.density),
  })
}

function readOs(c: JsonObject, device: JsonObject): FieldValues['os'] {
  const os = objectAt(c, 'os')
  return compact({ name: text(os.name) ?? text(device.type), version: text(os.version) })
}

function readNetwork(network: JsonObject): FieldValues['network'] {
  const { cellular, wifi, bluetooth } = network
  return compact({ cellular: flag(cellular), wifi: flag(wifi), bluetooth: flag(bluetooth) })
}
