/**
 * What an encoder writes of its own accord, such as AppsFlyer's `att: 3` beside an id. Two items for two views that
 * share no value have only such constants in common; the guard must not take them for withheld values.
 */
import type { PrivacyFlags } from '../model/decision.ts'
import type { AdvertisingIdKind, View } from '../model/values.ts'
import type { Encoder } from './type.ts'

/** A view without any value of an event. */
export type BareView = Pick<View, 'event' | 'kind' | 'app'>

export interface Probed {
  /** The item of the bare view; absent where the type cannot say that. */
  readonly bare?: string
  /** Items of two full views without a common value, once for each kind of advertising id. */
  readonly pairs: readonly (readonly [string, string])[]
}

const KINDS: readonly AdvertisingIdKind[] = ['idfa', 'aaid', 'unknown']

/** Costs a handful of encodings: once for each encoder, event, app and set of flags is enough. */
export function probe(encoder: Encoder, bare: BareView, flags: PrivacyFlags): Probed {
  const itemOf = (view: View): string | undefined => {
    const encoded = encoder.item(view, flags)
    return encoded.kind === 'item' ? encoded.bytes : undefined
  }
  const own = itemOf(bare)
  const pairs = KINDS.flatMap((kind) => {
    const one = itemOf({ ...bare, ...fullView(kind, 'a', 1) })
    const other = itemOf({ ...bare, ...fullView(kind, 'b', 2) })
    return one === undefined || other === undefined ? [] : [[one, other] as const]
  })
  return { ...(own === undefined ? {} : { bare: own }), pairs }
}

/**
 * Without e-mail, phone and name: their hashes are long, and AppsFlyer takes 1 KB.
 * @param mark a hexadecimal letter
 * @param digit 1 to 9
 */
function fullView(kind: AdvertisingIdKind, mark: string, digit: number): Omit<View, keyof BareView> {
  const uuid = `${mark.repeat(8)}-${mark.repeat(4)}-4${mark.repeat(3)}-8${mark.repeat(3)}-${mark.repeat(12)}`
  return {
    advertising_id: { id: uuid, kind },
    vendor_id: uuid.toUpperCase(),
    device_id: `device-${mark}`,
    user_id: `user-${mark}`,
    anonymous_id: `anonymous-${mark}`,
    push_token: `push-${mark}`,
    partner_id: { appsflyer_id: `appsflyer-${mark}`, adid: `adjust-${mark}` },
    click_id: { click_id: `click-${mark}`, gclid: `gclid-${mark}` },
    message_id: `message-${mark}`,
    ip: `192.0.2.${digit}`,
    coordinates: { latitude: digit + 0.5, longitude: digit + 0.25 },
    place: { country: `country-${mark}`, region: `region-${mark}`, city: `city-${mark}`, postal: `postal-${mark}` },
    address: `address-${mark}`,
    birth_date: `200${digit}-01-01`,
    gender: `gender-${mark}`,
    user_agent: `agent-${mark}`,
    device: { manufacturer: `maker-${mark}`, model: `model-${mark}`, type: `type-${mark}`, width: 100 + digit },
    os: { name: `os-${mark}`, version: `version-${mark}` },
    locale: `locale-${mark}`,
    timezone: `timezone-${mark}`,
    carrier: `carrier-${mark}`,
    network: { wifi: true },
    time: `200${digit}-01-01T00:00:00.000Z`,
    url: `https://${mark}.example/`,
    referrer: `https://${mark}.example/r`,
    receipt: `receipt-${mark}`,
  }
}
