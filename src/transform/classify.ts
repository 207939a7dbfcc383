/**
 * Reads a telemetry event into the field dictionary's classes, by allow-list: what has no line here is never read.
 * Only classes in `receivable` are kept, so that what no partner could ever receive is not even stored.
 */
import { isIP } from 'node:net'
import type { JsonObject } from '../model/brand.ts'
import type { FieldClass } from '../model/field-class.ts'
import { isNeverLeaving } from '../model/never-leaves.ts'
import type { AdvertisingIdKind, FieldValues } from '../model/values.ts'
import { compilePath, type PathReader } from './property-path.ts'

/** What the live contracts of an app could receive of one event. */
export interface Receivable {
  readonly classes: ReadonlySet<FieldClass>
  /** Property source paths that some contract names for this event. */
  readonly properties: readonly string[]
}

export interface ClassifyContext {
  /** Client address as ingress found it through trusted proxies. */
  readonly clientIp: string | undefined
  /** The app's platform, where its configuration says so: decides what kind an advertising id is. */
  readonly platform: 'ios' | 'android' | undefined
  /** Event time, already corrected for the sender's clock: ISO 8601, UTC, milliseconds. */
  readonly time: string
  readonly countryOf: (text: string) => string | undefined
}

export type Classifier = (event: JsonObject, context: ClassifyContext) => FieldValues

const MAX_TEXT = 1_024
const ZERO_ID = /^[0-]+$/
const PARTNER_IDS: Readonly<Record<string, readonly string[]>> = {
  appsflyer_id: ['appsflyer_id', 'appsflyerId', 'appsFlyerId', 'appsflyerExternalId', 'AppsFlyer'],
  adid: ['adid', 'adjust_id', 'adjustId', 'Adjust'],
  branch_id: ['branch_id', 'branchId', 'randomized_device_token'],
  browser_fingerprint_id: ['browser_fingerprint_id'],
  kochava_device_id: ['kochava_device_id', 'kochavaDeviceId'],
  singular_device_id: ['sdid', 'singular_device_id'],
  fbp: ['fbp', '_fbp'],
  anon_id: ['anon_id', 'anonId', 'fb_anon_id'],
  fb_login_id: ['fb_login_id', 'fbLoginId'],
  lead_id: ['lead_id', 'fb_lead_id'],
  subscription_id: ['fb_subscription_id'],
  ttp: ['ttp', '_ttp'],
  tiktok_external_id: ['tiktok_external_id', 'tiktokExternalId'],
  uuid_c1: ['uuid_c1', '_scid'],
  epik: ['epik', '_epik'],
  rdt_uuid: ['rdt_uuid', '_rdt_uuid'],
  buyeruid: ['buyeruid', 'buyer_uid'],
  uid2: ['uid2', 'uid2_token'],
  id5: ['id5', 'id5id'],
  rampid: ['rampid', 'ramp_id'],
}
const CLICK_IDS: Readonly<Record<string, readonly string[]>> = {
  gclid: ['gclid'],
  gbraid: ['gbraid'],
  wbraid: ['wbraid'],
  fbc: ['fbc', '_fbc'],
  ttclid: ['ttclid'],
  ctwa_clid: ['ctwa_clid'],
  sccid: ['sccid', 'ScCid', 'sc_click_id'],
  twclid: ['twclid'],
  rdt_cid: ['rdt_cid'],
  click_id: ['click_id', 'clickId', 'clickid'],
}

/** Ids that partners issue, by the names that classes keep them under. */
export const PARTNER_ID_NAMES: readonly string[] = Object.keys(PARTNER_IDS)
export const CLICK_ID_NAMES: readonly string[] = Object.keys(CLICK_IDS)

/** Prepares a classifier for what may be received; it only works afterwards. */
export function createClassifier(receivable: Receivable): Classifier {
  const wants = (name: FieldClass): boolean => receivable.classes.has(name)
  const properties = receivable.properties
    .filter((path) => !isNeverLeaving(path))
    .map((path) => [path, readerOf(path)] as const)

  return (event, context) => {
    const c = objectAt(event, 'context')
    const device = objectAt(c, 'device')
    const traits = objectAt(event, 'traits')
    const contextTraits = objectAt(c, 'traits')
    const values: { -readonly [Key in keyof FieldValues]: FieldValues[Key] } = {}
    const set = <Key extends keyof FieldValues>(
      name: Key & FieldClass,
      read: () => FieldValues[Key] | undefined,
    ): void => {
      if (!wants(name)) return
      const value = read()
      if (value !== undefined) values[name as Key] = value
    }

    set('advertising_id', () => readAdvertisingId(c, device, context.platform))
    set('vendor_id', () => readVendorId(c, device, context.platform))
    set('device_id', () => readDeviceId(c, device, context.platform))
    set('user_id', () => text(event.userId))
    set('anonymous_id', () => text(event.anonymousId))
    set('push_token', () => text(device.token))
    set('partner_id', () =>
      readNamed(PARTNER_IDS, [objectAt(event, 'integrations'), c, device, objectAt(event, 'properties')], c),
    )
    set('click_id', () => readNamed(CLICK_IDS, [c, objectAt(c, 'campaign'), objectAt(event, 'properties')], c))
    set('message_id', () => text(event.messageId))
    set('ip', () => firstIp([c.ip, event.request_ip, context.clientIp]))
    set('coordinates', () => readCoordinates(objectAt(c, 'location')))
    set('place', () => readPlace(c, traits, contextTraits, context.countryOf))
    const owned = objectAt(event, 'properties')
    // Where apps that were set up for TikTok's own shape write contacts.
    const nested = objectAt(objectAt(owned, 'context'), 'user')
    set('email', () => first(traits.email) ?? first(contextTraits.email) ?? first(owned.email) ?? first(nested.email))
    set(
      'phone',
      () => first(traits.phone) ?? first(contextTraits.phone) ?? first(owned.phone) ?? first(nested.phone_number),
    )
    set('name', () => readName(traits) ?? readName(contextTraits))
    set('address', () => readAddress(traits) ?? readAddress(contextTraits))
    set('birth_date', () => readBirthDate(traits) ?? readBirthDate(contextTraits))
    set('gender', () => first(traits.gender) ?? first(contextTraits.gender))
    set('user_agent', () => text(c.userAgent))
    set('device', () => readDevice(c, device))
    set('os', () => readOs(c, device))
    set('locale', () => text(c.locale))
    set('timezone', () => text(c.timezone))
    set('carrier', () => text(objectAt(c, 'network').carrier))
    set('network', () => readNetwork(objectAt(c, 'network')))
    set('time', () => context.time)
    set('url', () => text(objectAt(c, 'page').url) ?? text(objectAt(event, 'properties').url))
    set('referrer', () => text(objectAt(c, 'page').referrer) ?? text(objectAt(event, 'properties').referrer))
    set('receipt', () => text(objectAt(event, 'properties').receipt))
    set('property', () => readProperties(event, c, properties))
    return values
  }
}

function readerOf(path: string): { readonly holder: 'traits' | 'properties'; readonly read: PathReader } {
  if (path.startsWith('traits.')) return { holder: 'traits', read: compilePath(path.slice('traits.'.length)) }
  // Said in full where a property's own path begins with `traits`.
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

function readAdvertisingId(
  c: JsonObject,
  device: JsonObject,
  platform: ClassifyContext['platform'],
): FieldValues['advertising_id'] {
  const places: readonly (readonly [unknown, AdvertisingIdKind | undefined])[] = [
    [device.advertisingId, undefined],
    [c.advertisingId, undefined],
    [device.idfa ?? c.idfa, 'idfa'],
    [device.gaid ?? c.aaid ?? device.aaid, 'aaid'],
    [device.oaid ?? c.oaid, 'oaid'],
  ]
  for (const [value, kind] of places) {
    const id = text(value)
    if (id !== undefined && !ZERO_ID.test(id)) return { id, kind: kind ?? kindOf(id, platform) }
  }
  return undefined
}

/**
 * The app's platform decides; without one, the id's own letters do (IDFAs are upper case, AAIDs lower case). Never the
 * event's `os`: a field that is withheld must not show through the shape of another.
 */
function kindOf(id: string, platform: 'ios' | 'android' | undefined): AdvertisingIdKind {
  if (platform !== undefined) return platform === 'ios' ? 'idfa' : 'aaid'
  if (/[A-F]/.test(id) && !/[a-f]/.test(id)) return 'idfa'
  return /[a-f]/.test(id) && !/[A-F]/.test(id) ? 'aaid' : 'unknown'
}

/** Segment's `device.id` is the IDFV on iOS (an upper-case UUID) and the Android id, or a random one, on Android. */
function deviceIdIsVendorId(id: string, platform: ClassifyContext['platform']): boolean {
  return platform === undefined ? /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(id) : platform === 'ios'
}

function readVendorId(c: JsonObject, device: JsonObject, platform: ClassifyContext['platform']): string | undefined {
  const named = text(device.idfv) ?? text(c.idfv) ?? text(device.appSetId)
  if (named !== undefined) return named
  const id = nonZero(text(device.id))
  return id !== undefined && deviceIdIsVendorId(id, platform) ? id : undefined
}

function readDeviceId(c: JsonObject, device: JsonObject, platform: ClassifyContext['platform']): string | undefined {
  const named = text(device.androidId) ?? text(c.android_id)
  if (named !== undefined) return named
  const id = nonZero(text(device.id))
  return id === undefined || deviceIdIsVendorId(id, platform) ? undefined : id
}

function readNamed(
  names: Readonly<Record<string, readonly string[]>>,
  holders: readonly JsonObject[],
  context: JsonObject,
): Readonly<Record<string, string>> | undefined {
  const found: Record<string, string> = {}
  for (const [name, keys] of Object.entries(names)) {
    for (const holder of holders) {
      const key = keys.find((candidate) => idText(holder[candidate]) !== undefined)
      if (key === undefined) continue
      found[name] = idText(holder[key])!
      break
    }
  }
  const external = context.externalId
  if (Array.isArray(external)) {
    for (const entry of external.slice(0, 20)) {
      const { type, id } = asObject(entry)
      const name = Object.keys(names).find((candidate) => typeof type === 'string' && names[candidate]!.includes(type))
      if (name !== undefined && found[name] === undefined && text(id) !== undefined) found[name] = text(id)!
    }
  }
  return Object.keys(found).length > 0 ? found : undefined
}

/** An id as text, or the `appsFlyerId` inside an `integrations` entry. */
function idText(value: unknown): string | undefined {
  const direct = text(value)
  if (direct !== undefined) return direct
  const entry = asObject(value)
  return text(entry.appsFlyerId) ?? text(entry.adid)
}

function firstIp(candidates: readonly unknown[]): string | undefined {
  return candidates.find((value): value is string => typeof value === 'string' && isIP(value) !== 0)
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

/** Drops undefined members; undefined where none is left. */
function compact<T extends object>(candidate: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } | undefined {
  const entries = Object.entries(candidate).filter(([, value]) => value !== undefined)
  // Sound: only members of T whose value is not undefined remain.
  return entries.length > 0
    ? (Object.fromEntries(entries) as { [Key in keyof T]?: Exclude<T[Key], undefined> })
    : undefined
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value.length > 0 && value.length <= MAX_TEXT ? value : undefined
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
}

/** Some traits come as lists: the first counts. */
function first(value: unknown): string | undefined {
  return text(Array.isArray(value) ? value[0] : value)
}

function nonZero(value: string | undefined): string | undefined {
  return value === undefined || ZERO_ID.test(value) ? undefined : value
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function objectAt(holder: JsonObject, key: string): JsonObject {
  return asObject(holder[key])
}

function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}
