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
  ]
  const connections = {
    webhook: { url: 'https://partner.example/in' },
    pixel: { url: 'https://partner.example/pb?lat={is_lat}' },
    appsflyer: { app_id: 'id1234567890', key: { env: 'KEY' } },
  }
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
