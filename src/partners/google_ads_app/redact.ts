/**
 * Google's app conversions: a query, the address in a header, optionally a body. `lat` here means "limit ad tracking", not
 * latitude: it is 1 on a restriction. The sender's `User-Agent`, which holds system, language and device, is never sent.
 */
import type { RelayMap, RelayRoute } from '../../model/relay-map.ts'
import { enforced, ifReceived } from '../kit/relay-flags.ts'
import { consent, NOTHING, object, ours, plains, value, values } from '../kit/relay-map.ts'
import { secretPlaceholder } from '../kit/type.ts'
import type { GoogleAdsAppConnection } from './connection.ts'

const ZERO_ID = '00000000-0000-0000-0000-000000000000'

export function googleAdsAppMap({ link_id, product, origin }: GoogleAdsAppConnection): RelayMap {
  const route = (path: string): RelayRoute => ({
    method: 'POST',
    path,
    to: path,
    body: 'json_or_none',
    headers: object({ 'user-agent': ours(`${product} (; ; ; ; Proxy)`), 'x-forwarded-for': value('ip') }),
    query: object({
      dev_token: ours(secretPlaceholder('dev_token')),
      link_id: ours(link_id),
      ...plains('word', 'app_event_type app_event_name id_type app_version sdk_version app_open_source'),
      ...plains('flag', 'gclid_only_request attributed'),
      rdid: value('advertising_id', { blank: ZERO_ID }),
      ...values('click_id', 'gclid market_referrer_gclid gbraid ad_event_id'),
      os_version: value('os', { reduce: 'os_version', signal: 'os_version' }),
      timestamp: value('time', { time: 'epoch' }),
      eea: consent('gdpr_applies'),
      lat: enforced('1', 'lmt'),
      ad_personalization: ifReceived('0'),
      ad_user_data: ifReceived('0'),
    }),
    content: object({ app_event_data: NOTHING }),
  })
  return {
    origin,
    routes: ['/pagead/conversion/app/1.0', '/pagead/conversion/app/1.0/cross_network'].map(route),
    withheld: { status: 200, body: '{"attributed":false,"ad_events":[],"errors":[]}' },
  }
}
