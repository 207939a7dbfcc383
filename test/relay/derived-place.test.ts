/** A bid request's geo object that was looked up from the IP address says no more than the address may. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../src/model/brand.ts'
import type { Levels } from '../../src/model/contract.ts'
import { FIELD_CLASSES, ipLevel, LADDERS, topOf } from '../../src/model/field-class.ts'
import { ALL_DIMENSIONS } from '../../src/model/signal.ts'
import { contract, finding, PARTNER } from '../support/builders.ts'
import { runCore } from '../support/gateway-core.ts'
import { CONNECTIONS } from '../support/partner-settings.ts'
import { relayContract, runRelay } from '../support/relay-core.ts'

const EVERYTHING: Levels = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
const POSITION = { lat: 30.267153, lon: -97.743057 }
const AUSTIN = { ...POSITION, country: 'USA', region: 'TX', metro: '635', city: 'Austin', zip: '78701' }
/** The cells of 500 and 5,000 km² that hold it: 0.16° by 1/226 of the sine, 0.8° by 1/113. Worked out by hand. */
const CENTRES = { '500': { lat: 30.14648, lon: -97.68 }, '5000': { lat: 30, lon: -98 } }
const NETWORKS: Levels = { ...EVERYTHING, ip: ipLevel(24, 48) }

/** What arrives of a geo object of somebody who agreed to everything. */
function arrived(
  geo: JsonObject,
  share: Levels,
  place: 'device' | 'user' = 'device',
  regs: JsonObject = {},
): JsonObject {
  const content = {
    device: { ifa: '6D92078A-8246-4BA4-AE5B-76104861E7DC', os: 'Android', ip: '203.0.113.77' },
    user: { id: 'ann' },
    regs,
  }
  const { prepared } = runRelay({
    contract: relayContract('openrtb26', share),
    request: { query: {}, headers: {}, content: { ...content, [place]: { ...content[place], geo } } },
    standing: { findings: [finding({ permits: ALL_DIMENSIONS })] },
  })
  if (prepared.kind !== 'item') throw new Error(`withheld(${prepared.why})`)
  const sent = JSON.parse(prepared.request.body) as Record<string, { geo?: JsonObject }>
  return sent[place]?.geo ?? {}
}

describe('relay: a geo object that says it was looked up from the IP address', () => {
  for (const place of ['device', 'user'] as const)
    test(`${place}.geo is whole where the address is`, () => {
      deepEqual(arrived({ ...AUSTIN, type: 2 }, EVERYTHING, place), { ...AUSTIN, type: 2 })
    })

  const rows: readonly [what: string, ip: number, geo: object][] = [
    [
      'a city in 500 km² where the network goes',
      ipLevel(24, 48),
      { ...CENTRES['500'], country: 'USA', region: 'TX', metro: '635', city: 'Austin' },
    ],
    [
      'a region in 5,000 km² where a larger network goes',
      ipLevel(16, 32),
      { ...CENTRES['5000'], country: 'USA', region: 'TX' },
    ],
    ['the country alone where the address does not go', 0, { country: 'USA' }],
  ]
  for (const [what, ip, geo] of rows)
    for (const place of ['device', 'user'] as const)
      test(`${place}.geo is ${what}`, () => {
        deepEqual(arrived({ ...AUSTIN, type: 2 }, { ...EVERYTHING, ip }, place), geo)
      })

  test('its own treatment counts as well, where that keeps less', () => {
    const share = { ...NETWORKS, place: LADDERS.place.indexOf('region'), coordinates: 1 }
    deepEqual(arrived({ ...AUSTIN, type: 2 }, share), { ...CENTRES['5000'], country: 'USA', region: 'TX' })
    deepEqual(arrived({ ...AUSTIN, type: 2 }, { ...NETWORKS, place: 0, coordinates: 0 }), {})
  })

  const saying: readonly [what: string, part: JsonObject, isFromIp: boolean][] = [
    ['type 2', { type: 2 }, true],
    ['type 2 as text', { type: '2' }, true],
    ['a look-up service', { ipservice: 3 }, true],
    ['a fix and a look-up service: a contradiction', { type: 1, ipservice: 3 }, true],
    ['a type nobody knows', { type: 7 }, true],
    ['a type that is no number', { type: { is: 1 } }, true],
    ['type 1, a fix', { type: 1 }, false],
    ['type 3, said by the person', { type: 3 }, false],
    ['type 3 as text', { type: '3' }, false],
    ['nothing', {}, false],
  ]
  for (const [what, part, isFromIp] of saying)
    test(`${what} ${isFromIp ? 'is' : 'is not'} taken for a look-up`, () => {
      const { city, zip } = arrived({ ...AUSTIN, ...part }, { ...EVERYTHING, ip: 0 })
      deepEqual([city, zip], isFromIp ? [undefined, undefined] : ['Austin', '78701'])
    })

  test('one object says nothing of the other', () => {
    const content = {
      device: {
        ifa: '6D92078A-8246-4BA4-AE5B-76104861E7DC',
        os: 'Android',
        geo: { country: 'USA', zip: '78701', type: 2 },
      },
      user: { id: 'ann', geo: { country: 'USA', zip: '10001', type: 3 } },
    }
    const { prepared } = runRelay({
      contract: relayContract('openrtb26', { ...EVERYTHING, ip: 0 }),
      request: { query: {}, headers: {}, content },
      standing: { findings: [finding({ permits: ALL_DIMENSIONS })] },
    })
    ok(prepared.kind === 'item')
    const { device, user } = JSON.parse(prepared.request.body) as typeof content
    deepEqual([device.geo, user.geo], [{ country: 'USA' }, { country: 'USA', zip: '10001' }])
  })

  test('coppa=1 leaves its country, as everybody else’s', () => {
    deepEqual(arrived({ ...AUSTIN, type: 2 }, EVERYTHING, 'device', { coppa: 1 }), { country: 'USA' })
  })

  test('an address that keeps less never lets more of it through', () => {
    const bits = [0, 8, 16, 23, 24, 32]
    let before = 0
    for (const v4 of bits) {
      const said = Object.keys(arrived({ ...AUSTIN, type: 2 }, { ...EVERYTHING, ip: ipLevel(v4, 128) })).length
      ok(said >= before, `/${v4}`)
      before = said
    }
    equal(before, Object.keys(AUSTIN).length + 1)
  })
})

describe('a bid request made of an event', () => {
  test('holds no place that the gateway looked up from the address, only the event’s own', () => {
    const geoOf = (location: JsonObject) => {
      const { prepared } = runCore({
        contracts: [
          contract({
            type: 'openrtb26',
            purposes: ['advertising'],
            share: EVERYTHING,
            connection: CONNECTIONS.openrtb26!,
            events: { Opened: { as: 'bid', properties: {} } },
          }),
        ],
        event: {
          type: 'track',
          event: 'Opened',
          messageId: 'm-1',
          userId: 'ann',
          context: { ip: '203.0.113.77', location },
        },
        ipPlace: { country: 'US', region: 'TX' },
        standing: { findings: [finding({ permits: ALL_DIMENSIONS })] },
      })
      const one = prepared.get(PARTNER)
      if (one?.kind !== 'item') throw new Error(`withheld(${one?.why})`)
      const { device } = JSON.parse(one.encoder.envelope([one.bytes]).body) as { device: { ip: string; geo?: object } }
      equal(device.ip, '203.0.113.77')
      return device.geo
    }
    equal(geoOf({}), undefined)
    deepEqual(geoOf({ country: 'US', city: 'Austin' }), { country: 'USA', city: 'Austin' })
  })
})
