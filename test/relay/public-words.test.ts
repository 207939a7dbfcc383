/**
 * What is withheld of a person may be a public word as well: a domain, the start of every user agent, a maker's name. A
 * request is not lost because a plain place, or what a reduction makes of the value, says it too. What names the person is.
 */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createScanner } from '../../src/guard/index.ts'
import type { JsonObject } from '../../src/model/brand.ts'
import type { Levels } from '../../src/model/contract.ts'
import { topOf } from '../../src/model/field-class.ts'
import { ADVERTISING_DIMENSIONS } from '../../src/model/signal.ts'
import type { View } from '../../src/model/values.ts'
import {
  reduceCarrier,
  reduceDevice,
  reduceLocale,
  reduceNetwork,
  reduceOs,
  reduceTimezone,
  reduceUserAgent,
} from '../../src/transform/reduce.ts'
import { finding } from '../support/builders.ts'
import { relayContract, runRelay } from '../support/relay-core.ts'

const viewOf = (fields: Partial<View>): View => ({ ...fields, event: 'E', kind: 'track', app: { id: 'app' } })
const FREE = { country: ['US'], os: ['iOS'], os_version: ['17.5'], att: ['3'] }
const OPTED_OUT = { findings: [finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })] }
const IFA = '2B3C4D5E-0003-4000-8000-000000000001'
const SHARED: Levels = {
  advertising_id: topOf('advertising_id'),
  partner_id: topOf('partner_id'),
  user_agent: 1,
  os: 1,
}
const REDUCED: Levels = { user_agent: 1, device: 1, os: 1, locale: 1, timezone: 1, carrier: 1, network: 1 }

function bid(parts: JsonObject, restricted: boolean): JsonObject | string {
  const contract = relayContract('openrtb26', SHARED, { whenRestricted: { send: 'limited', share: REDUCED } })
  const content = { id: 't1', imp: [{ id: '1' }], device: { ifa: IFA }, ...parts }
  const { prepared } = runRelay({
    contract,
    request: { query: {}, headers: {}, content },
    signals: FREE,
    ...(restricted ? { standing: OPTED_OUT } : {}),
  })
  return prepared.kind === 'item' ? (JSON.parse(prepared.request.body) as JsonObject) : prepared.why
}

const EID = { inserter: 'pub.example', matcher: 'graph.example', source: 'ssp.example', mm: 3 }
const eids = (id: string): JsonObject => ({ eids: [{ ...EID, uids: [{ id, atype: 3 }] }] })

describe('relay: public words beside withheld ids', () => {
  const rows: readonly (readonly [string, JsonObject])[] = [
    ['the inserter is the site’s domain', { site: { domain: 'pub.example' } }],
    ['the inserter is the app’s domain', { app: { domain: 'pub.example', publisher: { domain: 'pub.example' } } }],
    [
      'the source is in the supply chain',
      { source: { schain: { complete: 1, ver: '1.0', nodes: [{ asi: 'ssp.example', sid: '1', hp: 1 }] } } },
    ],
    [
      'the matcher is in the supply chain of 2.5',
      { source: { ext: { schain: { complete: 1, ver: '1.0', nodes: [{ asi: 'graph.example', sid: '3', hp: 1 }] } } } },
    ],
    ['a blocked advertiser is the source', { badv: ['ssp.example', 'other.example'] }],
  ]
  for (const [what, parts] of rows) {
    test(what, () => {
      const sent = bid(
        { ...parts, user: { ext: eids('ZK5GQGDZ-M-DK5U'), ...eids('ZK5GQGDZ-M-DK5U') } },
        true,
      ) as JsonObject
      deepEqual(
        { ...sent, device: undefined, user: undefined, regs: undefined },
        {
          id: 't1',
          imp: [{ id: '1' }],
          ...parts,
          device: undefined,
          user: undefined,
          regs: undefined,
        },
      )
      equal(/eids|ZK5G|2B3C/.test(JSON.stringify(sent)), false)
    })
  }
  test('ids that may go, go with whose they are', () => {
    const user = eids('ZK5GQGDZ-M-DK5U')
    deepEqual((bid({ site: { domain: 'pub.example' }, user }, false) as JsonObject).user, user)
  })
  const naming: readonly (readonly [string, JsonObject])[] = [
    ['an id of an eid as the placement', { imp: [{ id: '1', tagid: 'ZK5GQGDZ-M-DK5U' }] }],
    ['an id of an eid as the position', { imp: [{ id: '1', ext: { gpid: 'ZK5GQGDZ-M-DK5U' } }] }],
    ['the IDFA as the placement', { imp: [{ id: '1', tagid: IFA }] }],
  ]
  for (const [what, parts] of naming) {
    test(`${what}: nothing goes`, () => {
      equal(bid({ ...parts, user: eids('ZK5GQGDZ-M-DK5U') }, true), 'guard')
    })
  }
})

describe('a reduced form may hold the short value it was made of', () => {
  const agents = [
    'Mozilla/5.0',
    'mozilla/5.0',
    'Mozilla',
    'Mozilla/5.0 (iPhone',
    'Mozilla/5.0 (Android)',
    'Android',
    'Linux',
    '(Other)',
    'Mozilla/5.0 (Other',
  ]
  for (const ua of agents) {
    test(`a bid of the user agent ${ua}`, () => {
      const { device } = bid({ device: { ifa: IFA, ua } }, true) as { device: JsonObject }
      equal(device.ua, reduceUserAgent(ua))
    })
    test(`an event of the user agent ${ua}`, () => {
      const scan = createScanner()
      const view = viewOf({ user_agent: reduceUserAgent(ua) })
      deepEqual(
        scan({ raw: { user_agent: ua }, view, bytes: JSON.stringify({ ua: view.user_agent }), constants: new Set() }),
        {
          clear: true,
        },
      )
    })
  }
  test('every value whose reduced form holds it', () => {
    const forms: readonly string[] = ['iPhone', 'iPad', 'Android', 'Windows', 'Macintosh', 'Linux', 'Other'].map(
      (name) => `Mozilla/5.0 (${name})`,
    )
    const words = [...forms, 'Apple', 'Samsung', 'iOS', '17', 'carrier', 'Europe', 'America', 'de', 'Other']
    const part = fc
      .tuple(fc.constantFrom(...words), fc.nat(20), fc.nat(20))
      .map(([word, start, end]) => word.slice(start % word.length, word.length - (end % word.length)))
      .filter((text) => text.length > 0)
    const scan = createScanner()
    fc.assert(
      fc.property(part, part, (one, other) => {
        const raw = {
          user_agent: one,
          device: { manufacturer: other },
          os: { name: one, version: other },
          locale: other,
          timezone: one,
          carrier: other,
          network: { wifi: true },
        }
        const view = viewOf(
          Object.fromEntries(
            Object.entries({
              user_agent: reduceUserAgent(raw.user_agent),
              device: reduceDevice(raw.device),
              os: reduceOs(raw.os),
              locale: reduceLocale(raw.locale),
              timezone: reduceTimezone(raw.timezone),
              carrier: reduceCarrier(raw.carrier),
              network: reduceNetwork(raw.network),
            }).filter(([, value]) => value !== undefined),
          ),
        )
        deepEqual(scan({ raw, view, bytes: JSON.stringify(view), constants: new Set() }), { clear: true })
      }),
      { numRuns: 1_000 },
    )
  })
  test('a user agent that is withheld as a whole is nowhere', () => {
    const scan = createScanner()
    equal(
      scan({ raw: { user_agent: 'Mozilla/5.0' }, view: viewOf({}), bytes: '{"x":"Mozilla/5.0"}', constants: new Set() })
        .clear,
      false,
    )
  })
})

describe('events: what the encoder writes for everybody', () => {
  const scan = createScanner()
  const guid = 'koexample-app-ios-k3x9d2f7'
  const look = (raw: Parameters<typeof scan>[0]['raw']) =>
    scan({ raw, view: viewOf({}), bytes: `{"kochava_app_id":"${guid}"}`, constants: new Set([guid]) }).clear
  test('a property that names the contract’s own app is no reason to lose the event', () => {
    equal(look({ property: { app: guid } }), true)
  })
  test('an identity of the person’s is one, even so', () => {
    equal(look({ user_id: guid }), false)
  })
})
