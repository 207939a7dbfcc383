/**
 * A request that carries the contract's own settings, in the place for them and in others: an SDK that is set up rightly
 * names the very app that the contract names. It passes as one with other settings does, restricted or not.
 */
import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json } from '../../src/model/brand.ts'
import type { Levels } from '../../src/model/contract.ts'
import { FIELD_CLASSES, topOf } from '../../src/model/field-class.ts'
import { ADVERTISING_DIMENSIONS } from '../../src/model/signal.ts'
import type { Connection } from '../../src/partners/kit/type.ts'
import { finding } from '../support/builders.ts'
import { CONNECTIONS } from '../support/partner-settings.ts'
import { RELAYED_TYPES, relayContract, runRelay } from '../support/relay-core.ts'
import { sampleRequest } from '../support/relay-samples.ts'

/** What partners' ids of an app look like: each like an id or a number of somebody's. */
const SHAPES = {
  'an id of digits': '7000000000000000000',
  'a phone number': '4915123456789',
  'a token': 'f0ob4r2zk9qd',
  'a GUID': '6d92078a-8246-4ba4-ae5b-76104861e7dc',
  'a long GUID': 'koexample-app-ios-k3x9d2f7',
  'an app’s id in a store': 'id1234567890',
} as const
/** Settings that are free texts in a connection; test codes beside those that every contract has. */
const TEXTS = ['app_token', 'event_source_id', 'app_guid', 'dataset', 'app_id', 'id', 'link_id', 'ad_account', 'pixel']
const TEST_CODES: Readonly<Record<string, readonly string[]>> = {
  tiktok_events: ['test_event_code'],
  meta_capi: ['test_event_code'],
  reddit_capi: ['test_id'],
}
const ALL: Levels = Object.fromEntries(FIELD_CLASSES.map((name) => [name, topOf(name)]))
const FREE = { country: ['US'], os: ['iOS'], os_version: ['17.5'], att: ['3'] }
const OPTED_OUT = { findings: [finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })] }

describe('relay: the contract’s own settings', () => {
  for (const { type } of RELAYED_TYPES) {
    const base = CONNECTIONS[type.type]!
    const names = [...TEXTS.filter((name) => typeof base[name] === 'string'), ...(TEST_CODES[type.type] ?? [])]
    for (const name of names) {
      for (const [shape, setting] of Object.entries(SHAPES)) {
        // Of AppsFlyer's there is but one shape.
        if (type.type === 'appsflyer' && setting !== SHAPES['an app’s id in a store']) continue
        test(`${type.type}: ${name} is ${shape}`, () => {
          const connection: Connection = { ...base, [name]: setting }
          const routes = type.redact!(connection)!.routes
          for (const [index, route] of routes.entries()) {
            for (const [share, standing] of [[ALL, undefined] as const, [{}, OPTED_OUT] as const]) {
              const contract = relayContract(type.type, share, { connection })
              const run = (own: Json | undefined, elsewhere: string) => {
                const request = sampleRequest(
                  route,
                  () => 'a1b2c3d4',
                  (node) => own ?? node.value,
                )
                const query = { ...request.query, zz_own: elsewhere }
                const content =
                  typeof request.content === 'object' && !Array.isArray(request.content)
                    ? { ...request.content, zz_own: elsewhere, zz_more: { own: [elsewhere.toUpperCase()] } }
                    : request.content
                const { prepared } = runRelay({
                  contract,
                  route: index,
                  request: { ...request, query, content },
                  signals: FREE,
                  ...(standing === undefined ? {} : { standing }),
                })
                return prepared.kind === 'item' ? prepared.bytes : `withheld ${prepared.why}`
              }
              equal(run(undefined, setting), run('another', 'another'), `${route.method} ${route.path}`)
            }
          }
        })
      }
    }
  }

  test('every type that fills a place of its own is asked', () => {
    const asked = RELAYED_TYPES.filter(({ type }) =>
      TEXTS.some((name) => typeof CONNECTIONS[type.type]![name] === 'string'),
    ).map(({ type }) => type.type)
    deepEqual(asked.sort(), [
      'adjust',
      'appsflyer',
      'google_ads_app',
      'kochava',
      'meta_app_events',
      'meta_capi',
      'pinterest_capi',
      'reddit_capi',
      'snapchat_capi',
      'tiktok_events',
    ])
  })
})
