import { deepEqual, equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
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

/** One answer that a partner documents, or gives. */
interface AnswerRow {
  readonly status: number
  readonly body?: string
  readonly means: 'delivered' | 'again' | 'final'
}

describe('partners: what an answer means', () => {
  const types = partnerTypes()
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
  for (const type of types.values()) {
    const file = join(import.meta.dirname, type.type, 'cases', 'answers.json')
    const rows = JSON.parse(readFileSync(file, 'utf8')) as readonly AnswerRow[]
    test(`${type.type}: success, refusal and a limit are among the answers`, () => {
      const meanings = new Set(rows.map(({ means }) => means))
      deepEqual(
        [meanings.has('delivered'), meanings.has('final'), rows.some(({ status }) => status === 429)],
        [true, true, true],
      )
    })
    for (const { status, body = '', means } of rows)
      test(`${type.type}: ${status} ${JSON.stringify(body)} is ${means}`, () => {
        const encoder = type.encoder(connections[type.type as keyof typeof connections])
        deepEqual(
          encoder.respond(answer(status, body)),
          means === 'delivered' ? { kind: 'delivered', status } : { kind: 'refused', status, retry: means === 'again' },
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
