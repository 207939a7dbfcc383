import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Connection } from './kit/type.ts'
import { partnerTypes } from './registry.ts'

const types = partnerTypes()
const KEY = { env: 'PARTNER_KEY' }

/** `path: message` of every issue. */
function issuesOf(type: string, connection: unknown): readonly string[] {
  const result = types.get(type)!.connection.safeParse(connection)
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

describe('partners: connections that are refused', () => {
  const url = 'https://partner.example/in'
  const rows: [string, string, unknown, RegExp][] = [
    ['webhook', 'a key that nobody knows', { url, methd: 'POST' }, /methd/],
    ['webhook', 'no address', {}, /^url/],
    ['webhook', 'http to another machine', { url: 'http://partner.example/in' }, /^url: an http URL: only https/],
    ['webhook', 'another scheme', { url: 'ftp://partner.example/in' }, /^url: not an https URL/],
    ['webhook', 'a password in the address', { url: 'https://a:b@partner.example/' }, /^url: .*password/],
    ['webhook', 'a fragment', { url: `${url}#x` }, /^url: .*fragment/],
    ['webhook', 'GET', { url, method: 'GET' }, /^method/],
    ['webhook', 'a header that would carry an address', { url, headers: { 'X-Forwarded-For': 'x' } }, /^headers/],
    ['webhook', 'Cookie', { url, headers: { cookie: 'x' } }, /^headers/],
    ['webhook', 'Sec-GPC, which Sluice sets itself', { url, headers: { 'sec-gpc': '1' } }, /^headers/],
    ['webhook', 'a header with a line break', { url, headers: { 'X-A': 'a\r\nX-B: b' } }, /^headers.X-A/],
    ['webhook', 'a header twice', { url, headers: { 'X-A': 'a', 'x-a': 'b' } }, /^headers: the same header twice/],
    [
      'webhook',
      'a secret in the clear',
      { url, signature: { header: 'X-S', key: 'hunter2' } },
      /^signature.key: a ref/,
    ],
    [
      'webhook',
      'a signature over a header of its own',
      { url, headers: { 'x-s': '1' }, signature: { header: 'X-S', key: KEY } },
      /^signature.header/,
    ],
    [
      'pixel',
      'a macro that nobody knows',
      { url: `${url}?c={contry}` },
      /^url: the macro \{contry\}.*mean \{country\}/,
    ],
    ['pixel', 'one that is nothing like any', { url: `${url}?c={zzzzzzzzzz}` }, /zzzzzzzzzz.*known\. Known: idfa, /],
    ['pixel', 'lat without a meaning', { url: `${url}?lat={lat}` }, /\{lat\}.*say lat: limit_ad_tracking or lat: lat/],
    ['pixel', 'adid without a meaning', { url: `${url}?a=__ADID__` }, /\{ADID\}.*say adid: advertising_id or adid: ad/],
    ['pixel', 'a macro in the host', { url: 'https://{country}.partner.example/' }, /^url: a macro in the host/],
    ['pixel', 'a macro for the whole host', { url: 'https://[IFA]/pb' }, /^url: a macro in the host/],
    ['pixel', 'http to another machine', { url: 'http://partner.example/pb' }, /only https/],
    ['pixel', 'a password in the address', { url: 'https://a:b@partner.example/' }, /password/],
    ['pixel', 'a bracket that is not closed', { url: `${url}?a={idfa` }, /cannot hold/],
    ['pixel', 'a space', { url: `${url}?a=b c` }, /cannot hold/],
    ['pixel', 'a name with a hyphen', { url: `${url}?a={click-id}` }, /cannot hold/],
    ['pixel', 'a fragment', { url: `${url}#top` }, /cannot hold/],
    ['pixel', 'a percent sign that encodes nothing', { url: `${url}?a=100%` }, /cannot hold/],
    ['pixel', 'a secret that is not listed', { url: `${url}?k={secret:token}` }, /secret:token.*not under secrets/],
    [
      'pixel',
      'a secret that is not used',
      { url: `${url}?lat={is_lat}`, secrets: { token: KEY } },
      /no \{secret:token\}/,
    ],
    [
      'pixel',
      'counting once without an id',
      { url: `${url}?a={idfa}`, idempotent: true },
      /^idempotent: .*transaction_id/,
    ],
    [
      'appsflyer',
      'an iOS number without id',
      { app_id: '1234567890', key: KEY },
      /^app_id: digits alone.*starts with id/,
    ],
    ['appsflyer', 'something else', { app_id: 'my app', key: KEY }, /^app_id: neither/],
    ['appsflyer', 'a path in the app', { app_id: 'com.example/../x', key: KEY }, /^app_id: neither/],
    ['appsflyer', 'no key', { app_id: 'id1234567890' }, /^key/],
    ['appsflyer', 'a key in the clear', { app_id: 'id1234567890', key: 'abc' }, /^key: a reference/],
    [
      'appsflyer',
      'another host',
      { app_id: 'id1234567890', key: KEY, origin: 'https://evil.example' },
      /^origin: not one/,
    ],
    ['appsflyer', 'plain http', { app_id: 'id1234567890', key: KEY, origin: 'http://api3.appsflyer.com' }, /^origin/],
    [
      'appsflyer',
      'a path on its host',
      { app_id: 'id1234567890', key: KEY, origin: 'https://api3.appsflyer.com/x' },
      /^origin/,
    ],
    ['openrtb26', 'no impression', { url, imp: [] }, /^imp/],
    [
      'openrtb26',
      'plain http to a bidder',
      { url: 'http://bidder.example/bid', imp: [{ id: '1' }] },
      /^url: an http URL/,
    ],
    [
      'openrtb26',
      'an extended id that no event can hold',
      { url, imp: [{ id: '1' }], eids: { ssn: 'x.example' } },
      /^eids/,
    ],
    ['openrtb26', 'a key of the standard that is not set here', { url, imp: [{ id: '1', pmp: {} }] }, /pmp/],
    ['adjust', 'no app token', {}, /^app_token/],
    ['adjust', 'a token with a path in it', { app_token: '../x' }, /^app_token/],
    ['adjust', 'a secret in the clear', { app_token: 'abc', security_token: 'hunter2' }, /^security_token: a ref/],
    ['adjust', 'another host', { app_token: 'abc', origin: 'https://adjust.example' }, /^origin: not one/],
    ['branch', 'a key in the clear', { key: 'key_live_hunter2' }, /^key: a reference/],
    ['branch', 'another host', { key: KEY, origin: 'https://api2.branch.example' }, /^origin: not one/],
    ['kochava', 'no app', {}, /^app_guid/],
    ['kochava', 'a source of the install id that nobody knows', { app_guid: 'x', device_id: 'imei' }, /^device_id/],
    ['singular', 'no key', {}, /^key/],
    ['singular', 'use_ip, which would name the gateway for the person', { key: KEY, use_ip: true }, /use_ip/],
    ['meta_capi', 'a version without v', { dataset: '1', token: KEY, version: '25.0' }, /^version/],
    ['meta_capi', 'a dataset with a path in it', { dataset: '1/../2', token: KEY }, /^dataset/],
    ['meta_capi', 'a token in the clear', { dataset: '1', token: 'hunter2' }, /^token: a reference/],
    ['meta_app_events', 'no app', { token: KEY }, /^app_id/],
    [
      'tiktok_events',
      'more than a request may hold',
      { event_source_id: '7', token: KEY, max_batch: 1001 },
      /^max_batch/,
    ],
    ['tiktok_events', 'another source', { event_source_id: '7', token: KEY, event_source: 'crm' }, /^event_source/],
    [
      'snapchat_capi',
      'a word for limited use that nobody uses',
      { id: 'x', token: KEY, limited_use: 'LIMITED' },
      /^limited_use/,
    ],
    ['google_ads_app', 'no version of the app', { dev_token: KEY, link_id: 'L' }, /^app_version/],
    [
      'google_ads_app',
      'a link id that would end the query',
      { dev_token: KEY, link_id: 'a&b', app_version: '1' },
      /^link_id/,
    ],
    [
      'google_ads_app',
      'a product that would break the header',
      { dev_token: KEY, link_id: 'L', app_version: '1', product: 'a(b)/1' },
      /^product/,
    ],
    ['pinterest_capi', 'no token', { ad_account: '5' }, /^token/],
    ['reddit_capi', 'another version', { pixel: 't2', token: KEY, version: 'v1' }, /^version/],
    ['reddit_capi', 'another host', { pixel: 't2', token: KEY, origin: 'https://reddit.example' }, /^origin: not one/],
  ]
  for (const [type, what, connection, message] of rows) {
    test(`${type}: ${what}`, () => {
      const issues = issuesOf(type, connection)
      ok(
        issues.some((issue) => message.test(issue)),
        `found only: ${JSON.stringify(issues)}`,
      )
      ok(!JSON.stringify(issues).includes('hunter2'))
      throws(() => types.get(type)!.encoder(connection as Connection))
    })
  }
  test('all that is wrong with a template is said at once', () => {
    equal(issuesOf('pixel', { url: 'https://partner.example/?a={lat}&b={idffa}&c={secret:x}' }).length, 3)
  })
})

describe('partners: connections that are taken', () => {
  const rows: [string, string, unknown][] = [
    ['webhook', 'http to this machine', { url: 'http://127.0.0.1:9101/in' }],
    ['webhook', 'a v6 loopback', { url: 'http://[::1]:9101/in' }],
    ['webhook', 'a secret header', { url: 'https://p.example/', headers: { 'X-Key': { file: '/run/secrets/key' } } }],
    ['pixel', 'an encoded bracket', { url: 'https://p.example/pb?a=%7Bidfa%7D&b={idfa}' }],
    ['pixel', 'http to this machine', { url: 'http://localhost:9102/pb?t={transaction_id}', idempotent: true }],
    ['appsflyer', 'an Android app outside the store', { app_id: 'com.example.app-channel', key: KEY }],
    ['appsflyer', 'this machine', { app_id: 'id1234567890', key: KEY, origin: 'http://127.0.0.1:9103' }],
  ]
  for (const [type, what, connection] of rows) {
    test(`${type}: ${what}`, () => deepEqual(issuesOf(type, connection), []))
  }

  test('what an envelope holds and whether a receiver counts an item once', () => {
    const webhook = types.get('webhook')!
    const url = 'https://p.example/in'
    deepEqual(webhook.envelopeLimits({ url }), { maxItems: 1, maxBytes: 500_000 })
    deepEqual(webhook.envelopeLimits({ url, batch: true }), { maxItems: 500, maxBytes: 500_000 })
    equal(webhook.deduplicates({ url }), false)
    equal(webhook.deduplicates({ url, idempotent: true }), true)
    equal(types.get('appsflyer')!.deduplicates({ app_id: 'id1234567890', key: KEY }), false)
    throws(() => webhook.encoder({ url }).envelope(['{}', '{}']), RangeError)
  })
})
