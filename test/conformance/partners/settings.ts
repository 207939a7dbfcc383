/** One connection for every type, of words that are in no event: what of an event is in a request came from the event. */
const KEY = { env: 'CONFORMANCE_KEY' }

/** All that a postback can be filled with. */
const PIXEL_MACROS =
  'idfa gaid device_id idfa_md5 gaid_sha1 android_id idfv oaid ip user_agent country region city postal_code latitude longitude latlong device_model device_brand os os_version language carrier connection_type click_id gclid transaction_id user_id timestamp event id_type is_lat us_privacy revenue currency sub1'.split(
    ' ',
  )

export const SETTINGS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  webhook: { url: 'https://zq.example/zq-in', batch: true },
  pixel: { url: `https://zq.example/zq?${PIXEL_MACROS.map((name) => `zq_${name}={${name}}`).join('&')}` },
  openrtb26: {
    url: 'https://zq.example/zq-bid',
    imp: [{ id: 'zq1', banner: { w: 7_001, h: 7_003 } }],
    eids: { uid2: 'zq-uid2.example', id5: 'zq-id5.example', rampid: 'zq-rampid.example' },
  },
  appsflyer: { app_id: 'com.zq.conformance', key: KEY, app_set_id_scope: 1, eea: true },
  adjust: { app_token: 'zqadjust', security_token: KEY },
  branch: { key: KEY, eea: true, ip_override: true },
  kochava: { app_guid: 'zq-kochava' },
  singular: { key: KEY },
  meta_capi: { dataset: 'zqdataset', token: KEY },
  meta_app_events: { app_id: 'zqapp', token: KEY },
  tiktok_events: { event_source_id: 'zqsource', token: KEY },
  snapchat_capi: { id: 'zqsnap', token: KEY },
  google_ads_app: { dev_token: KEY, link_id: 'ZQLINK', app_version: '7.0.7', eea: true },
  pinterest_capi: { ad_account: 'zqaccount', token: KEY },
  reddit_capi: { pixel: 'zqpixel', token: KEY, ip_address: 'plain' },
}
