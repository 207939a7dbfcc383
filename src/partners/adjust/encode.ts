/**
 * Encodes a view as the parameters of one event. A restriction sets `tracking_enabled` and, on iOS, `att_status`. An event that
 * the contract names `third_party_sharing` reports the user's choice itself: Adjust then stops passing data on.
 */
import type { Json } from '../../model/brand.ts'
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import { advertisingIdKind, lowerCaseUuid, upperCaseUuid } from '../kit/advertising-id.ts'
import type { Encoding } from '../kit/define.ts'
import { readOnlyMessage, writeMessage } from '../kit/message.ts'
import { createPropertySorter, numberOf, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { type Parameters, queryOf } from '../kit/query.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { unixSeconds } from '../kit/unix-time.ts'
import type { AdjustConnection } from './connection.ts'

const OWN_PROPERTIES = ['revenue', 'currency'] as const
const THIRD_PARTY_SHARING = 'third_party_sharing'
/** Names with this prefix go to `partner_params`, all others to `callback_params`. */
const PARTNER_PREFIX = 'partner_params.'
const ATT_DENIED = 2
const ATT_AUTHORISED = 3

export function createAdjustEncoder(connection: AdjustConnection): Encoding {
  const { app_token, environment, send_as, security_token, origin, eea } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  const fixedHeaders: Readonly<Record<string, string>> =
    security_token === undefined ? {} : { Authorization: `Bearer ${secretPlaceholder('security_token')}` }
  return {
    item: (view, flags) => {
      const ids = idsOf(view)
      if (ids === undefined) return { kind: 'impossible', needs: 'partner_id' }
      const restricted = isRestricted(flags)
      if (view.event === THIRD_PARTY_SHARING) {
        const parameters = { s2s: 1, app_token, environment, ...ids, ...sharingOf(restricted, eea) }
        return { kind: 'item', bytes: writeMessage(`/third_party_sharing?${queryOf(parameters)}`, flags) }
      }
      const { own, rest } = sort(view.property)
      const [callback, partner] = paramsOf(rest)
      const parameters = {
        s2s: 1,
        app_token,
        event_token: view.event,
        environment,
        created_at_unix: unixSeconds(view.time),
        ...ids,
        ip_address: addressOf(view, 4),
        user_agent: view.user_agent,
        device_name: view.device?.model,
        os_name: view.os?.name,
        os_version: view.os?.version,
        country: view.place?.country,
        language: view.locale,
        external_device_id: view.user_id,
        ...trackingOf(view, ids, restricted),
        revenue: numberOf(own.revenue),
        currency: textOf(own.currency),
        callback_params: callback,
        partner_params: partner,
      }
      return { kind: 'item', bytes: writeMessage(`/event?${queryOf(parameters)}`, flags) }
    },
    envelope: (items) => {
      const { text, headers } = readOnlyMessage(items)
      const all = { ...fixedHeaders, ...headers }
      if (send_as === 'query') return { method: 'POST', origin, path: text, headers: all, body: '' }
      const mark = text.indexOf('?')
      return {
        method: 'POST',
        origin,
        path: text.slice(0, mark),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...all },
        body: text.slice(mark + 1),
      }
    },
    constants: ['0', '1', '2', '3', app_token, environment],
  }
}

/** Adjust requires at least one of these; undefined if the view has none. */
function idsOf(view: View): Parameters | undefined {
  const kind = advertisingIdKind(view, view.app.platform)
  const id = view.advertising_id?.id
  const ids = {
    // Adjust compares ids case-sensitively: Apple's in upper case [B], Google's in lower case [C].
    idfa: kind === 'idfa' ? upperCaseUuid(id) : undefined,
    gps_adid: kind === 'aaid' ? lowerCaseUuid(id) : undefined,
    oaid: kind === 'oaid' ? id : undefined,
    fire_adid: kind === 'amazon' ? id : undefined,
    idfv: view.app.platform === 'android' ? undefined : upperCaseUuid(realId(view.vendor_id)),
    android_id: realId(view.device_id),
    adid: realId(view.partner_id?.adid),
  }
  for (const name in ids) if (ids[name as keyof typeof ids] !== undefined) return ids
  return undefined
}

/** Without a restriction, "may track" is sent only together with the advertising id that proves it. */
function trackingOf(view: View, ids: Parameters, restricted: boolean): Parameters {
  const isIos = view.app.platform === 'ios'
  if (restricted) return { tracking_enabled: 0, att_status: isIos ? ATT_DENIED : undefined }
  const hasId =
    ids.idfa !== undefined || ids.gps_adid !== undefined || ids.oaid !== undefined || ids.fire_adid !== undefined
  return { tracking_enabled: hasId ? 1 : undefined, att_status: ids.idfa === undefined ? undefined : ATT_AUTHORISED }
}

function sharingOf(restricted: boolean, eea: boolean | undefined): Parameters {
  const consent = restricted ? '0' : '1'
  return {
    sharing: restricted ? 'disable' : 'enable',
    granular_third_party_sharing_options:
      eea === undefined
        ? undefined
        : JSON.stringify({ google_dma: { eea: eea ? '1' : '0', ad_personalization: consent, ad_user_data: consent } }),
  }
}

/** Both are JSON objects as text. A list becomes one name per value. */
function paramsOf(
  rest: Readonly<Record<string, Json>> | undefined,
): readonly [callback: string | undefined, partner: string | undefined] {
  if (rest === undefined) return [undefined, undefined]
  const callback: Record<string, string> = {}
  const partner: Record<string, string> = {}
  for (const [name, value] of Object.entries(rest)) {
    const isPartner = name.startsWith(PARTNER_PREFIX)
    const target = isPartner ? partner : callback
    const key = isPartner ? name.slice(PARTNER_PREFIX.length) : name
    if (!Array.isArray(value)) target[key] = String(value)
    else for (const [index, one] of value.entries()) target[`${key}[${index}]`] = String(one)
  }
  return [jsonUnlessEmpty(callback), jsonUnlessEmpty(partner)]
}

function jsonUnlessEmpty(record: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(record).length > 0 ? JSON.stringify(record) : undefined
}
