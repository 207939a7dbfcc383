/** Branch's events. A restriction tells Branch to limit tracking and to call no ad network. */
import type { RelayMap, RelayRoute } from '../../model/relay-map.ts'
import { asOptOut, enforced, ifReceived } from '../kit/relay-flags.ts'
import { consent, list, NOTHING, object, ours, plain, plains, value, values } from '../kit/relay-map.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { BranchConnection } from './connection.ts'

export function branchMap(connection: BranchConnection): RelayMap {
  const { ip_override, origin, when_restricted } = connection
  const callouts = (): object =>
    when_restricted === 'callouts'
      ? { disable_ad_network_callouts: enforced(true, 'us_privacy', asOptOut), limit_facebook_tracking: enforced(true) }
      : {
          disable_ad_network_callouts: ifReceived(true, 'us_privacy', asOptOut),
          limit_facebook_tracking: ifReceived(true),
        }
  const route = (path: string): RelayRoute => ({
    method: 'POST',
    path,
    to: path,
    body: 'json',
    query: NOTHING,
    headers: ip_override ? object({ 'x-ip-override': value('ip') }) : NOTHING,
    content: object({
      branch_key: ours(secretPlaceholder('key')),
      name: plain('word'),
      user_data: object({
        ...values('advertising_id', 'idfa aaid'),
        idfv: value('vendor_id'),
        android_id: value('device_id'),
        developer_identity: value('user_id', { pseudonym: true }),
        ...values('partner_id', 'browser_fingerprint_id randomized_device_token randomized_bundle_token'),
        ...values('ip', 'ip local_ip'),
        user_agent: value('user_agent', { reduce: 'agent' }),
        country: value('place', { place: 'country', signal: 'country' }),
        language: value('locale', { reduce: 'language' }),
        brand: value('device', { reduce: 'maker' }),
        ...values('device', 'model screen_dpi screen_height screen_width'),
        os: value('os', { reduce: 'os_name', signal: 'os' }),
        os_version: value('os', { reduce: 'os_version', signal: 'os_version' }),
        ...plains('word', 'app_version sdk sdk_version environment'),
        limit_ad_tracking: enforced(true, 'lmt'),
        ...callouts(),
        dma_eea: consent('gdpr_applies'),
        dma_ad_personalization: ifReceived(false),
        dma_ad_user_data: ifReceived(false),
      }),
      event_data: NOTHING,
      content_items: list(NOTHING),
      custom_data: NOTHING,
    }),
  })
  return {
    origin,
    routes: [route('/v2/event/standard'), route('/v2/event/custom')],
    withheld: { status: 200, body: '{}' },
  }
}
