/**
 * Kochava's post-install events. A restriction sets `att` to no, which is also what Kochava assumes if it is missing. A withheld
 * id is an empty text, as Kochava's forwarders write it.
 */
import type { RelayMap } from '../../model/relay-map.ts'
import { asAttStatus, enforced } from '../kit/relay-flags.ts'
import { NOTHING, object, ours, plain, plains, value, values } from '../kit/relay-map.ts'
import type { KochavaConnection } from './connection.ts'

const OWN_ID = { kochava_device_id: 'partner_id', device: 'vendor_id', anonymous_id: 'anonymous_id' } as const

export function kochavaMap({ app_guid, device_id, limit_tracking, origin }: KochavaConnection): RelayMap {
  return {
    origin,
    routes: [
      {
        method: 'POST',
        path: '/track/json',
        to: '/track/json',
        body: 'json',
        query: NOTHING,
        headers: NOTHING,
        content: object({
          action: plain('word'),
          kochava_app_id: ours(app_guid),
          kochava_device_id: value(OWN_ID[device_id]),
          data: object({
            app_tracking_transparency: object({ att: enforced(false, 'att', asAttStatus) }),
            ...(limit_tracking ? { app_limit_tracking: enforced(true, 'lmt') } : {}),
            device_ids: object({
              ...values('advertising_id', 'idfa adid', { blank: '' }),
              idfv: value('vendor_id', { blank: '' }),
              android_id: value('device_id', { blank: '' }),
              ...values('hardware_id', 'imei mac'),
            }),
            origination_ip: value('ip'),
            device_ua: value('user_agent', { reduce: 'agent' }),
            device_ver: value('device'),
            usertime: value('time', { time: 'epoch' }),
            event_name: plain('word'),
            event_data: NOTHING,
            ...plains('word', 'app_name app_version app_short_string'),
            os_version: value('os', { reduce: 'os_version', signal: 'os_version' }),
            screen_dpi: value('device'),
            locale: value('locale', { reduce: 'language' }),
          }),
        }),
      },
    ],
    withheld: { status: 200, body: '{"success":"1"}' },
  }
}
