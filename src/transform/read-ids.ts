/** Reads an event's ids, wherever apps and SDKs write them. */
import type { JsonObject } from '../model/brand.ts'
import { mendDeviceId } from '../model/device-id.ts'
import { asObject } from '../model/json-object.ts'
import { isPlaceholder } from '../model/placeholder.ts'
import type { AdvertisingIdKind, FieldValues } from '../model/values.ts'
import { text } from './members.ts'

/** The app's configured platform. */
export type Platform = 'ios' | 'android' | undefined

/** Ids by name, and the keys under which each is read. */
interface NamedIds {
  readonly names: Readonly<Record<string, readonly string[]>>
  /** Key → the names it belongs to, with its rank among their keys. */
  readonly places: ReadonlyMap<string, readonly (readonly [name: string, rank: number])[]>
}

function namedIds(names: NamedIds['names']): NamedIds {
  const places = new Map<string, (readonly [string, number])[]>()
  for (const [name, keys] of Object.entries(names))
    for (const [rank, key] of keys.entries()) places.set(key, [...(places.get(key) ?? []), [name, rank]])
  return { names, places }
}
const NO_PLACES: readonly (readonly [string, number])[] = []

export const PARTNER_IDS = namedIds({
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
})
export const CLICK_IDS = namedIds({
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
})

/** Partner-issued ids, by the names their class stores them under. */
export const PARTNER_ID_NAMES: readonly string[] = Object.keys(PARTNER_IDS.names)
export const CLICK_ID_NAMES: readonly string[] = Object.keys(CLICK_IDS.names)

export function readAdvertisingId(
  c: JsonObject,
  device: JsonObject,
  platform: Platform,
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
    if (id !== undefined && isAdvertisingId(id, kind)) return { id, kind: kind ?? kindOf(id, platform) }
  }
  return undefined
}

/** Excludes zeros, placeholders and anything but UUIDs, which users could not opt out by. OAIDs have other formats, by manufacturer. */
function isAdvertisingId(id: string, kind: AdvertisingIdKind | undefined): boolean {
  const mended = mendDeviceId(id)
  return mended === undefined ? kind === 'oaid' && !isPlaceholder(id) : !isPlaceholder(mended)
}

/**
 * From the app's platform; without one, from the id's letters (IDFAs are upper case, AAIDs lower case). Never from the event's
 * `os`: a withheld field must not be deducible from another.
 */
function kindOf(id: string, platform: Platform): AdvertisingIdKind {
  if (platform !== undefined) return platform === 'ios' ? 'idfa' : 'aaid'
  if (/[A-F]/.test(id) && !/[a-f]/.test(id)) return 'idfa'
  return /[a-f]/.test(id) && !/[A-F]/.test(id) ? 'aaid' : 'unknown'
}

/** Segment's `device.id` is the IDFV on iOS (an upper-case UUID), and the Android id or a random one on Android. */
function deviceIdIsVendorId(id: string, platform: Platform): boolean {
  return platform === undefined ? /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(id) : platform === 'ios'
}

export function readVendorId(c: JsonObject, device: JsonObject, platform: Platform): string | undefined {
  const named = ownId(text(device.idfv)) ?? ownId(text(c.idfv)) ?? ownId(text(device.appSetId))
  if (named !== undefined) return named
  const id = ownId(text(device.id))
  return id !== undefined && deviceIdIsVendorId(id, platform) ? id : undefined
}

export function readDeviceId(c: JsonObject, device: JsonObject, platform: Platform): string | undefined {
  const named = ownId(text(device.androidId)) ?? ownId(text(c.android_id))
  if (named !== undefined) return named
  const id = ownId(text(device.id))
  return id === undefined || deviceIdIsVendorId(id, platform) ? undefined : id
}

/** For each name, the first holder that has an id, and in it the first of the name's keys. */
export function readNamed(
  { names, places }: NamedIds,
  holders: readonly JsonObject[],
  context: JsonObject,
): Readonly<Record<string, string>> | undefined {
  const ids = new Map<string, { readonly holder: JsonObject; readonly rank: number; readonly id: string }>()
  for (const holder of holders) {
    for (const key in holder) {
      for (const [name, rank] of places.get(key) ?? NO_PLACES) {
        const known = ids.get(name)
        if (known !== undefined && (known.holder !== holder || known.rank < rank)) continue
        const id = idText(holder[key])
        if (id !== undefined) ids.set(name, { holder, rank, id })
      }
    }
  }
  const found: Record<string, string> = {}
  for (const name in ids.size > 0 ? names : {}) {
    const known = ids.get(name)
    if (known !== undefined) found[name] = known.id
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

/** The id, unless it is zeros or a placeholder. */
export function ownId(value: string | undefined, real?: readonly string[]): string | undefined {
  return value === undefined || isPlaceholder(value, real) ? undefined : value
}
