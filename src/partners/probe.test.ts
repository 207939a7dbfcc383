import { deepEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PrivacyFlags } from '../model/decision.ts'
import { probe } from './probe.ts'
import { partnerTypes } from './registry.ts'

const BARE = { event: 'purchase', kind: 'track', app: { id: 'app', bundle: `com.${'example'.repeat(20)}` } } as const
const flags = (restricted: boolean): PrivacyFlags => ({
  restricted,
  sale: restricted,
  sharing: restricted,
  targetedAdvertising: restricted,
  deviceLimit: restricted,
  gpc: false,
})
const appsflyer = partnerTypes()
  .get('appsflyer')!
  .encoder({ app_id: 'id1234567890', key: { env: 'KEY' } })
const pixel = partnerTypes().get('pixel')!.encoder({ url: 'https://p.example/pb/7?v=3&lat={is_lat}&i={device_id}' })

/** What two items have in common, member by member. */
function common([one, other]: readonly [string, string]): object {
  const [a, b] = [JSON.parse(one), JSON.parse(other)] as [Record<string, unknown>, Record<string, unknown>]
  return Object.fromEntries(
    Object.entries(a).filter(([key, value]) => JSON.stringify(value) === JSON.stringify(b[key])),
  )
}

describe('partners: probing what an encoder writes of its own accord', () => {
  test('AppsFlyer has nothing to say of a bare view, yet its att shows', () => {
    const { bare, pairs } = probe(appsflyer, BARE, flags(false))
    deepEqual(bare, undefined)
    deepEqual(common(pairs[0]!), {
      att: 3,
      eventName: 'purchase',
      eventValue: '',
      bundleIdentifier: BARE.app.bundle,
    })
  })

  test('restricted, AppsFlyer’s flags show', () => {
    const { pairs } = probe(appsflyer, BARE, flags(true))
    for (const pair of pairs) {
      const { att, aie, sharing_filter } = common(pair) as Readonly<Record<string, unknown>>
      deepEqual([att, aie, sharing_filter], [2, false, ['all']])
    }
  })

  test('a pixel’s own texts show in the bare item', () => {
    deepEqual(probe(pixel, BARE, flags(true)).bare, '/pb/7?v=3&lat=1&i=')
  })

  test('every type is probed with every kind of id', () => {
    for (const encoder of [appsflyer, pixel]) ok(probe(encoder, BARE, flags(false)).pairs.length === 3)
  })
})
