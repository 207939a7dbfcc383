/**
 * Encodes a view as the query of one session or event. A restriction sets `dnt` and `data_sharing_options`, on iOS also the ATT
 * status. Never `use_ip=true`: Singular would take the gateway's own address for the user's.
 */
import type { Json } from '../../model/brand.ts'
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import { advertisingIdKind } from '../kit/advertising-id.ts'
import type { Encoding } from '../kit/define.ts'
import { readOnlyMessage, wordsIn, writeMessage } from '../kit/message.ts'
import { createPropertySorter, numberOf, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { type Parameters, queryOf } from '../kit/query.ts'
import { isRestricted } from '../kit/restricted.ts'
import { secretPlaceholder } from '../kit/type.ts'
import { unixSeconds } from '../kit/unix-time.ts'
import type { SingularConnection } from './connection.ts'

/** Parameters that a contract may name directly; every other property goes to `e`. */
const OWN_TEXTS = [
  'app_v',
  'purchase_product_id',
  'purchase_transaction_id',
  'receipt_signature',
  'install',
  'install_source',
  'install_time',
  'update_time',
  'skan_conversion_value',
] as const
const OWN_PROPERTIES = ['amt', 'cur', ...OWN_TEXTS] as const
const SHARING_OPTIONS = ['{"limit_data_sharing":false}', '{"limit_data_sharing":true}'] as const
const ATT_DENIED = 2
const ATT_AUTHORISED = 3

export function createSingularEncoder(connection: SingularConnection): Encoding {
  const { keyed_by, origin } = connection
  const sessions = new Set(connection.sessions)
  const sort = createPropertySorter(...OWN_PROPERTIES)
  return {
    item: (view, flags) => {
      const ids = keyed_by === 'sdid' ? { sdid: realId(view.partner_id?.singular_device_id) } : deviceIdsOf(view)
      if (Object.values(ids).every((id) => id === undefined))
        return { kind: 'impossible', needs: keyed_by === 'sdid' ? 'partner_id' : 'vendor_id' }
      const isSession = sessions.has(view.event)
      const { own, rest } = sort(view.property)
      const amount = numberOf(own.amt)
      const parameters = {
        // A session is named after the app, an event has its own name.
        n: isSession ? view.app.id : view.event,
        p: view.app.platform === 'ios' ? 'iOS' : view.app.platform === 'android' ? 'Android' : view.os?.name,
        i: view.app.bundle,
        ...ids,
        custom_user_id: view.user_id,
        ip: addressOf(view, 4),
        country: view.place?.country,
        ve: view.os?.version,
        utime: unixSeconds(view.time),
        ...privacyOf(view, ids, isRestricted(flags)),
        c: view.network?.wifi === true ? 'wifi' : view.network?.cellular === true ? 'carrier' : undefined,
        ...(isSession ? sessionOf(view) : {}),
        purchase_receipt: view.receipt,
        is_revenue_event: amount === undefined ? undefined : true,
        amt: amount,
        cur: textOf(own.cur),
        ...textsOf(own, connection),
        e: rest === undefined ? undefined : JSON.stringify(rest),
      }
      const path = isSession ? '/api/v1/launch' : keyed_by === 'sdid' ? '/api/v2/evt' : '/api/v1/evt'
      return { kind: 'item', bytes: writeMessage(`${path}?${queryOf(parameters)}`, flags) }
    },
    envelope: (items) => {
      const { text, headers } = readOnlyMessage(items)
      return { method: 'GET', origin, path: `${text}&a=${secretPlaceholder('key')}`, headers, body: '' }
    },
    constants: [
      '0',
      '1',
      '2',
      '3',
      'true',
      'iOS',
      'Android',
      'wifi',
      'carrier',
      ...SHARING_OPTIONS,
      ...wordsIn([connection.app_version]),
    ],
  }
}

/** On Android the app set id takes the vendor id's place. */
function deviceIdsOf(view: View): Parameters {
  const kind = advertisingIdKind(view, view.app.platform)
  const id = view.advertising_id?.id
  const isAndroid = view.app.platform === 'android'
  return {
    idfa: kind === 'idfa' ? id : undefined,
    idfv: isAndroid ? undefined : realId(view.vendor_id),
    aifa: kind === 'aaid' ? id : undefined,
    amid: kind === 'amazon' ? id : undefined,
    oaid: kind === 'oaid' ? id : undefined,
    asid: isAndroid ? realId(view.vendor_id) : undefined,
    andi: realId(view.device_id),
  }
}

/** Without a restriction, "may track" is sent only together with the advertising id that proves it. */
function privacyOf(view: View, ids: Parameters, restricted: boolean): Parameters {
  const hasId = ids.idfa !== undefined || ids.aifa !== undefined || ids.amid !== undefined || ids.oaid !== undefined
  return {
    dnt: restricted ? 1 : hasId ? 0 : undefined,
    att_authorization_status:
      view.app.platform !== 'ios'
        ? undefined
        : restricted
          ? ATT_DENIED
          : ids.idfa === undefined
            ? undefined
            : ATT_AUTHORISED,
    data_sharing_options: SHARING_OPTIONS[restricted ? 1 : 0],
  }
}

function sessionOf(view: View): Parameters {
  const isIos = view.app.platform === 'ios'
  return {
    ua: view.user_agent,
    mo: view.device?.model,
    ma: view.device?.manufacturer,
    lc: view.locale,
    cn: view.carrier,
    apns_token: isIos ? view.push_token : undefined,
    fcm: isIos ? undefined : view.push_token,
    openuri: view.url,
  }
}

function textsOf(own: Readonly<Record<string, Json>>, { app_version }: SingularConnection): Parameters {
  const texts: Record<string, string | undefined> = { app_v: app_version }
  for (const name of OWN_TEXTS) if (own[name] !== undefined) texts[name] = textOf(own[name])
  return texts
}
