/** One connection for every partner type, and the least that each takes an event with. */
import type { View } from '../../src/model/values.ts'
import type { Connection } from '../../src/partners/type.ts'

const PIXEL_QUERY =
  'a={idfa}&b={gaid}&c={device_id}&d={idfa_md5}&e={android_id}&f={idfv}&g={ip}&h={user_agent}&i={country}&j={region}&k={city}&l={postal_code}&m={latitude}&n={longitude}&o={device_model}&p={device_brand}&q={os}&r={os_version}&s={language}&t={carrier}&u={click_id}&v={gclid}&w={transaction_id}&x={user_id}&y={timestamp}&z={sub1}&aa={adid}&ab={is_lat}&ac={event}&ad={id_type}'

export const CONNECTIONS: Readonly<Record<string, Connection>> = {
  webhook: { url: 'https://partner.example/in', batch: true, headers: { 'X-Api-Key': { env: 'KEY' } } },
  pixel: {
    url: `https://partner.example/{p1}/pb?key={secret:token}&${PIXEL_QUERY}`,
    adid: 'adjust_id',
    secrets: { token: { env: 'KEY' } },
  },
  openrtb26: {
    url: 'https://bidder.example/bid',
    imp: [{ id: '1', banner: { w: 320, h: 50 } }],
    eids: { uid2: 'uidapi.com', id5: 'id5-sync.com' },
    headers: { 'X-Api-Key': { env: 'KEY' } },
  },
  appsflyer: { app_id: 'id1234567890', key: { env: 'KEY' } },
  adjust: { app_token: 'abc123def456', security_token: { env: 'KEY' } },
  branch: { key: { env: 'KEY' }, eea: true, ip_override: true },
  kochava: { app_guid: 'koinvented-app-abc1' },
  singular: { key: { env: 'KEY' }, sessions: ['app_open'] },
  meta_capi: { dataset: '123456789', token: { env: 'KEY' } },
  meta_app_events: { app_id: '1234567890', token: { env: 'KEY' } },
  tiktok_events: { event_source_id: '7000000000000000000', token: { env: 'KEY' } },
  snapchat_capi: { id: '11111111-aaaa-4bbb-8ccc-222222222222', token: { env: 'KEY' } },
  google_ads_app: { dev_token: { env: 'KEY' }, link_id: '0123456789ABCDEF', app_version: '1.0', eea: true },
  pinterest_capi: { ad_account: '549755885175', token: { env: 'KEY' } },
  reddit_capi: { pixel: 't2_abc', token: { env: 'KEY' } },
}

const TIME = '2026-01-02T03:04:05.678Z'
const LEAST: Readonly<Record<string, Partial<View>>> = {
  openrtb26: { message_id: 'm-1' },
  appsflyer: { partner_id: { appsflyer_id: '1-2' } },
  adjust: { partner_id: { adid: '1-2' } },
  branch: { user_id: 'u-1' },
  kochava: { partner_id: { kochava_device_id: '1-2' } },
  singular: { device_id: '9774d56d682e549c' },
  meta_capi: { time: TIME, ip: '203.0.113.0' },
  meta_app_events: { user_id: 'u-1' },
  tiktok_events: { time: TIME },
  snapchat_capi: { time: TIME },
  google_ads_app: { time: TIME, ip: '203.0.113.0' },
  pinterest_capi: { time: TIME, message_id: 'm-1', ip: '203.0.113.0', user_agent: 'A/1' },
  reddit_capi: { time: TIME, ip: '203.0.113.0' },
}

/** The slots without which a type cannot say an event. */
export function leastFor(type: string): Partial<View> {
  return LEAST[type] ?? {}
}
