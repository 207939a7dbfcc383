/** What senders write, at every door of the data plane: read exactly, or refused for the one event that cannot be. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Server } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import supertest from 'supertest'
import { EVENT_PATHS } from '../../src/ingress/routes.ts'
import { WRITE_KEY } from '../support/config-folder.ts'
import { type DataPlane, startDataPlane } from '../support/data-plane.ts'

const AUTHORIZATION = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`

let plane: DataPlane
let server: Server
before(async () => {
  plane = await startDataPlane({ order_id: 'order_id' })
  server = plane.server
})
after(() => plane.close())

const call = (
  method: 'post' | 'put',
  path: string,
  body: Buffer | string,
  headers: Readonly<Record<string, string>> = {},
) =>
  supertest(server)
    [method](path)
    .set({ authorization: AUTHORIZATION, 'content-type': 'application/json', ...headers })
    .serialize((given) => given)
    .send(body)
const track = (members: string): string => `{"type":"track","event":"Order Completed",${members}}`
/** Sends one event as it is written. */
const send = (members: string) => call('post', '/v1/batch', `{"batch":[${track(members)}]}`)
const last = () => plane.kept.at(-1)!.event

describe('an id as it is written', () => {
  const read: [string, string[]][] = [
    ['"userId":4711', ['user:4711']],
    ['"userId":9007199254740993', ['user:9007199254740993']],
    ['"userId":18446744073709551615', ['user:18446744073709551615']],
    ['"anonymousId":9223372036854775807', ['anonymous:9223372036854775807']],
    [
      '"userId":"u","context":{"device":{"id":9007199254740993,"advertisingId":9007199254740995}}',
      ['user:u', 'vendor_id:9007199254740993', 'advertising_id:9007199254740995'],
    ],
    ['"userId":"J\\u00f6rg"', ['user:Jörg']],
    ['"userId":"\\ud83d\\ude00"', ['user:😀']],
    ['"userId":null,"anonymousId":"a"', ['anonymous:a']],
    ['"userId":[],"anonymousId":"a","context":{"device":{"id":{}}}', ['anonymous:a']],
    ['"userId":false,"anonymousId":"a"', ['anonymous:a']],
  ]
  for (const [members, identities] of read) {
    test(`${members} is read`, async () => {
      equal((await send(members)).status, 200)
      deepEqual(last().identityKeys, identities)
    })
  }
  test('an alias names both as they are written', async () => {
    const event = '{"type":"alias","userId":9007199254740993,"previousId":9007199254740995}'
    equal((await call('post', '/v1/batch', `{"batch":[${event}]}`)).status, 200)
    ok(last().identityKeys.includes('user:9007199254740995' as never))
  })
  test('the field is the same text as the identity', async () => {
    await send('"userId":9007199254740993,"anonymousId":9007199254740995')
    deepEqual([last().fields.user_id, last().fields.anonymous_id], ['9007199254740993', '9007199254740995'])
  })

  const unreadable: [string, string][] = [
    ['"userId":1e400', 'beyond a number'],
    ['"userId":{"$oid":"507f1f77bcf86cd799439011"},"anonymousId":"a"', 'an object'],
    ['"userId":["u-1"],"anonymousId":"a"', 'a list'],
    ['"userId":-1e-400', 'too small for one'],
    ['"userId":"u\\ud83d"', 'half an emoji'],
    ['"userId":"\\ude00u","anonymousId":"a"', 'the other half, beside an id that is well'],
    ['"userId":"u","context":{"device":{"id":"d\\udfff"}}', 'a device’s'],
    [`"userId":"u","anonymousId":"${'a'.repeat(513)}"`, 'longer than an id may be'],
  ]
  for (const [members, what] of unreadable) {
    test(`${what}: that event is refused, and its neighbours are not`, async () => {
      const before = plane.kept.length
      const good = track('"userId":"neighbour"')
      const { status, body } = await call('post', '/v1/batch', `{"batch":[${good},${track(members)},${good}]}`)
      deepEqual([status, body.rejected], [200, [{ index: 1, code: 'EVENT_ID_UNREADABLE' }]])
      equal(plane.kept.length - before, 2)
    })
  }

  test('bytes that are no UTF-8 refuse the event whose id they are in, and no other', async () => {
    const text = `{"batch":[${track('"userId":"J\xf6rg"')},${track('"userId":"ann"')}]}`
    const { status, body } = await call('post', '/v1/batch', Buffer.from(text, 'latin1'))
    deepEqual([status, body.rejected], [200, [{ index: 0, code: 'EVENT_ID_UNREADABLE' }]])
    deepEqual(last().identityKeys, ['user:ann'])
  })
  for (const charset of ['iso-8859-1', 'ISO-8859-15', '"windows-1252"']) {
    test(`what says that it is ${charset} is read as that`, async () => {
      const body = Buffer.from(`{"batch":[${track('"userId":"J\xf6rg"')}]}`, 'latin1')
      const { status } = await call('post', '/v1/batch', body, {
        'content-type': `application/json; charset=${charset}`,
      })
      deepEqual([status, last().identityKeys], [200, ['user:Jörg']])
    })
  }
  test('a charset that nobody knows is refused', async () => {
    const { status, body } = await call('post', '/v1/batch', '{}', {
      'content-type': 'application/json; charset=utf-7',
    })
    deepEqual([status, body.code], [400, 'ERR_BODY_CHARSET'])
  })
  test('a byte order mark is no part of the body, compressed or not', async () => {
    const body = Buffer.from(`\uFEFF{"batch":[${track('"userId":"bom"')}]}`)
    equal((await call('post', '/v1/batch', body)).status, 200)
    for (const coding of ['gzip', 'x-gzip', 'X-GZIP']) {
      equal((await call('post', '/v1/batch', gzipSync(body), { 'content-encoding': coding })).status, 200, coding)
      deepEqual(last().identityKeys, ['user:bom'])
    }
  })
})

describe('a property as it is written', () => {
  const rows: [string, unknown][] = [
    ['9007199254740993', '9007199254740993'],
    ['[1,9007199254740993]', [1, '9007199254740993']],
    ['1e400', undefined],
    ['[1e400,2]', [2]],
    ['19.99', 19.99],
    ['"cut \\ud83d"', 'cut \uFFFD'],
    ['4711', 4711],
  ]
  for (const [written, value] of rows) {
    test(`${written} is kept as ${JSON.stringify(value)}`, async () => {
      equal((await send(`"userId":"u","properties":{"order_id":${written}}`)).status, 200)
      deepEqual(last().fields.property?.order_id, value)
    })
  }
})

describe('an address as it is written', () => {
  const rows: [string, string][] = [
    ['203.0.113.7', '203.0.113.7'],
    ['203.0.113.7:51234', '203.0.113.7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['unknown', '127.0.0.1'],
  ]
  for (const [written, ip] of rows) {
    test(`${written} in an event is ${ip}`, async () => {
      equal((await send(`"userId":"u","context":{"ip":"${written}"}`)).status, 200)
      equal(last().fields.ip?.replace('::ffff:', ''), ip)
    })
  }
})

describe('a message id in a form that means none', () => {
  for (const written of ['null', '"cut \\ud83d"', '""', '"  "', '[]', '{}', 'false', '1e400']) {
    test(`${written}: the event is taken, and has no id to be told from others by`, async () => {
      const before = plane.kept.length
      equal((await send(`"userId":"u","messageId":${written}`)).status, 200)
      equal((await send(`"userId":"u","messageId":${written}`)).status, 200)
      equal(plane.kept.length - before, 2)
      deepEqual([plane.kept.at(-1)!.dedupeKey, last().fields.message_id], [undefined, undefined])
    })
  }
  test('a number is its digits, and counts once', async () => {
    const before = plane.kept.length
    for (let times = 0; times < 2; times++) equal((await send('"userId":"u","messageId":9007199254740993')).status, 200)
    equal(plane.kept.length - before, 1)
  })
  test('one that is too long is a fault', async () => {
    deepEqual((await send(`"userId":"u","messageId":"${'m'.repeat(101)}"`)).body.rejected, [
      { index: 0, code: 'EVENT_MESSAGE_ID' },
    ])
  })
})

describe('an opt-out', () => {
  const put = (identities: string | Buffer, type = 'application/json') =>
    call(
      'put',
      '/v1/me/choices',
      Buffer.concat([Buffer.from('{"identities":'), Buffer.from(identities), Buffer.from(',"opt_out":true}')]),
      {
        'content-type': type,
      },
    )
  const read: [string, string[]][] = [
    ['{"user":9007199254740993}', ['user:9007199254740993']],
    ['{"user":4711}', ['user:4711']],
    ['{"user":"9007199254740993"}', ['user:9007199254740993']],
    ['{"user":"J\\u00f6rg","vendor_id":"v"}', ['user:Jörg', 'vendor_id:v']],
  ]
  for (const [identities, keys] of read) {
    test(`of ${identities} is stored for them`, async () => {
      equal((await put(identities)).status, 200)
      deepEqual(plane.stated.at(-1), keys)
    })
  }
  const latin1 = Buffer.from('{"user":"J\xf6rg"}', 'latin1')
  test('in another charset is read in it, and in UTF-16 by its mark', async () => {
    equal((await put(latin1, 'application/json; charset=iso-8859-1')).status, 200)
    deepEqual(plane.stated.at(-1), ['user:Jörg'])
    const wide = Buffer.from('\uFEFF{"identities":{"user":"Jörg"},"opt_out":true}', 'utf16le')
    equal((await call('put', '/v1/me/choices', wide)).status, 200)
    deepEqual(plane.stated.at(-1), ['user:Jörg'])
  })
  const refused: [string, string | Buffer][] = [
    ['bytes that are no UTF-8', latin1],
    ['half an emoji', '{"user":"u\\ud83d"}'],
    ['a number beyond numbers', '{"user":1e400}'],
    ['one good and one spoilt', '{"anonymous":"a","user":"u\\ud83d"}'],
    ['a switch', '{"user":true}'],
  ]
  for (const [what, identities] of refused) {
    test(`of ${what} is refused, and nothing is stored`, async () => {
      const before = plane.stated.length
      const { status, body } = await put(identities)
      deepEqual([status, body.code, plane.stated.length], [422, 'ERR_IDENTITY_INVALID', before])
    })
  }
})

describe('what a refused event says of its person', () => {
  const GPC = { 'sec-gpc': '1' }
  const deep = `${'['.repeat(300)}${']'.repeat(300)}`
  const large = 'x'.repeat(40_000)
  const rows: [string, string, string[]][] = [
    ['without a name', '"type":"track","userId":"u"', ['user:u']],
    ['without a type', '"userId":"u","event":"E"', ['user:u']],
    ['of no known type', '"type":"purchase","userId":"u"', ['user:u']],
    ['without an id of its own', '"type":"track","event":"E","context":{"device":{"id":"v"}}', ['vendor_id:v']],
    [
      'with a message id too long',
      `"type":"track","event":"E","userId":"u","messageId":"${'m'.repeat(101)}"`,
      ['user:u'],
    ],
    ['too large', `"type":"track","event":"E","userId":"u","properties":{"x":"${large}"}`, ['user:u']],
    ['too deep', `"type":"track","event":"E","userId":"u","properties":{"x":${deep}}`, ['user:u']],
    [
      'with one id that cannot be read',
      '"type":"track","event":"E","userId":"u\\ud83d","anonymousId":"a"',
      ['anonymous:a'],
    ],
  ]
  for (const [what, members, identities] of rows) {
    test(`${what} is remembered, and lifts nothing`, async () => {
      plane.observed.length = 0
      equal((await call('post', '/v1/batch', `{"batch":[{${members}}]}`, GPC)).status, 400)
      deepEqual(
        plane.observed.map((one) => [one.identities, one.restricting.map(({ signal }) => signal), one.lifting]),
        [[identities, ['gpc'], []]],
      )
    })
  }
  test('the event’s own words count as the header does', async () => {
    plane.observed.length = 0
    const context = '{"us_privacy":"1YYN","device":{"id":"v","adTrackingEnabled":false}}'
    equal((await call('post', '/v1/batch', `{"batch":[{"userId":"u","context":${context}}]}`)).status, 400)
    const [only] = plane.observed
    deepEqual(only?.restricting.map(({ signal }) => signal).toSorted(), ['lmt', 'us_privacy'])
    deepEqual([only?.identities, only?.device], [['user:u', 'vendor_id:v'], 'vendor_id:v'])
  })
  test('a batch with too many events is refused, and its people are heard', async () => {
    plane.observed.length = 0
    const events = Array.from({ length: 2_501 }, (_, index) => track(`"userId":"u-${index}"`))
    const { body } = await call('post', '/v1/batch', `{"batch":[${events.join()}]}`, GPC)
    equal(body.code, 'ERR_BATCH_TOO_MANY')
    equal(new Set(plane.observed.flatMap((one) => one.identities)).size, 2_501)
  })
  test('one that says nothing, or names nobody, leaves nothing', async () => {
    plane.observed.length = 0
    await call('post', '/v1/batch', '{"batch":[{"userId":"u"}]}')
    await call('post', '/v1/batch', '{"batch":[{"type":"track"},7]}', GPC)
    deepEqual(plane.observed, [])
  })
})

describe('paths that SDKs use', () => {
  for (const [path, taken] of Object.entries(EVENT_PATHS)) {
    for (const asked of [path, `${path}/`, `/${path}`, path.replace('/v1/', '/v1//')]) {
      test(`${asked} takes ${taken === 'batch' ? 'a batch' : `one ${taken}`}`, async () => {
        const event = track('"userId":"u"')
        const { status } = await call('post', asked, taken === 'batch' ? `{"batch":[${event}]}` : event)
        deepEqual([status, last().kind], [200, taken === 'batch' ? 'track' : taken])
      })
    }
  }
  test('a beacon says its write key in the query', async () => {
    const { status } = await supertest(server)
      .post(`/beacon/v1/batch?writeKey=${WRITE_KEY}`)
      .set('content-type', 'text/plain;charset=UTF-8')
      .send(`{"batch":[${track('"userId":"beacon"')}]}`)
    deepEqual([status, last().identityKeys], [200, ['user:beacon']])
  })
  test('RudderStack’s configuration has a source that is on, and no destination', async () => {
    const { status, body } = await supertest(server).get('/sourceConfig/?p=npm').set('authorization', AUTHORIZATION)
    deepEqual([status, body.source.enabled, body.source.destinations], [200, true, []])
    equal((await supertest(server).get(`/sourceConfig?writeKey=${WRITE_KEY}`)).body.source.writeKey, WRITE_KEY)
    equal((await supertest(server).get('/sourceConfig?writeKey=nobody')).status, 503)
  })
})

describe('pages of any origin', () => {
  const asked = 'anonymousid,authorization,content-type,sentat,isretry,retry-count'
  test('may send every header that an SDK asks for', async () => {
    for (const path of [...Object.keys(EVENT_PATHS), '/sourceConfig', `/v1/projects/${WRITE_KEY}/settings`]) {
      const { status, headers } = await supertest(server).options(path).set('access-control-request-headers', asked)
      deepEqual([status, headers['access-control-allow-headers']], [204, asked], path)
      equal(headers['access-control-allow-origin'], '*')
    }
  })
  test('get the usual ones for what is no list of headers', async () => {
    for (const spoilt of ['a\tb', '*', 'x'.repeat(65), Array.from({ length: 40 }, () => 'x').join(',')]) {
      const { headers } = await supertest(server).options('/v1/t').set('access-control-request-headers', spoilt)
      equal(headers['access-control-allow-headers'], 'content-type, authorization')
    }
  })
  test('read refusals too, and when to come back', async () => {
    for (const path of ['/v1/nothing', '/v1/m']) {
      const { status, headers } = await call('post', path, '{}')
      deepEqual([status, headers['access-control-allow-origin']], [404, '*'])
    }
    const { headers } = await call('post', '/v1/batch', 'nonsense')
    equal(headers['access-control-allow-origin'], '*')
    equal(headers['access-control-expose-headers'], 'Retry-After, X-RateLimit-Reset')
  })
  test('do not read what a person’s own token may ask for', async () => {
    const { headers } = await call('put', '/v1/me/choices', '{}')
    equal(headers['access-control-allow-origin'], undefined)
  })
})
