/** Every answer of the data plane: what official SDKs are told, so that they drop or retry rightly. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import supertest from 'supertest'
import type { AppendRequest, AppendResult } from '../../src/intake/ports.ts'
import { ERROR_CODES, type ErrorCode, GatewayError } from '../../src/model/errors.ts'
import { RETIRED_KEY, WRITE_KEY } from '../support/config-folder.ts'
import { type DataPlane, startDataPlane } from '../support/data-plane.ts'

const basic = (key: string, colon = ':'): string => `Basic ${Buffer.from(`${key}${colon}`).toString('base64')}`
const event = (part: object = {}): object => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'u-1',
  messageId: crypto.randomUUID(),
  ...part,
})

describe('answers of the events API', () => {
  let plane: DataPlane
  let server: Server
  before(async () => {
    plane = await startDataPlane()
    server = plane.server
  })
  after(() => plane.close())
  const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    supertest(server)
      .post(path)
      .set({ authorization: basic(WRITE_KEY), 'content-type': 'application/json', ...headers })
      .send(typeof body === 'string' ? body : JSON.stringify(body))
  const refused = async (answer: supertest.Test, code: ErrorCode): Promise<supertest.Response> => {
    const response = await answer
    equal(response.body.code, code)
    equal(response.status, ERROR_CODES[code].status)
    equal(response.headers['retry-after'] !== undefined, ERROR_CODES[code].retry)
    equal(response.body.success, false)
    return response
  }
  const isRefused = (call: () => supertest.Test, code: ErrorCode) => async (): Promise<void> => {
    await refused(call(), code)
  }

  describe('what is accepted', () => {
    for (const kind of ['track', 'identify', 'page', 'screen', 'group', 'alias']) {
      test(`/v1/${kind} takes one event and gives it its type`, async () => {
        const response = await post(`/v1/${kind}`, {
          userId: 'u-1',
          event: 'Order Completed',
          messageId: crypto.randomUUID(),
        })
        deepEqual([response.status, response.body], [200, { success: true }])
        equal(plane.kept.at(-1)?.event.kind, kind)
      })
    }
    test('an event with a placeholder beside a real id is taken for the real one, and says what was left out', async () => {
      const response = await post('/v1/batch', { batch: [event({ anonymousId: 'a-1', userId: 'null' }), event()] })
      deepEqual([response.status, response.body], [200, { success: true, left_out: [{ index: 0, kinds: ['user'] }] }])
      deepEqual(plane.kept.at(-2)?.event.identityKeys, ['anonymous:a-1'])
    })

    test('an event that has nothing but placeholders is refused', async () => {
      const response = await refused(post('/v1/track', event({ userId: '{{user_id}}' })), 'ERR_EVENTS_ALL_BAD')
      deepEqual(response.body.rejected, [{ index: 0, code: 'EVENT_NO_ID' }])
    })

    for (const path of ['/v1/batch', '/v1/b', '/v1/import']) {
      test(`${path} takes a batch`, async () => {
        const response = await post(path, { batch: [event(), event()] })
        deepEqual([response.status, response.body], [200, { success: true }])
      })
    }
    test('the write key in the body alone, as the mobile SDKs send it', async () => {
      const response = await supertest(server)
        .post('/v1/b')
        .set('content-type', 'application/json; charset=utf-8')
        .send(JSON.stringify({ writeKey: WRITE_KEY, batch: [event()] }))
      equal(response.status, 200)
    })
    test('Basic auth without the colon, which works with the original only by accident', async () => {
      equal((await post('/v1/batch', { batch: [event()] }, { authorization: basic(WRITE_KEY, '') })).status, 200)
    })
    test('text/plain, gzip and chunked, as the Kotlin SDK sends it', async () => {
      const body = gzipSync(JSON.stringify({ writeKey: WRITE_KEY, batch: [event()] }))
      const request = supertest(server)
        .post('/v1/b')
        .set({ 'content-type': 'text/plain', 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' })
      request.write(body)
      equal((await request).status, 200)
    })
    describe('a target that only Express understands is answered as the plain one', () => {
      const sent: Readonly<Record<string, readonly [body: () => unknown, headers?: Record<string, string>]>> = {
        'a good batch': [() => ({ batch: [event()] })],
        'a key in the query alone': [() => ({ batch: [event()] }), { authorization: '' }],
        'no JSON': [() => '{"batch":'],
        'another type': [() => '', { 'content-type': 'text/xml' }],
        'a body too large': [() => 'x'.repeat(600_000)],
        'nothing of it good': [() => ({ batch: [7] })],
      }
      const answered = async (path: string, [body, headers]: (typeof sent)[string]) => {
        const response = await post(path, body(), headers)
        const { date: _, ...rest } = response.headers
        return { status: response.status, text: response.text, headers: rest }
      }
      for (const [what, one] of Object.entries(sent))
        test(what, async () => {
          const query = `writeKey=${WRITE_KEY}`
          const plain = await answered(`/v1/batch?${query}`, one)
          equal(plain.headers['access-control-allow-origin'], '*')
          for (const path of ['/V1/Batch', '/v1/BATCH/']) deepEqual(await answered(`${path}?${query}`, one), plain)
        })
    })
    test('X-Retry-Count changes nothing', async () => {
      equal((await post('/v1/batch', { batch: [event()] }, { 'x-retry-count': '3' })).status, 200)
    })
    test('a batch with some good events names the others', async () => {
      const response = await post('/v1/batch', {
        batch: [
          event(),
          { type: 'track', event: 'x' },
          event(),
          7,
          { ...event(), type: 'noise' },
          { type: 'track', userId: 'u' },
          event({ messageId: 'm'.repeat(101) }),
        ],
      })
      equal(response.status, 200)
      deepEqual(response.body.rejected, [
        { index: 1, code: 'EVENT_NO_ID' },
        { index: 3, code: 'EVENT_NOT_OBJECT' },
        { index: 4, code: 'EVENT_TYPE_UNKNOWN' },
        { index: 5, code: 'EVENT_NAME_MISSING' },
        { index: 6, code: 'EVENT_MESSAGE_ID' },
      ])
    })
    test('an event over 32 KB is refused and its batch is not', async () => {
      const response = await post('/v1/batch', {
        batch: [event(), event({ properties: { long: 'x'.repeat(33_000) } })],
      })
      deepEqual([response.status, response.body.rejected], [200, [{ index: 1, code: 'EVENT_TOO_LARGE' }]])
    })
    for (const [what, deep] of [
      ['lists', '['.repeat(20_000) + ']'.repeat(20_000)],
      ['objects', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ] as const) {
      test(`an event of ${what} too deep in one another is refused and its batch is not`, async () => {
        const good = JSON.stringify(event())
        const bad = JSON.stringify(event({ properties: { x: 0 } })).replace('"x":0', `"x":${deep}`)
        const response = await post('/v1/batch', `{"batch":[${good},${bad}]}`)
        const rejected = [{ index: 1, code: deep.length > 32_768 ? 'EVENT_TOO_LARGE' : 'EVENT_TOO_DEEP' }]
        deepEqual([response.status, response.body.rejected], [200, rejected])
        const alone = await post('/v1/track', bad)
        deepEqual([alone.status, alone.body.rejected], [400, [{ ...rejected[0], index: 0 }]])
      })
    }
    test('an event of 250 lists in one another is taken', async () => {
      const x = JSON.parse('['.repeat(250) + ']'.repeat(250))
      deepEqual((await post('/v1/batch', { batch: [event({ properties: { x } })] })).body, { success: true })
    })
    test('what a batch shares counts towards each of its events, and once for each of them towards the request', async () => {
      const context = (texts: number): object => ({
        list: Array.from({ length: texts }, (_, index) => `text ${index}`),
      })
      const batch = Array.from({ length: 200 }, () => event())
      equal((await post('/v1/batch', { batch, context: context(1_000) })).status, 200)
      const tooMuch = await refused(
        post('/v1/batch', { batch: [event()], context: context(3_000) }),
        'ERR_EVENTS_ALL_BAD',
      )
      deepEqual(tooMuch.body.rejected, [{ index: 0, code: 'EVENT_TOO_LARGE' }])
      const many = Array.from({ length: 2_000 }, () => event())
      await refused(post('/v1/batch', { batch: many, context: context(1_000) }), 'ERR_BODY_TOO_LARGE')
    })
    test('the same messageId again is a success', async () => {
      const twice = event()
      await post('/v1/batch', { batch: [twice] })
      deepEqual((await post('/v1/batch', { batch: [twice] })).body, { success: true })
    })
    test('batch context is merged into each event, and the event’s own wins', async () => {
      await post('/v1/batch', {
        context: { device: { token: 't-batch' }, locale: 'de-DE' },
        batch: [event({ context: { locale: 'fr-FR' } })],
      })
      deepEqual(
        [plane.kept.at(-1)?.event.fields.push_token, plane.kept.at(-1)?.event.fields.locale],
        ['t-batch', 'fr-FR'],
      )
    })
    test('a restricting signal in the batch context counts though the event says otherwise', async () => {
      await post('/v1/batch', { context: { us_privacy: '1YYN' }, batch: [event({ context: { us_privacy: '1YNN' } })] })
      deepEqual(plane.kept.at(-1)?.event.signals.us_privacy, ['1YNN', '1YYN'])
    })
  })

  describe('what can never be accepted: 400', () => {
    test(
      'no JSON',
      isRefused(() => post('/v1/batch', '{"batch":['), 'ERR_BODY_NOT_JSON'),
    )
    test(
      'JSON that is no object',
      isRefused(() => post('/v1/batch', '[1]'), 'ERR_BODY_NOT_JSON'),
    )
    test(
      'no body',
      isRefused(() => post('/v1/batch', ''), 'ERR_BODY_NOT_JSON'),
    )
    test(
      'an empty batch',
      isRefused(() => post('/v1/batch', { batch: [] }), 'ERR_BATCH_EMPTY'),
    )
    test(
      'more than 2,500 events',
      isRefused(() => post('/v1/batch', { batch: Array.from({ length: 2_501 }, () => 1) }), 'ERR_BATCH_TOO_MANY'),
    )
    test('every event bad', async () => {
      const { body } = await refused(
        post('/v1/batch', { batch: [{ type: 'track', event: 'x' }] }),
        'ERR_EVENTS_ALL_BAD',
      )
      deepEqual(body.rejected, [{ index: 0, code: 'EVENT_NO_ID' }])
    })
    test(
      'a single event over 32 KB',
      isRefused(() => post('/v1/track', event({ properties: { long: 'x'.repeat(33_000) } })), 'ERR_EVENTS_ALL_BAD'),
    )
    test(
      'more than 500 KB',
      isRefused(() => post('/v1/batch', { batch: [event()], pad: 'x'.repeat(520_000) }), 'ERR_BODY_TOO_LARGE'),
    )
    test('more than 500 KB once inflated', async () => {
      const request = supertest(server)
        .post('/v1/batch')
        .set({ authorization: basic(WRITE_KEY), 'content-encoding': 'gzip', 'content-type': 'application/json' })
      request.write(gzipSync(JSON.stringify({ batch: [event()], pad: 'x'.repeat(520_000) })))
      await refused(request, 'ERR_BODY_TOO_LARGE')
    })
    test('gzip that is none', async () => {
      const request = supertest(server)
        .post('/v1/batch')
        .set({ authorization: basic(WRITE_KEY), 'content-encoding': 'gzip', 'content-type': 'application/json' })
      request.write(Buffer.from('not gzip at all'))
      await refused(request, 'ERR_BODY_ENCODING')
    })
    test(
      'an encoding nobody speaks',
      isRefused(() => post('/v1/batch', { batch: [event()] }, { 'content-encoding': 'snappy' }), 'ERR_BODY_ENCODING'),
    )
    test(
      'a type that is neither JSON nor text',
      isRefused(() => post('/v1/batch', 'a=b', { 'content-type': 'image/png' }), 'ERR_BODY_TYPE'),
    )
    test(
      'a form, whatever its type says',
      isRefused(
        () => post('/v1/batch', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
        'ERR_BODY_NOT_JSON',
      ),
    )
    test(
      'no write key',
      isRefused(
        () =>
          supertest(server)
            .post('/v1/batch')
            .set('content-type', 'application/json')
            .send(JSON.stringify({ batch: [event()] })),
        'ERR_KEY_MISSING',
      ),
    )
    test(
      'a retired write key',
      isRefused(
        () => post('/v1/batch', { batch: [event()] }, { authorization: basic(RETIRED_KEY) }),
        'ERR_KEY_RETIRED',
      ),
    )
  })

  describe('what may work later', () => {
    test('a write key unknown so far: 503, and 400 once its grace has ended', async () => {
      const unknown = { authorization: basic('mistyped-key') }
      await refused(post('/v1/batch', { batch: [event()] }, unknown), 'ERR_KEY_UNKNOWN')
      plane.clock.advance(plane.graceMs - 1)
      await refused(post('/v1/batch', { batch: [event()] }, unknown), 'ERR_KEY_UNKNOWN')
      plane.clock.advance(1)
      await refused(post('/v1/batch', { batch: [event()] }, unknown), 'ERR_KEY_UNKNOWN_EXPIRED')
    })
    test('an intake that cannot write: 503', async () => {
      plane.fail.append = new GatewayError('ERR_INTAKE_UNAVAILABLE')
      await refused(post('/v1/batch', { batch: [event()] }), 'ERR_INTAKE_UNAVAILABLE')
      plane.fail.append = undefined
    })
    test('a ledger that cannot write: 503', async () => {
      plane.fail.ledger = true
      await refused(post('/v1/batch', { batch: [event()] }), 'ERR_LEDGER_UNAVAILABLE')
      plane.fail.ledger = false
    })
    test('choices that cannot be kept: 503', async () => {
      plane.fail.observe = new GatewayError('ERR_CHOICES_UNAVAILABLE')
      await refused(post('/v1/batch', { batch: [event()] }), 'ERR_CHOICES_UNAVAILABLE')
      plane.fail.observe = undefined
    })
    test('a gateway that stops: 503', async () => {
      plane.fail.stopping = true
      await refused(post('/v1/batch', { batch: [event()] }), 'ERR_STOPPING')
      plane.fail.stopping = false
    })
    test('too much under way: 429 with Retry-After and X-RateLimit-Reset', async () => {
      const held: ((result: AppendResult) => void)[] = []
      plane.fail.hold = (_request: AppendRequest) => new Promise((resolve) => held.push(resolve))
      const waiting = Array.from({ length: plane.maxRequests }, () =>
        post('/v1/batch', { batch: [event()] }).then((response) => response.status),
      )
      while (held.length < plane.maxRequests) await new Promise((resolve) => setImmediate(resolve))
      const response = await refused(post('/v1/batch', { batch: [event()] }), 'ERR_PRESSURE')
      ok(Number(response.headers['x-ratelimit-reset']) > 0)
      plane.fail.hold = undefined
      for (const release of held) release(['accepted'])
      deepEqual(
        await Promise.all(waiting),
        waiting.map(() => 200),
      )
    })
    test('an error nobody foresaw: 500, and it says nothing of what was sent', async () => {
      plane.fail.append = new Error('secret value in a message')
      const { text } = await refused(post('/v1/batch', { batch: [event()] }), 'ERR_INTERNAL')
      ok(!text.includes('secret'))
      plane.fail.append = undefined
    })
  })

  describe('the rest of the data plane', () => {
    test(
      'an unknown path',
      isRefused(() => supertest(server).get('/v1/nothing'), 'ERR_NOT_FOUND'),
    )
    test(
      'a method that a path does not take',
      isRefused(() => supertest(server).get('/v1/batch'), 'ERR_METHOD'),
    )
    test('settings point the SDK back here and switch its backoff on', async () => {
      const { status, body } = await supertest(server)
        .get(`/v1/projects/${WRITE_KEY}/settings`)
        .set('host', 'sluice.example')
      deepEqual(
        [status, body.integrations['Segment.io'].apiKey, body.integrations['Segment.io'].apiHost],
        [200, WRITE_KEY, 'sluice.example/v1'],
      )
      deepEqual([body.httpConfig.rateLimitConfig.enabled, body.httpConfig.backoffConfig.enabled], [true, true])
    })
    test(
      'settings for an unknown key may come later',
      isRefused(() => supertest(server).get('/v1/projects/nobody/settings'), 'ERR_KEY_UNKNOWN'),
    )
    test('the GPC support resource', async () => {
      deepEqual((await supertest(server).get('/.well-known/gpc.json')).body, { gpc: true, lastUpdate: '2018-05-22' })
    })
    test('a browser may ask first', async () => {
      const response = await supertest(server).options('/v1/batch')
      deepEqual([response.status, response.headers['access-control-allow-origin']], [204, '*'])
    })
  })

  test('every error is counted under its code', () => {
    const seen: ErrorCode[] = [
      'ERR_BODY_NOT_JSON',
      'ERR_BATCH_EMPTY',
      'ERR_KEY_RETIRED',
      'ERR_KEY_UNKNOWN',
      'ERR_PRESSURE',
      'ERR_INTERNAL',
      'ERR_NOT_FOUND',
    ]
    for (const code of seen) ok((plane.errors.get(code) ?? 0) > 0, code)
  })
})
