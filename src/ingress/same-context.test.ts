import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { APP, contract, revision } from '../../test/support/builders.ts'
import {
  type Classification,
  classifyEvent,
  prepareRequest,
  type RequestContext,
  shareContext,
} from '../flow/accept.ts'
import { createRoutes } from '../flow/routes.ts'
import type { JsonObject } from '../model/brand.ts'
import { type FieldClass, LADDERS, topOf } from '../model/field-class.ts'
import { partnerTypes } from '../partners/registry.ts'
import { createDecoders } from '../signals/decoders.ts'
import { createCountryReader } from '../signals/place.ts'
import { splitBatch } from './body-parts.ts'
import { createSameContexts, type Divided } from './same-context.ts'

const types = partnerTypes()
const plan = revision({
  contracts: [
    contract({
      share: Object.fromEntries((Object.keys(LADDERS) as FieldClass[]).map((name) => [name, topOf(name)])),
    }),
  ],
})
const countryOf = createCountryReader()
const RULES = {
  revision: plan.number,
  policy: plan.policy,
  routes: createRoutes(
    plan,
    (type) => types.get(type)?.abilities,
    () => false,
  ),
  countryOf,
  categories: { marketing: ['advertising' as const] },
  decoders: createDecoders(),
}
const REQUEST: RequestContext = {
  app: { id: APP },
  signals: { gpc: ['1'], dnt: [] },
  clientIp: '203.0.113.9',
  receivedAt: Date.UTC(2026, 10, 24, 12),
  sentAt: undefined,
  shared: undefined,
}

/** The events of a batch as they would be read: what is undefined is read whole. */
function divided(text: string): readonly (Divided | undefined)[] {
  const steps = splitBatch(text)
  for (;;) {
    const { done, value } = steps.next()
    if (done !== true) continue
    const same = createSameContexts(text, value.events, REQUEST, RULES)
    return value.events.map((_, index) => same.divide(index))
  }
}

/** Lists of signals, findings and taints say the same in whatever order; so do members. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(sorted)
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(
    members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]),
  )
}

/** Events that were divided, of all that `assertSame` has seen. */
let compared = 0
function assertSame(events: readonly JsonObject[]): void {
  const parts = divided(JSON.stringify({ batch: events }))
  for (const [index, event] of events.entries()) {
    const part = parts[index]
    // Read with each event: nothing to compare. How often that is, the property below counts.
    if (part === undefined) continue
    compared += 1
    const { raw, around } = part
    const together = classifyEvent(event, REQUEST, RULES)
    const apart = classifyEvent(raw, around, RULES)
    deepEqual(sorted(apart), sorted(together))
    // Which identity stands for the device is a place in a list.
    deepEqual(deviceIn(apart), deviceIn(together))
  }
}

function deviceIn(one: Classification): unknown {
  const said = one.kind === 'classified' ? one : one.said
  return said?.deviceIndex === undefined ? undefined : said.identities[said.deviceIndex]
}

const CONTEXT = {
  ip: '198.51.100.7',
  locale: 'de-AT',
  timezone: 'Europe/Vienna',
  userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X)',
  device: {
    id: '6F9619FF-8B86-D011-B42D-00CF4FC964FF',
    advertisingId: '7a9e3b52-4c1d-4f08-9b6e-2d5c8a1f0e37',
    type: 'ios',
  },
  os: { name: 'iOS', version: '17.4' },
  location: { country: 'Austria', city: 'Wien', latitude: 48.20849, longitude: 16.37208 },
  traits: { email: 'marie.huber@mail.example', name: 'Marie Huber', birthday: '1990-02-03', age: 17 },
  consent: { categoryPreferences: { marketing: false } },
  page: { url: 'https://shop.example/c?gclid=abc123&u=6f9619ff-8b86-d011-b42d-00cf4fc964ff' },
  campaign: { gclid: 'EAIaIQobChMI8d-x' },
  us_privacy: '1YYN',
}
const OWN = {
  type: 'track',
  event: 'Order Completed',
  userId: 'u-71835',
  anonymousId: '0b2f7c1e-5a44-4a67-9d1c-6b7c8a90d1e2',
}

/** Words that mean something to a reader of events, under names that do. */
const WORD = fc.oneof(
  fc.constantFrom(
    'US',
    'CA',
    '1YYN',
    '1',
    '0',
    'ios',
    'Austria',
    'u-71835',
    'marie.huber@mail.example',
    '198.51.100.7',
  ),
  fc.constantFrom(
    '7a9e3b52-4c1d-4f08-9b6e-2d5c8a1f0e37',
    '00000000-0000-0000-0000-000000000000',
    '1990-02-03',
    '',
    'null',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -180, max: 180 }),
  fc.boolean(),
  fc.constant(null),
)
const INNER = [
  'id',
  'advertisingId',
  'idfa',
  'adTrackingEnabled',
  'attTrackingStatus',
  'type',
  'token',
  'name',
  'version',
  'country',
  'region',
  'city',
  'latitude',
  'longitude',
  'email',
  'birthday',
  'age',
  'firstName',
  'lastName',
  'gpc',
  'us_privacy',
  'carrier',
  'url',
  'gclid',
  'fbp',
  'marketing',
]
const holder = fc.dictionary(fc.constantFrom(...INNER), WORD, { maxKeys: 6 })
const CONTEXTS = fc.dictionary(
  fc.constantFrom(
    'device',
    'os',
    'location',
    'traits',
    'consent',
    'privacy',
    'page',
    'campaign',
    'network',
    'user',
    'regs',
    'ip',
    'locale',
    'idfa',
    'us_privacy',
  ),
  fc.oneof({ weight: 4, arbitrary: holder }, WORD),
  { maxKeys: 7 },
)
const EVENTS = fc.record(
  {
    type: fc.constantFrom('track', 'identify', 'alias', 'nonsense'),
    event: fc.constantFrom('Order Completed', 'Level Completed'),
    userId: WORD,
    anonymousId: WORD,
    previousId: WORD,
    messageId: WORD,
    traits: holder,
    properties: fc.dictionary(fc.constantFrom('revenue', 'note', 'coupon', 'email', 'fbp'), WORD, { maxKeys: 4 }),
    integrations: fc.oneof(fc.boolean(), holder),
    device: holder,
    user: holder,
  },
  { requiredKeys: ['type', 'event'] },
)

describe('events of a batch that repeat a context', () => {
  test('each says what it says when it is read whole', () => {
    assertSame([
      { ...OWN, context: CONTEXT, properties: { revenue: 12.5, note: 'from 6f9619ff8b86d011b42d00cf4fc964ff' } },
      { ...OWN, properties: { note: 'Marie Huber' }, context: CONTEXT, traits: { email: 'marie.huber@mail.example' } },
      { ...OWN, type: 'nonsense', context: CONTEXT },
      { type: 'track', event: 'Order Completed', context: CONTEXT, integrations: { All: false } },
    ])
  })

  test('whatever is in them', () => {
    const runs = Number(process.env.SLUICE_CASES ?? 300)
    compared = 0
    fc.assert(
      fc.property(CONTEXTS, fc.array(EVENTS, { minLength: 2, maxLength: 4 }), (context, events) => {
        assertSame(events.map((event) => ({ ...event, context })))
      }),
      { numRuns: runs },
    )
    ok(compared > runs, `only ${compared} events were divided`)
  })

  const batch = (...events: readonly string[]): string => `{"batch":[${events.join()}]}`
  const rows: readonly (readonly [string, string, string])[] = [
    ['the same, twice', batch('{"context":{"a":1}}', '{"b":{"context":2},"context":{"a":1}}'), 'yy'],
    ['one alone', batch('{"context":{"a":1}}'), 'n'],
    ['two that differ', batch('{"context":{"a":1}}', '{"context":{"a":2}}'), 'nn'],
    ['the same with another between', batch('{"context":{"a":1}}', '{"context":{}}', '{"context":{"a":1}}'), 'nnn'],
    ['three, the first another', batch('{"context":{}}', '{"context":{"a":1}}', '{"context":{"a":1}}'), 'nyy'],
    ['none at all', batch('{"a":1}', '{"a":1}'), 'nn'],
    ['no object', batch('{"context":[1]}', '{"context":[1]}', '{"context":"x"}', '{"context":"x"}'), 'nnnn'],
    ['said twice in one event', batch('{"context":{},"context":{"a":1}}', '{"context":{"a":1}}'), 'nn'],
    ['said again in other letters', batch('{"context":{"a":1},"conte\\u0078t":{}}', '{"context":{"a":1}}'), 'nn'],
    ['events that are none', batch('["context",{}]', '[{"context":{}}]', '"context"'), 'nnn'],
    ['only inside of another member', batch('{"properties":{"context":{}}}', '{"properties":{"context":{}}}'), 'nn'],
    ['only in a text', batch('{"a":"\\"context\\":{}"}', '{"a":"\\"context\\":{}"}'), 'nn'],
  ]
  for (const [what, text, expected] of rows)
    test(`read once: ${what}`, () => {
      equal(
        divided(text)
          .map((one) => (one === undefined ? 'n' : 'y'))
          .join(''),
        expected,
      )
    })

  test('an event keeps everything else, wherever its context stands', () => {
    const [first, second] = divided(batch('{"a":1,"context":{"x":1},"b":[2]}', '{ "context" : {"x":1} , "c" : 3 }'))
    deepEqual(first!.raw, { a: 1, context: {}, b: [2] })
    deepEqual(second!.raw, { context: {}, c: 3 })
    deepEqual(second!.around.shared!.context, { x: 1 })
  })
})

describe('what is remembered of a batch’s context', () => {
  const around = (): RequestContext =>
    prepareRequest({ ...REQUEST, shared: shareContext({ context: CONTEXT }, REQUEST.receivedAt, countryOf) }, RULES)
  const rows: [string, JsonObject][] = [
    ['another person', { ...OWN, userId: 'u-2' }],
    ['another anonymous id', { ...OWN, anonymousId: '11111111-5a44-4a67-9d1c-6b7c8a90d1e2' }],
    ['another account', { ...OWN, type: 'alias', previousId: 'u-3' }],
    [
      'traits of its own',
      { ...OWN, traits: { firstName: 'Ann', address: { country: 'France' }, birthday: '2001-01-01' } },
    ],
    [
      'a device of its own',
      { ...OWN, context: { device: { id: '00000000-8B86-D011-B42D-00CF4FC964FF', type: 'ios' } } },
    ],
    ['an advertising id of its own', { ...OWN, context: { idfa: '11111111-4c1d-4f08-9b6e-2d5c8a1f0e37' } }],
    ['a system of its own', { ...OWN, context: { os: { name: 'Android' }, locale: 'fr' } }],
  ]
  for (const [what, event] of rows)
    test(`does not stand for an event with ${what}, nor that for the next`, () => {
      const shared = around()
      for (const one of [OWN, event, OWN])
        deepEqual(classifyEvent(one, shared, RULES), classifyEvent(one, around(), RULES))
    })
})

describe('a context that may belong to what stands beside it', () => {
  const rows: [string, JsonObject, boolean][] = [
    ['a family name first', { last_name: 'Doe', os: { name: 'iOS' } }, false],
    ['a given name last, deep inside', { os: { name: 'iOS' }, traits: { list: [{ firstName: 'Jane' }] } }, false],
    ['a degree last', { os: { name: 'iOS' }, location: { longitude: '13.4050' } }, false],
    ['a latitude first', { latitude: 52.52, os: { name: 'iOS' } }, false],
    ['such a name behind something empty', { traits: {}, last_name: 'Doe', os: { name: 'iOS' } }, false],
    [
      'names and degrees between others',
      { os: { name: 'iOS' }, traits: { last_name: 'Doe', lat: 1 }, locale: 'en' },
      true,
    ],
  ]
  for (const [what, context, isShared] of rows)
    test(`${what}: ${isShared ? 'read once' : 'read with each event'}`, () => {
      const events = [1, 2].map((n) => ({ type: 'track', event: 'Buy', userId: `u${n}`, first_name: 'Jane', context }))
      deepEqual(
        divided(JSON.stringify({ batch: events })).map((one) => one !== undefined),
        [isShared, isShared],
      )
    })
})
