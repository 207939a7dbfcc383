/** Free-form fields: whatever an app puts into its properties, only what a contract names passes, re-encoded, never a copy. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { PartnerId } from '../../src/model/brand.ts'
import type { Connection } from '../../src/partners/kit/type.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { createCountryReader } from '../../src/signals/place.ts'
import { contractFor, EVERYTHING } from '../conformance/partners/contracts.ts'
import { createDelivery, typeNamed, typeNames } from '../conformance/partners/delivery.ts'
import { policy } from '../support/builders.ts'
import { CONNECTIONS } from '../support/partner-settings.ts'

const NAMED = { plain: 'plain', listed: 'listed', 'deep.inner': 'inner', 'items[].sku': 'skus', 'traits.plan': 'tier' }
const NOW = Date.UTC(2026, 0, 2)
const parameters = { numRuns: Math.max(20, Math.floor(Number(process.env.SLUICE_CASES ?? 400) / 8)) }

// A template names each property that it takes.
const PIXEL = { url: 'https://partner.example/pb?lat={is_lat}&a={sub1}' }

const delivery = createDelivery(
  typeNames().map((type) =>
    contractFor(type, type, {
      events: { Bought: { as: 'bought', properties: NAMED } },
      share: EVERYTHING,
      whenRestricted: { send: 'nothing', share: {} },
      connection: JSON.parse(
        JSON.stringify(typeNamed(type).connection.parse(type === 'pixel' ? PIXEL : CONNECTIONS[type])),
      ) as Connection,
    }),
  ),
  {
    rules: { policy: policy(), categories: {} },
    decoders: createDecoders(10),
    countryOf: createCountryReader(),
    at: NOW,
  },
  'com.example.app',
)
/** A value that no other test value is part of. */
const mark = (serial: number): string => `mark${serial.toString(36)}x`
type Hostile = string | number | boolean | null | readonly Hostile[] | { readonly [key: string]: Hostile }

/** Any JSON, with keys that matter to JavaScript and to partners; every text in it is a mark of its own. */
const shape: fc.Arbitrary<Hostile> = fc.letrec<{ any: Hostile }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant('?'),
    fc.constant(null),
    fc.constant('?json'),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('plain', 'inner', 'sku', 'email', 'toString', 'constructor', 'a.b', '__proto__x', 'toJSON'),
      tie('any'),
      { maxKeys: 3 },
    ),
  ),
})).any

function marked(value: Hostile, next: () => string): Hostile {
  if (value === '?') return next()
  if (value === '?json') return JSON.stringify({ hidden: next(), list: [next()] })
  if (Array.isArray(value)) return value.map((one: Hostile) => marked(one, next))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, marked(inner, next)]))
  return value
}

const marksIn = (text: string): readonly string[] => [...new Set(text.match(/mark[0-9a-z]+?x/g) ?? [])].sort()

/** What the five names reach: texts, and lists of texts. Objects are never reached whole. */
function reached(properties: Readonly<Record<string, Hostile>>, traits: Readonly<Record<string, Hostile>>): string {
  const scalars = (value: Hostile | undefined): readonly Hostile[] =>
    Array.isArray(value)
      ? value.filter((one: Hostile) => typeof one === 'string')
      : typeof value === 'string'
        ? [value]
        : []
  const own = (value: Hostile | undefined, key: string): Hostile | undefined =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
      ? (value as Readonly<Record<string, Hostile>>)[key]
      : undefined
  const items = properties.items
  return JSON.stringify([
    ...scalars(properties.plain),
    ...scalars(properties.listed),
    ...scalars(own(properties.deep, 'inner')),
    ...(Array.isArray(items)
      ? items.flatMap((item: Hostile) => {
          const sku = own(item, 'sku')
          return typeof sku === 'string' ? [sku] : []
        })
      : []),
    ...scalars(traits.plan),
  ])
}

describe('free-form fields over hostile properties', () => {
  for (const type of typeNames()) {
    test(`${type}: what nobody named is in no byte, however deep it hides`, () => {
      let went = 0
      fc.assert(
        fc.property(
          fc.record({ plain: shape, listed: shape, deep: shape, items: shape, other: shape, plan: shape }),
          (drawn) => {
            let serial = 0
            const next = (): string => mark(++serial)
            const { plan, ...properties } = marked(drawn, next) as Record<string, Hostile>
            const traits = { plan: plan!, secret: next() }
            const event = {
              type: 'track',
              event: 'Bought',
              userId: 'user-4711',
              messageId: 'message-4711',
              properties,
              traits,
              context: {
                ip: '203.0.113.7',
                location: { country: 'US' },
                device: { type: 'ios', id: '9774d56d682e549c', advertisingId: '6D92078A-8246-4BA4-AE5B-76104861E7DC' },
                appsflyer_id: 'af-4711',
              },
            }
            const accepted = delivery.accept(event as never, 'ios')
            ok(accepted)
            const prepared = delivery.prepare(accepted, type as PartnerId, { own: false, signals: { country: ['US'] } })
            // AppsFlyer takes a kilobyte: a longer event is not cut, it is not sent.
            if (prepared.kind === 'withheld') {
              equal(prepared.why, 'type_cannot_carry')
              return
            }
            went++
            const sent = marksIn(decodeURIComponent(prepared.bytes))
            const allowed = marksIn(reached(properties, traits))
            deepEqual(
              sent.filter((one) => !allowed.includes(one)),
              [],
            )
            if (type === 'webhook') deepEqual(sent, allowed)
          },
        ),
        parameters,
      )
      ok(went > 10, `${went} of ${parameters.numRuns} were sent`)
    })
  }
})
