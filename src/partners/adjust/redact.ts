/**
 * Adjust's server-to-server parameters, in the query or a form. A restriction sets `tracking_enabled` to 0 and `att_status` to
 * denied; a `third_party_sharing` call can then only disable sharing. A deletion request (Data erasure API) holds one id.
 */
import type { RelayMap, RelayNode, RelayRoute } from '../../model/relay-map.ts'
import { asLimit, attStatus, enforced, ifReceived } from '../kit/relay-flags.ts'
import { jsonText, NOTHING, object, ours, plain, plains, USER_AGENT, value, values } from '../kit/relay-map.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { AdjustConnection } from './connection.ts'

const IDS: Readonly<Record<string, RelayNode>> = {
  ...values('advertising_id', 'idfa gps_adid oaid fire_adid'),
  idfv: value('vendor_id'),
  android_id: value('device_id'),
  adid: value('partner_id'),
  ...values(
    'hardware_id',
    'imei meid win_naid win_hwid imei_lower_md5 android_id_lower_md5 android_id_lower_sha1 android_id_upper_md5 android_id_upper_sha1',
  ),
}
const EVENT: Readonly<Record<string, RelayNode>> = {
  ...IDS,
  ...plains('number', 's2s'),
  event_token: plain('word'),
  ip_address: value('ip', { ip: 4 }),
  user_agent: value('user_agent', { reduce: 'agent' }),
  device_name: value('device'),
  os_name: value('os', { reduce: 'os_name', signal: 'os' }),
  os_version: value('os', { reduce: 'os_version', signal: 'os_version' }),
  country: value('place', { place: 'country', signal: 'country' }),
  language: value('locale', { reduce: 'language' }),
  external_device_id: value('user_id', { pseudonym: true }),
  created_at_unix: value('time', { time: 'epoch' }),
  created_at: value('time', { time: 'iso' }),
  callback_params: jsonText(NOTHING),
  partner_params: jsonText(NOTHING),
}

/** Adjust's device identifiers. One is enough for a deletion: its own id first, the advertising id last. */
const FORGETTABLE = object(
  { adid: IDS.adid!, idfv: IDS.idfv!, ...values('advertising_id', 'gps_adid idfa fire_adid') },
  { onlyFirst: true },
)

export function adjustMap({ app_token, environment, origin, security_token }: AdjustConnection): RelayMap {
  const authorization =
    security_token === undefined ? {} : { authorization: ours(`Bearer ${secretPlaceholder('security_token')}`) }
  const headers = object({ ...USER_AGENT, ...authorization })
  const own = { app_token: ours(app_token), environment: ours(environment) }
  const tracking = { tracking_enabled: enforced('0', 'lmt', asLimit), att_status: attStatus() }
  const query = object({ ...EVENT, ...own, ...tracking })
  const event: Pick<RelayRoute, 'path' | 'to' | 'headers' | 'query'> = { path: '/event', to: '/event', headers, query }
  const sharing = enforced('disable', 'us_privacy', (word) => (word === 'disable' ? '1YYN' : undefined))
  return {
    origin,
    routes: [
      { ...event, method: 'GET', body: 'none', content: NOTHING },
      {
        ...event,
        method: 'POST',
        body: 'form',
        // Enforced values go in the query, wherever the others are.
        content: object({
          ...EVENT,
          tracking_enabled: ifReceived('0', 'lmt', asLimit),
          att_status: ifReceived(2, 'att'),
        }),
      },
      {
        method: 'POST',
        path: '/third_party_sharing',
        to: '/third_party_sharing',
        headers,
        query: object({ ...IDS, s2s: plain('number'), ...own, sharing }),
        body: 'form',
        content: object({ ...IDS, s2s: plain('number'), sharing: ifReceived('disable', 'us_privacy', sharing.read) }),
      },
      {
        method: 'POST',
        path: '/gdpr_forget_device',
        to: '/gdpr_forget_device',
        // Each region has its own host for this (adjust/ios_sdk, ADJUrlStrategy.m).
        origin: origin.replace('://s2s.', '://gdpr.'),
        forgets: true,
        headers: NOTHING,
        query: object({ s2s: ours('1'), ...own, ...FORGETTABLE.members }, { onlyFirst: true }),
        body: 'form',
        content: FORGETTABLE,
      },
    ],
    withheld: { status: 200, body: '{"status":"OK"}' },
  }
}
