import { deepEqual, equal } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { APP, contract, revision } from '../../test/support/builders.ts'
import { createIdentityKeys } from '../choices/identity.ts'
import { createRoutes } from '../flow/routes.ts'
import type { JsonObject } from '../model/brand.ts'
import type { AppPlan } from '../model/contract.ts'
import { partnerTypes } from '../partners/registry.ts'
import { createCountryReader } from '../signals/place.ts'
import type { IngressDeps } from './deps.ts'
import { createTakeIn, type TakenIn } from './take-in.ts'

const types = partnerTypes()
const plan = revision({ contracts: [contract()] })
const app = plan.apps.find(({ id }) => id === APP) as AppPlan
const routes = createRoutes(
  plan,
  (type) => types.get(type)?.abilities,
  () => false,
)
const keys = createIdentityKeys(createSecretKey(Buffer.alloc(32, 7)))

/** What the events said of the SDKs that sent them. */
const libraries: unknown[] = []

/** What of the gateway taking in asks for. */
const deps = {
  choices: keys,
  ledger: { health: () => ({ writable: true, why: 'ok', lastCommitMs: 0 }) },
  revisions: { current: () => plan, appOfKey: () => ({ app, retired: false }) },
  limits: { batchEvents: 100, eventBytes: 32_768, batchBytes: 524_288, unknownKeyGraceMs: 0 },
  names: { look: () => undefined },
  tail: { isOn: true, takes: () => true },
  heard: {
    sent: (_app: string, event: JsonObject, shared: JsonObject | undefined) =>
      libraries.push((event.context as JsonObject | undefined)?.library ?? shared?.library),
  },
  now: () => Date.UTC(2026, 10, 24, 12),
  routes: () => routes,
  countryOf: createCountryReader(),
  placeOf: () => undefined,
  // Sound: nothing else is asked for before anything is kept.
} as unknown as IngressDeps

function takenIn(...events: readonly object[]): TakenIn {
  const request = {
    headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from('key:').toString('base64')}` },
    rawHeaders: [],
    socket: { remoteAddress: '192.0.2.1' },
  } as unknown as IncomingMessage
  const steps = createTakeIn(deps, () => false)(request, 'batch', Buffer.from(JSON.stringify({ batch: events })), {})
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

const CONTEXT = { device: { id: '0a1b2c3d4e5f6071', type: 'android' }, locale: 'en' }
const event = (more: object = {}): object => ({ type: 'track', event: 'Order Completed', userId: 'u-1', ...more })

describe('what a batch says of its people', () => {
  test('the same of one person, once, and each event is theirs all the same', () => {
    const { said, good } = takenIn(event({ context: CONTEXT }), event({ context: CONTEXT, properties: { revenue: 1 } }))
    equal(said.length, 1)
    deepEqual(said, takenIn(event({ context: CONTEXT })).said)
    deepEqual(good[1]!.keys, good[0]!.keys)
    equal(good[0]!.keys.length, 2)
  })

  const rows: readonly (readonly [string, object, object])[] = [
    ['another person', event(), event({ userId: 'u-2' })],
    [
      'an id in other letters, which has a key of an earlier formula',
      event({ userId: 'Ann ' }),
      event({ userId: 'ann' }),
    ],
    ['another signal', event(), event({ context: { us_privacy: '1YYN' } })],
    [
      'another device',
      event({ context: CONTEXT }),
      event({ context: { ...CONTEXT, device: { id: 'ffff2c3d4e5f6071' } } }),
    ],
    [
      'one that names an account as well',
      event({ userId: undefined, anonymousId: 'a-1' }),
      event({ anonymousId: 'a-1' }),
    ],
  ]
  for (const [what, first, second] of rows)
    test(`both, where they differ: ${what}`, () => {
      const { said, good } = takenIn(first, second)
      deepEqual(said, [...takenIn(first).said, ...takenIn(second).said])
      deepEqual(
        good.map((one) => one.keys),
        [...takenIn(first).good, ...takenIn(second).good].map((one) => one.keys),
      )
    })
})

describe('a context that events of a batch repeat', () => {
  const library = { name: 'analytics-android', version: '4.11.3' }
  const events = [1, 2].map((revenue) => event({ context: { ...CONTEXT, library }, properties: { revenue } }))

  test('is shown with each of them to whoever watches', () => {
    deepEqual(
      takenIn(...events).good.map(({ watched }) => watched),
      events,
    )
  })

  test('says which SDK sent them', () => {
    libraries.length = 0
    takenIn(...events)
    deepEqual(libraries, [library])
  })
})
