/**
 * Encodes a view as one in-app event. A restriction sets `sharing_filter`, so that AppsFlyer does not pass the event on, and
 * `att` or `aie` to "limited": leaving ids out is not enough, because AppsFlyer restores them from the install record.
 */
import type { Json } from '../../model/brand.ts'
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import { advertisingIdKind, isDeviceUuid } from '../kit/advertising-id.ts'
import type { Encoding } from '../kit/define.ts'
import { hashedDigits, hashedEmail, hashedName, hashedPlusDigits } from '../kit/hashes.ts'
import { byName, jsonText } from '../kit/json-text.ts'
import { postOne, writeMessage } from '../kit/message.ts'
import { realId } from '../kit/pseudonym.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { type AppsFlyerConnection, platformOf } from './connection.ts'

/** AppsFlyer rejects larger bodies. Nothing is left out to fit: a field's presence must not depend on another field's length. */
const MAX_BYTES = 1_024
/** ATT: 2 denied, 3 authorised. */
const ATT_DENIED = 2
const ATT_AUTHORISED = 3

export function createAppsFlyerEncoder(connection: AppsFlyerConnection): Encoding {
  const platform = platformOf(connection)
  const shareWithNobody = connection.sharing_filter === 'array' ? ['all'] : 'all'
  return {
    item: (view, flags) => {
      const appsflyer_id = view.partner_id?.appsflyer_id
      if (appsflyer_id === undefined) return { kind: 'impossible', needs: 'partner_id' }
      const restricted = isRestricted(flags)
      const ids = platform === 'ios' ? iosIds(view, restricted) : androidIds(view, restricted, connection)
      const { eventCurrency, ...values } = view.property ?? {}
      const text = jsonText({
        appsflyer_id,
        ...ids,
        sharing_filter: restricted ? shareWithNobody : undefined,
        consent_data: consentOf(restricted, connection),
        customer_user_id: view.user_id,
        fb_login_id: realId(view.partner_id?.fb_login_id),
        ip: addressOf(view, 4),
        ua: view.user_agent,
        os: view.os?.version,
        email_hashed: hashedEmail(view.email),
        phone_number_hashed: hashedDigits(view.phone),
        phone_number_e164_hashed: hashedPlusDigits(view.phone),
        first_name_hashed: hashedName(view.name?.first),
        last_name_hashed: hashedName(view.name?.last),
        eventName: view.event,
        eventValue: eventValue(values),
        eventCurrency: typeof eventCurrency === 'string' ? eventCurrency : undefined,
        eventTime: eventTime(view.time),
        bundleIdentifier: view.app.bundle,
      })
      if (Buffer.byteLength(text) > MAX_BYTES) return { kind: 'impossible', needs: 'size' }
      return { kind: 'item', bytes: writeMessage(text, flags) }
    },
    envelope: postOne({
      origin: connection.origin,
      path: `/inappevent/${connection.app_id}`,
      headers: { authentication: secretPlaceholder('key') },
    }),
    // ATT statuses, app set id scopes, an event without values, and the word for "share with nobody".
    constants: ['', '1', '2', '3', 'all'],
  }
}

/** Apple's ids are UUIDs; a pseudonym would only break AppsFlyer's matching, so it is left out. */
function iosIds(view: View, restricted: boolean): object {
  const idfa = advertisingIdKind(view, 'ios') === 'idfa' ? view.advertising_id?.id : undefined
  const idfv = view.vendor_id !== undefined && isDeviceUuid(view.vendor_id) ? view.vendor_id : undefined
  // `aie` applies before iOS 14, `att` since.
  if (restricted) return { idfa, idfv, att: ATT_DENIED, aie: false }
  return { idfa, idfv, att: idfa === undefined ? undefined : ATT_AUTHORISED }
}

function androidIds(view: View, restricted: boolean, { app_set_id_scope: scope }: AppsFlyerConnection): object {
  const kind = advertisingIdKind(view, 'android')
  const id = view.advertising_id?.id
  const ids = {
    advertising_id: kind === 'aaid' ? id : undefined,
    oaid: kind === 'oaid' ? id : undefined,
    amazon_aid: kind === 'amazon' ? id : undefined,
    app_set_id: scope === undefined || realId(view.vendor_id) === undefined ? undefined : { id: view.vendor_id, scope },
  }
  const passesId = kind === 'aaid' || kind === 'oaid' || kind === 'amazon'
  return { ...ids, aie: restricted ? false : passesId ? true : undefined }
}

/** Google's EEA consents; sent only if the operator states whether they apply. */
function consentOf(restricted: boolean, { eea }: AppsFlyerConnection): object | undefined {
  if (eea === undefined) return undefined
  const consents = { ad_user_data_enabled: !restricted, ad_personalization_enabled: !restricted }
  return { manual: { gdpr_applies: eea, ...(eea ? consents : {}) } }
}

/** JSON as a string inside the JSON; the empty string if there are no values. */
function eventValue(values: Readonly<Record<string, Json>>): string {
  const named = byName(values)
  return named === undefined ? '' : JSON.stringify(named)
}

/** `2026-01-02 03:04:05.000`, UTC; undefined if the text is not an ISO time in UTC. */
function eventTime(time: string | undefined): string | undefined {
  const parts = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,3}))?Z$/.exec(time ?? '')
  return parts === null ? undefined : `${parts[1]} ${parts[2]}.${(parts[3] ?? '').padEnd(3, '0')}`
}
