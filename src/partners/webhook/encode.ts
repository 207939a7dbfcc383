/** Encodes a view as one JSON object, and objects as a request. Every slot is listed here; nothing is copied whole. */
import type { PrivacyFlags } from '../../model/decision.ts'
import type { View } from '../../model/values.ts'
import { customHeaders } from '../kit/custom-headers.ts'
import type { Encoding } from '../kit/define.ts'
import { byName, jsonText, unlessEmpty } from '../kit/json-text.ts'
import { GPC_HEADER } from '../kit/message.ts'
import type { WebhookConnection } from './connection.ts'

export function createWebhookEncoder(connection: WebhookConnection): Encoding {
  return {
    item: (view, flags) => ({ kind: 'item', bytes: itemText(view, flags) }),
    envelope: envelopeUnder(connection),
    constants: ['idfa', 'aaid', 'oaid', 'amazon', 'unknown'],
  }
}

/** Deterministic; `privacy` is the last member and always has all six flags. */
function itemText(view: View, flags: PrivacyFlags): string {
  const { advertising_id, app, coordinates, device, name, network, os, place } = view
  return jsonText({
    event: view.event,
    type: view.kind,
    message_id: view.message_id,
    timestamp: view.time,
    app: { id: app.id, bundle: app.bundle, platform: app.platform },
    device: unlessEmpty({
      id: view.device_id,
      vendor_id: view.vendor_id,
      push_token: view.push_token,
      manufacturer: device?.manufacturer,
      model: device?.model,
      type: device?.type,
      width: device?.width,
      height: device?.height,
      density: device?.density,
      os: os && unlessEmpty({ name: os.name, version: os.version }),
      user_agent: view.user_agent,
      locale: view.locale,
      timezone: view.timezone,
      carrier: view.carrier,
      network: network && unlessEmpty({ cellular: network.cellular, wifi: network.wifi, bluetooth: network.bluetooth }),
    }),
    advertising_id: advertising_id && { id: advertising_id.id, kind: advertising_id.kind },
    ip: view.ip,
    geo: unlessEmpty({
      country: place?.country,
      region: place?.region,
      city: place?.city,
      postal: place?.postal,
      latitude: coordinates?.latitude,
      longitude: coordinates?.longitude,
    }),
    user: unlessEmpty({
      id: view.user_id,
      anonymous_id: view.anonymous_id,
      email: view.email,
      phone: view.phone,
      name: name && unlessEmpty({ full: name.full, first: name.first, last: name.last }),
      address: view.address,
      birth_date: view.birth_date,
      gender: view.gender,
    }),
    partner_id: byName(view.partner_id),
    click_id: byName(view.click_id),
    url: view.url,
    referrer: view.referrer,
    receipt: view.receipt,
    properties: byName(view.property),
    privacy: {
      restricted: flags.restricted,
      sale: flags.sale,
      sharing: flags.sharing,
      targeted_advertising: flags.targetedAdvertising,
      limit_ad_tracking: flags.deviceLimit,
      gpc: flags.gpc,
    },
  })
}

/** The end of every item with Global Privacy Control: `privacy` is the last member, `gpc` its last. */
const GPC_END = '"gpc":true}}'

/** Prepares the constant parts of requests. */
function envelopeUnder(connection: WebhookConnection): Encoding['envelope'] {
  const url = new URL(connection.url)
  const headers = { 'Content-Type': 'application/json', ...customHeaders(connection.headers) }
  const fixed = {
    method: connection.method,
    origin: url.origin,
    path: url.pathname + url.search,
    ...(connection.signature === undefined ? {} : { sign: { ...connection.signature, key: 'signature.key' } }),
  }
  return (items) => {
    if (items.length !== 1 && !connection.batch) throw new RangeError('this connection takes one item a request')
    return {
      ...fixed,
      headers: items.every((item) => item.endsWith(GPC_END)) ? { ...headers, ...GPC_HEADER } : headers,
      body: connection.batch ? `{"batch":[${items.join(',')}]}` : items[0]!,
    }
  }
}
