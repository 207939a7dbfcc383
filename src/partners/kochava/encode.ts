/**
 * Encodes a view as one post-install event. `att` always states whether the user allows tracking: if it is missing, Kochava
 * assumes not and drops the IDFA itself.
 */
import type { View } from '../../model/values.ts'
import { addressOf } from '../kit/address.ts'
import { advertisingIdKind } from '../kit/advertising-id.ts'
import type { Encoding } from '../kit/define.ts'
import { jsonText } from '../kit/json-text.ts'
import { postOne, wordsIn, writeMessage } from '../kit/message.ts'
import { percentEncode } from '../kit/percent.ts'
import { createPropertySorter, textOf } from '../kit/properties.ts'
import { realId } from '../kit/pseudonym.ts'
import { isRestricted } from '../kit/restricted.ts'
import { unixMillis } from '../kit/unix-time.ts'
import type { KochavaConnection } from './connection.ts'

const OWN_PROPERTIES = ['currency', 'app_version', 'app_name'] as const

export function createKochavaEncoder(connection: KochavaConnection): Encoding {
  const { app_guid, user_agent, limit_tracking, origin } = connection
  const sort = createPropertySorter(...OWN_PROPERTIES)
  return {
    item: (view, flags) => {
      const device_ids = deviceIdsOf(view)
      const kochava_device_id = ownIdOf(view, connection)
      // "May be null if a device id is always present": without any id the event is useless.
      if (kochava_device_id === undefined && Object.values(device_ids).every((id) => id === ''))
        return { kind: 'impossible', needs: 'partner_id' }
      const restricted = isRestricted(flags)
      const { own, rest } = sort(view.property)
      const version = textOf(own.app_version) ?? connection.app_version
      const agent = view.user_agent ?? ''
      const text = jsonText({
        action: 'event',
        kochava_app_id: app_guid,
        kochava_device_id: kochava_device_id ?? null,
        data: {
          app_tracking_transparency: { att: !restricted && device_ids.idfa !== '' },
          app_limit_tracking: restricted && limit_tracking ? true : undefined,
          device_ids,
          origination_ip: addressOf(view),
          device_ua: user_agent === 'encoded' ? percentEncode(agent) : agent,
          device_ver: deviceVersionOf(view),
          usertime: unixMillis(view.time),
          event_name: view.event,
          currency: textOf(own.currency),
          event_data: rest,
          app_name: textOf(own.app_name),
          app_version: version,
          app_short_string: version,
          os_version: view.os?.version,
          screen_dpi: view.device?.density,
          locale: view.locale,
        },
      })
      return { kind: 'item', bytes: writeMessage(text, flags) }
    },
    envelope: postOne({ origin, path: '/track/json' }),
    constants: ['', '1', 'event', app_guid, ...wordsIn([connection.app_version])],
  }
}

/** All four are always present; a withheld or missing one is an empty text. */
function deviceIdsOf(view: View): {
  readonly idfa: string
  readonly idfv: string
  readonly adid: string
  readonly android_id: string
} {
  const kind = advertisingIdKind(view, view.app.platform)
  const id = view.advertising_id?.id
  return {
    idfa: kind === 'idfa' && id !== undefined ? id : '',
    idfv: (view.app.platform === 'android' ? undefined : realId(view.vendor_id)) ?? '',
    adid: kind === 'aaid' && id !== undefined ? id : '',
    android_id: realId(view.device_id) ?? '',
  }
}

function ownIdOf(view: View, { device_id }: KochavaConnection): string | undefined {
  if (device_id === 'anonymous_id') return view.anonymous_id
  if (device_id === 'kochava_device_id') return view.partner_id?.kochava_device_id
  return view.app.platform === 'android' ? view.device_id : view.vendor_id
}

/** `model-os-version` if all three are known, as Kochava reads it; otherwise an empty text. */
function deviceVersionOf({ device, os }: View): string {
  if (device?.model === undefined || os?.name === undefined || os.version === undefined) return ''
  return `${device.model}-${os.name}-${os.version}`
}
