/**
 * Encodes a view as one query, two headers and, if the contract lists properties, a body. The user's address and device are in
 * the headers `X-Forwarded-For` and `User-Agent`. `lat` here means "limit ad tracking", not latitude: it is 1 on a restriction
 * and whenever there is no id. Both DMA consents are then 0.
 */
import { isIP } from 'node:net'
import type { PrivacyFlags } from '../../model/decision.ts'
import type { View } from '../../model/values.ts'
import { advertisingIdKind } from '../kit/advertising-id.ts'
import type { Encoding } from '../kit/define.ts'
import { jsonText } from '../kit/json-text.ts'
import { readOnlyMessage, writeMessage } from '../kit/message.ts'
import { createPropertySorter, numberOf, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { type Parameters, queryOf } from '../kit/query.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { unixMillis } from '../kit/unix-time.ts'
import type { GoogleAdsAppConnection } from './connection.ts'

const OWN_PROPERTIES = [
  'value',
  'currency_code',
  'app_version',
  'app_open_source',
  'ad_event_id',
  'attributed',
] as const
const ZERO_ID = '00000000-0000-0000-0000-000000000000'
/** Google's own event types; any other name in a contract is a custom event. */
const EVENT_TYPES: ReadonlySet<string> = new Set([
  ...['first_open', 'session_start', 'in_app_purchase', 'view_item_list', 'view_item', 'view_search_results'],
  ...['add_to_cart', 'ecommerce_purchase', 'custom'],
])

export function createGoogleAdsAppEncoder(connection: GoogleAdsAppConnection): Encoding {
  const { link_id, sdk_version, product, eea, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const access = `&link_id=${link_id}&dev_token=${secretPlaceholder('dev_token')}`
  return {
    item: (view, flags) => {
      const timestamp = timestampOf(view.time)
      if (timestamp === undefined) return { kind: 'impossible', needs: 'time' }
      if (view.ip === undefined || isIP(view.ip) === 0) return { kind: 'impossible', needs: 'ip' }
      const { own, rest } = sort(view.property)
      const isOwnType = EVENT_TYPES.has(view.event)
      const parameters = {
        app_event_type: isOwnType ? view.event : 'custom',
        app_event_name: isOwnType ? undefined : view.event,
        ...idsOf(view, textOf(own.app_open_source)),
        ...privacyOf(view, flags, eea),
        app_version: textOf(own.app_version) ?? connection.app_version,
        os_version: view.os?.version ?? '',
        sdk_version,
        timestamp,
        value: numberOf(own.value),
        currency_code: textOf(own.currency_code),
        ad_event_id: textOf(own.ad_event_id),
        attributed: textOf(own.attributed),
      }
      // Reporting the credited party uses a separate path.
      const path =
        own.ad_event_id === undefined ? '/pagead/conversion/app/1.0' : '/pagead/conversion/app/1.0/cross_network'
      const headers = { 'User-Agent': userAgentOf(view, product), 'X-Forwarded-For': view.ip }
      const body = rest === undefined ? '' : jsonText({ app_event_data: rest })
      return { kind: 'item', bytes: writeMessage(`${path}?${queryOf(parameters)}`, flags, headers, body) }
    },
    envelope: (items) => {
      const { text, headers, body } = readOnlyMessage(items)
      const all = body === '' ? headers : { 'Content-Type': 'application/json', ...headers }
      return { method: 'POST', origin, path: text + access, headers: all, body }
    },
    constants: [
      '',
      '0',
      '1',
      'custom',
      'idfa',
      'advertisingid',
      'organic',
      'ad_click',
      ZERO_ID,
      sdk_version,
      connection.app_version,
    ],
  }
}

function idsOf(view: View, openSource: string | undefined): Parameters {
  const kind = advertisingIdKind(view, view.app.platform)
  const isIos = view.app.platform === undefined ? kind === 'idfa' : view.app.platform === 'ios'
  const id = kind === (isIos ? 'idfa' : 'aaid') ? view.advertising_id?.id : undefined
  const gclid = realId(view.click_id?.gclid)
  const gbraid = realId(view.click_id?.gbraid)
  const withoutId = id === undefined
  return {
    rdid: id ?? ZERO_ID,
    id_type: isIos ? 'idfa' : 'advertisingid',
    // iOS without an id: Google requires gbraid and the session's origin, and no gclid.
    gclid: isIos && withoutId ? undefined : gclid,
    gbraid,
    app_open_source: isIos && withoutId ? (openSource ?? (gbraid === undefined ? 'organic' : 'ad_click')) : undefined,
    gclid_only_request: !isIos && withoutId && (gclid !== undefined || gbraid !== undefined) ? 1 : undefined,
  }
}

function privacyOf(view: View, flags: PrivacyFlags, eea: boolean | undefined): Parameters {
  const restricted = isRestricted(flags)
  const consent = restricted ? 0 : eea === true ? 1 : undefined
  return {
    lat: restricted || realId(view.advertising_id?.id) === undefined ? 1 : 0,
    eea: eea === undefined ? undefined : eea ? 1 : 0,
    ad_personalization: consent,
    ad_user_data: consent,
  }
}

/** `name/version (os version; locale; device; build; Proxy)`: a withheld element is blank, so that the others keep their position. */
function userAgentOf({ os, locale, device, app }: View, product: string): string {
  const name = os?.name ?? (app.platform === 'ios' ? 'iOS' : app.platform === 'android' ? 'Android' : '')
  const places = [`${name} ${os?.version ?? ''}`, locale?.replace('-', '_'), device?.model, '']
  // A separator inside an element would split it.
  const clean = places.map((place) => (place ?? '').replace(/[;()]/g, ' ').trim())
  return `${product} (${clean.join('; ')}; Proxy)`
}

/** Seconds with six decimals. */
function timestampOf(time: string | undefined): string | undefined {
  const ms = unixMillis(time)
  return ms === undefined ? undefined : `${Math.floor(ms / 1_000)}.${String(ms % 1_000).padStart(3, '0')}000`
}
