import { deepEqual, equal } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { partnerTypes } from '../registry.ts'
import { webhook } from '../webhook/index.ts'
import { readRetryAfter, refused } from './answer.ts'
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
  for (const type of types.values()) {
    const file = join(import.meta.dirname, '..', type.type, 'cases', 'answers.json')
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
        const encoder = type.encoder(type.sample.connection)
        deepEqual(
          encoder.respond(answer(status, body)),
          means === 'delivered' ? { kind: 'delivered', status } : { kind: 'refused', status, retry: means === 'again' },
        )
      })
  }
  for (const type of types.values()) {
    const { respond } = type.encoder(type.sample.connection)
    test(`${type.type}: statuses that speak of the moment may be tried again, others are final`, () => {
      const retries = (statuses: readonly number[]) =>
        statuses.filter((status) => {
          const outcome = respond(answer(status))
          return outcome.kind === 'refused' && outcome.retry
        })
      deepEqual(retries([408, 425, 429, 500, 502, 503, 504, 529]), [408, 425, 429, 500, 502, 503, 504, 529])
      // "200 if the call is successful, any other code means you should retry": Singular's own page.
      const final = type.type === 'singular' ? [301, 302, 307] : [301, 302, 307, 400, 401, 403, 404, 410, 413, 422]
      deepEqual(retries(final), [])
    })
    test(`${type.type}: a 2xx whose body cannot be read is never refused, and is done only where the body says nothing`, () => {
      const rows = JSON.parse(
        readFileSync(join(import.meta.dirname, '..', type.type, 'cases', 'answers.json'), 'utf8'),
      ) as readonly AnswerRow[]
      const readsBody = rows.some(({ status, means }) => status >= 200 && status <= 299 && means !== 'delivered')
      for (const body of ['', '{"status":"err', 'OK'])
        deepEqual(
          respond({ ...answer(200, body), incomplete: true }),
          readsBody ? { kind: 'unknown_after_write', code: 'ANSWER_UNREADABLE' } : { kind: 'delivered', status: 200 },
        )
    })
  }
  test('a pause asked for is kept', () => {
    const encoder = webhook.encoder(webhook.sample.connection)
    deepEqual(encoder.respond(answer(429, '', { 'retry-after': '7' })), {
      kind: 'refused',
      status: 429,
      retry: true,
      retryAfterMs: 7_000,
    })
  })
})
