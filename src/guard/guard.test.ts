import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { FieldValues, View } from '../model/values.ts'
import { constantsOf, createScanner, parseTaint, screen as screenTexts } from './index.ts'

const IDFA = '11111111-2222-4333-8444-ABCDEF555555'
const EMAIL = 'anna@mail.example'
const PHONE = '+1 (415) 555-0132'
const scan = createScanner()
/** The slots alone. */
const screen = (...given: Parameters<typeof screenTexts>) => screenTexts(...given).map((text) => parseTaint(text).slot)
const view = (part: FieldValues = {}): View => ({ event: 'purchase', kind: 'track', app: { id: 'app' }, ...part })
const look = (raw: FieldValues, bytes: string, passed: FieldValues = {}, constants: readonly string[] = []) =>
  scan({ raw, view: view(passed), bytes, constants: new Set(constants) })
const digest = (name: string, text: string, encoding: 'hex' | 'base64' | 'base64url' = 'hex') =>
  createHash(name).update(text).digest(encoding)

describe('guard: a withheld value is found in every form', () => {
  const id: FieldValues = { advertising_id: { id: IDFA, kind: 'idfa' } }
  const rows: [string, FieldValues, string][] = [
    ['an id as it is', id, `{"x":"${IDFA}"}`],
    ['an id in lower case', id, `{"x":"${IDFA.toLowerCase()}"}`],
    ['an id without hyphens', id, `{"x":"${IDFA.replaceAll('-', '')}"}`],
    ['an id with other separators', id, `{"x":"${IDFA.replaceAll('-', ':')}"}`],
    ['an id inside a longer text', id, `{"note":"device ${IDFA} bought"}`],
    ['an id in a query', id, `/pb?sub1=${IDFA}`],
    [
      'an id in JSON inside a string',
      id,
      JSON.stringify({ eventValue: JSON.stringify({ deep: JSON.stringify({ id: IDFA }) }) }),
    ],
    ['an id in base64', id, `{"x":"${Buffer.from(IDFA).toString('base64')}"}`],
    ['an id in base64 behind other bytes', id, `{"x":"${Buffer.from(`id=${IDFA}`).toString('base64url')}"}`],
    [
      'an id in base64 twice over',
      id,
      `{"x":"${Buffer.from(Buffer.from(IDFA).toString('base64')).toString('base64')}"}`,
    ],
    ['an id in hex', id, `{"x":"${Buffer.from(IDFA).toString('hex')}"}`],
    [
      'an id in JSON escapes',
      id,
      `{"x":"${[...IDFA].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`,
    ],
    ['the MD5 of an id', id, `{"x":"${digest('md5', IDFA)}"}`],
    ['the SHA-1 of a lower-cased id', id, `/p?h=${digest('sha1', IDFA.toLowerCase())}`],
    ['the SHA-256 of an id without hyphens', id, `{"x":"${digest('sha256', IDFA.replaceAll('-', ''))}"}`],
    ['the SHA-256 of an id, in base64', id, `{"x":"${digest('sha256', IDFA, 'base64')}"}`],
    ['the upper-cased digest of an id', id, `{"x":"${digest('sha256', IDFA).toUpperCase()}"}`],
    ['an e-mail', { email: EMAIL }, `{"x":"${EMAIL}"}`],
    ['an e-mail, percent-encoded', { email: EMAIL }, `/p?x=${encodeURIComponent(EMAIL)}`],
    ['an e-mail, percent-encoded twice', { email: EMAIL }, `/p?x=${encodeURIComponent(encodeURIComponent(EMAIL))}`],
    ['the hash of an e-mail', { email: 'Anna@Mail.example' }, `{"em":"${digest('sha256', 'anna@mail.example')}"}`],
    ['a phone number by its digits', { phone: PHONE }, '{"x":"14155550132"}'],
    ['the hash of a phone number’s digits', { phone: PHONE }, `{"ph":"${digest('sha256', '14155550132')}"}`],
    ['an address', { ip: '203.0.113.77' }, '{"x":"203.0.113.77"}'],
    ['an address as an integer', { ip: '203.0.113.77' }, '{"x":3405803853}'],
    ['a v6 address written out', { ip: '2001:db8::7' }, '{"x":"2001:0db8:0000:0000:0000:0000:0000:0007"}'],
    ['an address in octal', { ip: '203.0.113.77' }, '{"x":"0313.0.0161.0115"}'],
    ['an address in hexadecimal', { ip: '203.0.113.77' }, '{"x":"0xCB.0x0.0x71.0x4D"}'],
    ['an address as one hexadecimal number', { ip: '203.0.113.77' }, '{"x":"cb00714d"}'],
    ['an address with hyphens, as hosts write it', { ip: '203.0.113.77' }, '{"x":"ec2-203-0-113-77.example"}'],
    ['an address with underscores', { ip: '203.0.113.77' }, '{"x":"ip_203_0_113_77"}'],
    ['an address with leading zeros', { ip: '203.0.113.77' }, '{"x":"203.000.113.077"}'],
    ['an address backwards, as reverse look-ups write it', { ip: '203.0.113.77' }, '{"x":"77.113.0.203.in-addr.arpa"}'],
    [
      'a position as ten-millionths of a degree',
      { coordinates: { latitude: 51.507351, longitude: 0 } },
      '{"x":515073510}',
    ],
    ['a position as millionths of a degree', { coordinates: { latitude: 0, longitude: -0.127758 } }, '/p?x=-127758'],
    ['an e-mail of four letters in base64', { email: 'a@b.co' }, `{"x":"${Buffer.from('a@b.co').toString('base64')}"}`],
    [
      'an e-mail of four letters in base64 behind other bytes',
      { email: 'a@b.co' },
      `{"x":"${Buffer.from('m=a@b.co').toString('base64url')}"}`,
    ],
    ['an e-mail of four letters in hex', { email: 'a@b.co' }, `{"x":"${Buffer.from('a@b.co').toString('hex')}"}`],
    ['an id as a key', id, `{"seen":{"${IDFA}":true}}`],
    ['a short id as a key', { user_id: 'u-42' }, '{"seen":{"u-42":true}}'],
    ['a position', { coordinates: { latitude: -85.34321, longitude: 12.5 } }, '{"lat":-85.34321}'],
    [
      'a position cut to three decimals',
      { coordinates: { latitude: 51.507351, longitude: -0.127758 } },
      '{"lat":51.507}',
    ],
    [
      'a position rounded to four decimals',
      { coordinates: { latitude: 51.50735, longitude: 179.99951 } },
      '/p?ll=0,179.9995',
    ],
    ['a short value as a whole leaf', { user_id: 'u-42' }, '{"uid":"u-42"}'],
    ['a short number as a whole leaf', { device: { density: 3 } }, '{"d":3}'],
    ['a withheld place', { place: { country: 'DE', city: 'Berlin' } }, '{"city":"Berlin"}'],
  ]
  for (const [what, raw, bytes] of rows) {
    test(what, () => {
      equal(look(raw, bytes).clear, false)
    })
  }

  test('an id in a property that the contract grants, while the id itself is withheld', () => {
    const raw = { advertising_id: { id: IDFA, kind: 'idfa' }, property: { note: IDFA } } as const
    equal(look(raw, `{"note":"${IDFA}"}`, { property: { n: IDFA } }).clear, false)
  })

  test('a user’s id that looks like a word, in a property that the contract grants', () => {
    const raw = { user_id: 'sampath', property: { name: 'sampath' } } as const
    equal(look(raw, '{"name":"sampath"}', { property: { name: 'sampath' } }).clear, false)
  })

  test('a person’s name in other letters, in a property that the contract grants', () => {
    const raw = { name: { full: 'Rudder Test' }, property: { name: 'rudder test' } } as const
    equal(look(raw, '{"name":"rudder test"}', { property: { name: 'rudder test' } }).clear, false)
  })

  test('a short value as a whole leaf of a header or of a body behind a path', () => {
    const raw = { user_id: 'anna' } as const
    equal(look(raw, '/p?a=1\nX-User: anna').clear, false)
    equal(look(raw, '/p?a=1\nX-Other: b\n{"deep":{"u":"anna"}}').clear, false)
  })

  test('an e-mail inside a granted property’s text', () => {
    const raw = { email: EMAIL, property: { note: `mail ${EMAIL} please` } }
    equal(look(raw, `{"note":"mail ${EMAIL} please"}`, { property: { note: `mail ${EMAIL} please` } }).clear, false)
  })

  test('the result never holds the value', () => {
    ok(!JSON.stringify(look({ email: EMAIL }, `{"x":"${EMAIL}"}`)).includes('anna'))
  })
})

describe('guard: what may be there is let through', () => {
  const rows: [string, FieldValues, string, FieldValues, string[]?][] = [
    [
      'an id that its own slot passes',
      { advertising_id: { id: IDFA, kind: 'idfa' } },
      `{"idfa":"${IDFA}"}`,
      { advertising_id: { id: IDFA, kind: 'idfa' } },
    ],
    [
      'the same value withheld in one slot and passed in another',
      { device_id: IDFA, vendor_id: IDFA },
      `{"idfv":"${IDFA}"}`,
      { vendor_id: IDFA },
    ],
    ['the hash of an e-mail that is passed', { email: EMAIL }, `{"em":"${digest('sha256', EMAIL)}"}`, { email: EMAIL }],
    ['a network in place of its address', { ip: '203.0.113.77' }, '{"ip":"203.0.113.0"}', { ip: '203.0.113.0' }],
    [
      'an address that only begins like the withheld one',
      { ip: '203.0.113.7' },
      '{"ip":"203.0.113.70"}',
      { ip: '203.0.113.70' },
    ],
    [
      'a cell’s centre in place of a position',
      { coordinates: { latitude: 51.50735, longitude: -0.12775 } },
      '{"lat":51.49012,"lon":-0.1}',
      { coordinates: { latitude: 51.49012, longitude: -0.1 } },
    ],
    [
      'a centre that happens to lie at the very spot',
      { coordinates: { latitude: 51.49012, longitude: 7.70001 } },
      '{"lat":51.4901,"lon":7.7}',
      { coordinates: { latitude: 51.4901, longitude: 7.7 } },
    ],
    [
      'a pseudonym in place of an id',
      { user_id: 'user-4711-abcdef' },
      '{"u":"p1.Zm9vYmFyYmF6cXV4MTIzNA"}',
      { user_id: 'p1.Zm9vYmFyYmF6cXV4MTIzNA' },
    ],
    [
      'revenue 3 beside a withheld density of 3',
      { device: { density: 3 }, property: { revenue: 3 } },
      '{"value":3}',
      { property: { value: 3 } },
    ],
    ['an encoder’s own 2 beside a withheld 2', { device: { density: 2 } }, '{"att":2}', {}, ['2']],
    ['the event’s own name', { user_id: 'purchase' }, '{"event":"purchase"}', {}],
    [
      'an hour in place of a time',
      { time: '2026-01-02T03:04:05.678Z' },
      '{"t":"2026-01-02T03:00:00.000Z"}',
      { time: '2026-01-02T03:00:00.000Z' },
    ],
    [
      'an ordinary order number that is granted',
      { property: { order_id: IDFA } },
      `{"order":"${IDFA}"}`,
      { property: { order: IDFA } },
    ],
    [
      'a time whose seconds are a withheld density',
      { device: { density: 2.625 }, time: '2026-01-02T03:04:02.625Z' },
      '{"t":"2026-01-02T03:04:02.625Z"}',
      { time: '2026-01-02T03:04:02.625Z' },
    ],
    [
      'a property of 42 beside a withheld user 42',
      { user_id: '42', property: { count: 42 } },
      '{"count":42}',
      { property: { count: 42 } },
    ],
    ['the 0 of a version beside the withheld address 0.0.0.0', { ip: '0.0.0.0' }, '{"ua":"Chrome/79.0.3945.88"}', {}],
    [
      'a version of four parts inside a granted user agent',
      { os: { name: 'iOS', version: '17.5.1.2' }, user_agent: 'Shop/4.2 (iOS 17.5.1.2)' },
      '{"ua":"Shop/4.2 (iOS 17.5.1.2)"}',
      { user_agent: 'Shop/4.2 (iOS 17.5.1.2)' },
    ],
    [
      'an id of seven digits inside a longer number',
      { user_id: '4711234', property: { order: 994711234 } },
      '{"order":994711234}',
      { property: { order: 994711234 } },
    ],
    [
      'two numbers side by side that together hold an id of seven digits',
      { user_id: '4711234', property: { a: 4711, b: 234 } },
      '{"x":[4711,234]}',
      { property: { x: [4711, 234] } },
    ],
    [
      'a zero id that the encoder writes beside a withheld id of zeros',
      { anonymous_id: '00000000000000000000000000' },
      '{"rdid":"00000000-0000-0000-0000-000000000000"}',
      {},
      ['00000000-0000-0000-0000-000000000000'],
    ],
    ['the name of a host beside a withheld one that holds it', { url: 'm2.shop24.example' }, '{"u":"x"}', { url: 'x' }],
    ['true and null', { network: { wifi: true } }, '{"restricted":true,"x":null}', {}],
  ]
  for (const [what, raw, bytes, passed, constants] of rows) {
    test(what, () => {
      deepEqual(look(raw, bytes, passed, constants), { clear: true })
    })
  }
})

describe('guard: whatever identifier, wherever, however', () => {
  const identifier = fc.oneof(
    fc.uuid(),
    fc.emailAddress().filter((mail) => mail.length > 9 && /^[\w.@-]+$/.test(mail)),
    fc.stringMatching(/^[a-z]{4}[0-9]{6}[A-Z]{4}$/),
  )
  const encodings: ((text: string) => string)[] = [
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
    encodeURIComponent,
    (text) => Buffer.from(text).toString('base64'),
    (text) => Buffer.from(text).toString('base64url'),
    (text) => Buffer.from(text).toString('hex'),
    (text) => digest('md5', text),
    (text) => digest('sha1', text.toLowerCase()),
    (text) => digest('sha256', text),
    (text) => digest('sha256', text.toUpperCase(), 'base64'),
    (text) => JSON.stringify({ inside: text }),
  ]
  test('a planted one is found', () => {
    fc.assert(
      fc.property(identifier, fc.constantFrom(...encodings), fc.json({ maxDepth: 2 }), (text, encode, noise) => {
        const bytes = JSON.stringify({ noise: JSON.parse(noise), planted: encode(text) })
        equal(look({ user_id: text }, bytes).clear, false)
      }),
      { numRuns: Number(process.env.SLUICE_CASES ?? 1_000) },
    )
  })
})

describe('guard: screening at acceptance', () => {
  const received = (properties: object, context: object = {}) =>
    ({ type: 'track', userId: 'u', properties, context }) as never
  test('a dropped id that an app also wrote into a kept property taints that property', () => {
    deepEqual(
      screen(received({ ref: IDFA, revenue: 6.5 }, { device: { advertisingId: IDFA } }), {
        property: { ref: IDFA, revenue: 6.5 },
      }),
      ['property.ref'],
    )
  })
  test('a dropped e-mail inside a kept text taints it', () => {
    deepEqual(
      screen(received({ note: `write to ${EMAIL}` }, { traits: { email: EMAIL } }), {
        property: { note: `write to ${EMAIL}` },
      }),
      ['property.note'],
    )
  })
  test('a dropped e-mail inside a kept link taints it', () => {
    const url = `https://shop.example/?m=${encodeURIComponent(EMAIL)}`
    deepEqual(screen(received({}, { page: { url }, traits: { email: EMAIL } }), { url }), ['url'])
  })
  test('an id that is kept as an id taints nothing', () => {
    deepEqual(
      screen(received({ ref: 'x' }, { device: { advertisingId: IDFA } }), {
        advertising_id: { id: IDFA, kind: 'idfa' },
        property: { ref: 'x' },
      }),
      [],
    )
  })
  test('a dropped id inside a kept one taints the kept one; the same id in other letters does not', () => {
    const event = received({}, { device: { token: `t-${IDFA.replaceAll('-', '')}-x`, advertisingId: IDFA } })
    deepEqual(screen(event, { push_token: `t-${IDFA.replaceAll('-', '')}-x` }), ['push_token'])
    const twice = received({}, { idfa: IDFA.toLowerCase(), device: { advertisingId: IDFA } })
    deepEqual(screen(twice, { advertising_id: { id: IDFA, kind: 'idfa' } }), [])
  })
  test('a dropped user’s id that looks like a word taints the property that repeats it', () => {
    const event = { type: 'track', userId: 'sampath', properties: { name: 'sampath', note: 'other' } }
    deepEqual(screen(event, { property: { name: 'sampath', note: 'other' } }), ['property.name'])
    deepEqual(screen(event, { user_id: 'sampath', property: { name: 'sampath' } }), [])
  })
  test('an order number that appears twice in the properties taints nothing', () => {
    deepEqual(
      screen(received({ order_id: 'ord-20260102-7', order: { id: 'ord-20260102-7' } }), {
        property: { order_id: 'ord-20260102-7' },
      }),
      [],
    )
  })
})

describe('guard: what it cannot look through to the end does not pass', () => {
  const deep = (levels: number, text: string): object => (levels === 0 ? { text } : { inner: deep(levels - 1, text) })
  test('an id thirty levels down in what came in', () => {
    const received = { type: 'track', userId: 'u', properties: { note: IDFA, ...deep(30, IDFA) } } as never
    deepEqual(screen({ ...(received as object), context: deep(30, IDFA) } as never, { property: { note: IDFA } }), [
      'property.note',
    ])
  })
  test('deeper than anyone looks: every text that is kept is tainted', () => {
    const received = { type: 'track', userId: 'u', context: deep(500, IDFA), properties: { note: 'x' } } as never
    deepEqual(screen(received, { user_agent: 'agent', property: { note: 'x' } }), ['property.note', 'user_agent'])
  })
  test('more leaves than anyone counts: the same', () => {
    const received = { type: 'track', properties: { note: 'x', list: Array(60_000).fill('y') } } as never
    deepEqual(screen(received, { property: { note: 'x' } }), ['property.note'])
  })
  test('an item that nests deeper than anyone looks', () => {
    equal(look({ user_id: 'u-42' }, JSON.stringify(deep(500, 'u-42'))).clear, false)
  })
})

describe('guard: screening takes no version for an address', () => {
  test('an app’s version of four parts inside a kept user agent', () => {
    const received = {
      type: 'track',
      userId: 'u',
      context: { app: { version: '4.2.1.0' }, os: { version: '17.5.1.2' }, ip: '203.0.113.7' },
    } as never
    deepEqual(screen(received, { user_agent: 'Shop/4.2.1.0 (iOS 17.5.1.2)' }), [])
    deepEqual(screen(received, { user_agent: 'Shop (203.0.113.7)' }), ['user_agent'])
  })
  test('the host of a link that is kept', () => {
    const received = {
      type: 'page',
      userId: 'u',
      context: { page: { url: 'https://m2.shop24.example/a', host: 'm2.shop24.example' } },
    } as never
    deepEqual(screen(received, { url: 'https://m2.shop24.example/a' }), [])
  })
})

describe('guard: the leaves of an item', () => {
  test('JSON, queries and JSON in a query’s value', () => {
    deepEqual([...constantsOf('{"a":1,"b":{"c":"x"},"d":true}')], ['1', 'x'])
    deepEqual([...constantsOf('/pb?a=1\nSec-GPC: 1\n{"x":2}')], ['pb', '1', '2'])
    deepEqual([...constantsOf('/pb/track?cid=a%20b&e={"k":"v"}&n=')], ['pb', 'track', 'a b', '{"k":"v"}', 'v'])
  })
})
