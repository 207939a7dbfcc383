import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readRetryAfter, refused } from './answer.ts'
import { partnerTypes } from './registry.ts'
import type { PartnerAnswer } from './type.ts'

const answer = (status: number, body = '', headers: PartnerAnswer['headers'] = {}): PartnerAnswer => ({
  status,
  headers,
  body,
})
const date = 'Fri, 02 Jan 2026 03:04:05 GMT'

describe('partners: Retry-After', () => {
  const rows: [string, PartnerAnswer['headers'], number | undefined][] = [
    ['seconds', { 'retry-after': '120' }, 120_000],
    ['no pause at all', { 'retry-after': '0' }, 0],
    ['more than an hour is an hour', { 'retry-after': '86400' }, 3_600_000],
    ['a date, measured by the partner’s own clock', { 'retry-after': 'Fri, 02 Jan 2026 03:05:05 GMT', date }, 60_000],
    ['a date that has passed', { 'retry-after': 'Fri, 02 Jan 2026 03:00:00 GMT', date }, 0],
    ['a date next year is an hour', { 'retry-after': 'Fri, 01 Jan 2027 00:00:00 GMT', date }, 3_600_000],
    ['a date without the partner’s clock', { 'retry-after': 'Fri, 02 Jan 2026 03:05:05 GMT' }, undefined],
    ['a header sent twice: the first', { 'retry-after': ['5', '9'] }, 5_000],
    ['words', { 'retry-after': 'soon', date }, undefined],
    ['a negative number', { 'retry-after': '-5' }, undefined],
    ['nothing', {}, undefined],
  ]
  for (const [what, headers, expected] of rows) {
    test(what, () => equal(readRetryAfter(answer(503, '', headers)), expected))
  }
  test('is not read where a retry makes no sense', () => {
    deepEqual(refused(answer(400, '', { 'retry-after': '5' }), false), { kind: 'refused', status: 400, retry: false })
  })
})

describe('partners: what an answer means', () => {
  const types = partnerTypes()
  const rows: [string, PartnerAnswer, 'delivered' | 'again' | 'final'][] = [
    ['webhook', answer(200), 'delivered'],
    ['webhook', answer(204), 'delivered'],
    ['webhook', answer(301), 'final'],
    ['webhook', answer(400), 'final'],
    ['webhook', answer(401), 'final'],
    ['webhook', answer(408), 'again'],
    ['webhook', answer(410), 'final'],
    ['webhook', answer(425), 'again'],
    ['webhook', answer(429), 'again'],
    ['webhook', answer(500), 'again'],
    ['webhook', answer(503), 'again'],
    ['pixel', answer(200, 'GIF89a'), 'delivered'],
    ['pixel', answer(204), 'delivered'],
    ['pixel', answer(302), 'final'],
    ['pixel', answer(404), 'final'],
    ['pixel', answer(408), 'final'],
    ['pixel', answer(429), 'again'],
    ['pixel', answer(502), 'again'],
    ['appsflyer', answer(200, 'OK'), 'delivered'],
    ['appsflyer', answer(200, ' ok\n'), 'delivered'],
    ['appsflyer', answer(200, '"OK"'), 'delivered'],
    ['appsflyer', answer(200, ''), 'final'],
    ['appsflyer', answer(200, 'Failed to Authenticate'), 'final'],
    ['appsflyer', answer(200, 'not OK'), 'final'],
    ['appsflyer', answer(202, 'OK'), 'final'],
    ['appsflyer', answer(307), 'final'],
    ['appsflyer', answer(400, 'appsflyer_id is a mandatory field'), 'final'],
    ['appsflyer', answer(401), 'final'],
    ['appsflyer', answer(403), 'final'],
    ['appsflyer', answer(429), 'again'],
    ['appsflyer', answer(500), 'again'],
    ['openrtb26', answer(200, '{"id":"b1","seatbid":[]}'), 'delivered'],
    ['openrtb26', answer(204), 'delivered'],
    ['openrtb26', answer(400), 'final'],
    ['openrtb26', answer(429), 'final'],
    ['openrtb26', answer(503), 'final'],
    ['adjust', answer(200, '{"status":"OK"}'), 'delivered'],
    ['adjust', answer(200, 'not JSON'), 'delivered'],
    ['adjust', answer(200, '{"error":"Event request failed (Bad event state)"}'), 'final'],
    ['adjust', answer(400, '{"error":"Device not found"}'), 'final'],
    ['adjust', answer(401), 'final'],
    ['adjust', answer(429), 'again'],
    ['adjust', answer(500), 'again'],
    ['branch', answer(200, '{"branch_view_enabled":false}'), 'delivered'],
    ['branch', answer(400, '{"error":{"code":400}}'), 'final'],
    ['branch', answer(429), 'again'],
    ['branch', answer(502), 'again'],
    ['kochava', answer(200, '{"success":"1"}'), 'delivered'],
    ['kochava', answer(200, '{"success":1}'), 'delivered'],
    ['kochava', answer(200, '{"success":"0","error":"unknown app"}'), 'final'],
    ['kochava', answer(200, ''), 'final'],
    ['kochava', answer(404), 'final'],
    ['kochava', answer(503), 'again'],
    ['singular', answer(200, '{"status":"ok"}'), 'delivered'],
    ['singular', answer(200, ''), 'delivered'],
    ['singular', answer(200, '{"status":"error","reason":"no ip"}'), 'final'],
    ['singular', answer(302), 'final'],
    ['singular', answer(400), 'again'],
    ['singular', answer(500), 'again'],
    ['meta_capi', answer(200, '{"events_received":1,"messages":[]}'), 'delivered'],
    ['meta_capi', answer(200, '{"error":{"code":100}}'), 'final'],
    ['meta_capi', answer(400, '{"error":{"code":190,"message":"token"}}'), 'final'],
    ['meta_capi', answer(400, '{"error":{"code":100,"error_subcode":2804050}}'), 'final'],
    ['meta_capi', answer(400, '{"error":{"code":2}}'), 'again'],
    ['meta_capi', answer(400, '{"error":{"code":4}}'), 'again'],
    ['meta_capi', answer(400, '{"error":{"code":80003}}'), 'again'],
    ['meta_capi', answer(500, '{"error":{"code":1}}'), 'again'],
    ['meta_capi', answer(500, '{"error":{"code":190}}'), 'final'],
    ['meta_capi', answer(503, 'upstream'), 'again'],
    ['meta_capi', answer(404, 'nothing'), 'final'],
    ['meta_app_events', answer(200, '{"success":true}'), 'delivered'],
    ['meta_app_events', answer(400, '{"error":{"code":17}}'), 'again'],
    ['meta_app_events', answer(400, '{"error":{"code":200}}'), 'final'],
    ['tiktok_events', answer(200, '{"code":0,"message":"OK"}'), 'delivered'],
    ['tiktok_events', answer(200, '{"code":20001}'), 'delivered'],
    ['tiktok_events', answer(200, '{"code":40100}'), 'again'],
    ['tiktok_events', answer(200, '{"code":40001}'), 'final'],
    ['tiktok_events', answer(200, '{"code":40002}'), 'final'],
    ['tiktok_events', answer(200, '{"code":50000}'), 'again'],
    ['tiktok_events', answer(200, 'OK'), 'final'],
    ['tiktok_events', answer(429), 'again'],
    ['tiktok_events', answer(500), 'again'],
    ['tiktok_events', answer(404), 'final'],
    ['snapchat_capi', answer(200, '{"status":"SUCCESS"}'), 'delivered'],
    ['snapchat_capi', answer(200, '{"status":"VALID","reason":"x"}'), 'delivered'],
    ['snapchat_capi', answer(200, '{"status":"INVALID","reason":"x"}'), 'final'],
    ['snapchat_capi', answer(400, '{"status":"INVALID"}'), 'final'],
    ['snapchat_capi', answer(429), 'again'],
    ['snapchat_capi', answer(500), 'again'],
    ['google_ads_app', answer(200, '{"attributed":false,"errors":[]}'), 'delivered'],
    ['google_ads_app', answer(200, '{"attributed":false,"errors":["missing dev_token"]}'), 'final'],
    ['google_ads_app', answer(403), 'final'],
    ['google_ads_app', answer(429), 'again'],
    ['google_ads_app', answer(503), 'again'],
    ['pinterest_capi', answer(200, '{"num_events_received":2,"num_events_processed":2}'), 'delivered'],
    ['pinterest_capi', answer(200, '{"num_events_received":2,"num_events_processed":1}'), 'delivered'],
    ['pinterest_capi', answer(200, '{"num_events_received":2,"num_events_processed":0}'), 'final'],
    ['pinterest_capi', answer(422), 'final'],
    ['pinterest_capi', answer(429), 'again'],
    ['pinterest_capi', answer(503), 'again'],
    ['reddit_capi', answer(200, '{"data":{"message":"Successfully processed 1 conversion events."}}'), 'delivered'],
    ['reddit_capi', answer(400), 'final'],
    ['reddit_capi', answer(401), 'final'],
    ['reddit_capi', answer(403), 'final'],
    ['reddit_capi', answer(429), 'again'],
    ['reddit_capi', answer(500), 'again'],
  ]
  const connections = {
    webhook: { url: 'https://partner.example/in' },
    pixel: { url: 'https://partner.example/pb?lat={is_lat}' },
    appsflyer: { app_id: 'id1234567890', key: { env: 'KEY' } },
    openrtb26: { url: 'https://bidder.example/bid', imp: [{ id: '1' }] },
    adjust: { app_token: 'abc123def456' },
    branch: { key: { env: 'KEY' } },
    kochava: { app_guid: 'ko-app' },
    singular: { key: { env: 'KEY' } },
    meta_capi: { dataset: '123', token: { env: 'KEY' } },
    meta_app_events: { app_id: '123' },
    tiktok_events: { event_source_id: '7', token: { env: 'KEY' } },
    snapchat_capi: { id: 'snap', token: { env: 'KEY' } },
    google_ads_app: { dev_token: { env: 'KEY' }, link_id: 'L', app_version: '1.0' },
    pinterest_capi: { ad_account: '5', token: { env: 'KEY' } },
    reddit_capi: { pixel: 't2', token: { env: 'KEY' } },
  }
  test('every type is asked', () => {
    deepEqual([...new Set(rows.map(([type]) => type))].sort(), [...types.keys()].sort())
  })
  for (const [type, given, meaning] of rows) {
    test(`${type}: ${given.status} ${JSON.stringify(given.body)} is ${meaning}`, () => {
      const encoder = types.get(type)!.encoder(connections[type as keyof typeof connections])
      deepEqual(
        encoder.respond(given),
        meaning === 'delivered'
          ? { kind: 'delivered', status: given.status }
          : { kind: 'refused', status: given.status, retry: meaning === 'again' },
      )
    })
  }
  test('a pause asked for is kept', () => {
    const encoder = types.get('webhook')!.encoder(connections.webhook)
    deepEqual(encoder.respond(answer(429, '', { 'retry-after': '7' })), {
      kind: 'refused',
      status: 429,
      retry: true,
      retryAfterMs: 7_000,
    })
  })
})
