/**
 * Singular's sessions and events, entirely in the query. A restriction sets `dnt` and `data_sharing_options`, on iOS also the ATT
 * status. `use_ip` never passes: Singular would take the gateway's own address for the user's.
 */
import type { RelayMap, RelayRoute } from '../../model/relay-map.ts'
import { asOptOut, attStatus, enforced } from '../kit/relay-flags.ts'
import { jsonText, NOTHING, object, ours, plain, USER_AGENT, value, values } from '../kit/relay-map.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { SingularConnection } from './connection.ts'

export function singularMap({ origin }: SingularConnection): RelayMap {
  const route = (path: string): RelayRoute => ({
    method: 'GET',
    path,
    to: path,
    body: 'none',
    headers: object(USER_AGENT),
    content: NOTHING,
    query: object({
      a: ours(secretPlaceholder('key')),
      n: plain('word'),
      p: plain('word'),
      i: plain('text'),
      ...values('advertising_id', 'idfa aifa amid oaid'),
      ...values('vendor_id', 'idfv asid'),
      andi: value('device_id'),
      imei: value('hardware_id'),
      sdid: value('partner_id'),
      custom_user_id: value('user_id', { pseudonym: true }),
      ip: value('ip', { ip: 4 }),
      country: value('place', { place: 'country', signal: 'country' }),
      ua: value('user_agent', { reduce: 'agent' }),
      mo: value('device'),
      ma: value('device', { reduce: 'maker' }),
      bd: value('device'),
      ve: value('os', { reduce: 'os_version', signal: 'os_version' }),
      cn: value('carrier', { reduce: 'carrier' }),
      c: value('network', { reduce: (word) => (word === 'wifi' || word === 'carrier' ? word : undefined) }),
      lc: value('locale', { reduce: 'language' }),
      ...values('push_token', 'apns_token fcm'),
      ...values('receipt', 'purchase_receipt receipt_signature install_receipt'),
      openuri: value('url'),
      utime: value('time', { time: 'epoch' }),
      app_v: plain('word'),
      is_revenue_event: plain('flag'),
      e: jsonText(NOTHING),
      global_properties: jsonText(NOTHING),
      dnt: enforced('1', 'lmt'),
      data_sharing_options: enforced('{"limit_data_sharing":true}', 'us_privacy', limitsSharing),
      att_authorization_status: attStatus(),
    }),
  })
  return {
    origin,
    routes: ['/api/v1/launch', '/api/v1/evt', '/api/v2/evt'].map(route),
    withheld: { status: 200, body: '{"status":"ok"}' },
  }
}

/** `{"limit_data_sharing":true}` opts out; any other form is malformed, and denies. */
function limitsSharing(options: unknown): string | undefined {
  const [, limits] = /^\s*\{\s*"limit_data_sharing"\s*:\s*(true|false)\s*\}\s*$/.exec(String(options)) ?? []
  return limits === undefined ? String(options) : asOptOut(limits) === undefined ? undefined : '1YYN'
}
