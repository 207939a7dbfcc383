/** The paths, preflights and configurations that SDKs ask for when only their host is changed. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { WRITE_KEY } from '../../support/config-folder.ts'
import { eventText, exactPartners, US } from '../harness/exact-partners.ts'
import type { Served } from '../harness/served.ts'
import type { WorldCase } from '../harness/world-case.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const BATCH = `{"batch":[${eventText(`"userId":"u-1",${US}`)}]}`
const post = (gateway: Served, path: string, body = BATCH) =>
  gateway.call(path, { method: 'POST', body, headers: JSON_TYPE })
/** As analytics-next sends one event: text/plain, the key in the body. */
const asPage = (gateway: Served, path: string, event: object) =>
  gateway.call(path, {
    method: 'POST',
    body: JSON.stringify({ ...event, writeKey: WRITE_KEY, anonymousId: 'a-1' }),
    headers: { 'content-type': 'text/plain', origin: 'http://shop.example', authorization: '' },
  })

export const world: WorldCase = {
  source:
    'segmentio/analytics-node#81, snowplow/snowplow-ios-tracker#695, segmentio/analytics-next#312, rudderlabs/rudder-server#70 and #72, rudderlabs/rudder-sdk-android#16; Fetch Standard, CORS protocol',
  faults: {
    'sdk-3': async (world) => {
      const { gateway, items } = await exactPartners(world)
      const { status } = await post(gateway, '/v1/batch/')
      ok([200, 404, 405].includes(status), `answered ${status}`)
      await gateway.settled()
      equal(items().length, status === 200 ? 1 : 0)
    },
    'sdk-3c': async (world) => {
      const { gateway, items } = await exactPartners(world)
      equal((await post(gateway, '//v1/batch')).status, 200)
      await gateway.settled()
      equal(items().length, 1)
    },
    'sdk-4': async (world) => {
      const { gateway, items } = await exactPartners(world)
      const context = { location: { country: 'US', region: 'TX' } }
      for (const [path, event] of [
        ['/v1/t', { type: 'track', event: 'E', context }],
        ['/v1/i', { type: 'identify', userId: 'u-1', context }],
        ['/v1/p', { type: 'page', name: 'home', context }],
      ] as const) {
        const { status, headers } = await asPage(gateway, path, event)
        deepEqual([status, headers['access-control-allow-origin']], [200, '*'], path)
      }
      await gateway.settled()
      equal(items().length, 1)
    },
    'sdk-4-refusals-are-readable': async (world) => {
      const { gateway } = await exactPartners(world)
      const { status, headers } = await asPage(gateway, '/v1/nothing', {})
      deepEqual([status, headers['access-control-allow-origin']], [404, '*'])
    },
    'sdk-5': async (world) => {
      const { gateway } = await exactPartners(world)
      for (const path of ['/v1/identify', '/v1/track', '/v1/batch']) {
        const { headers } = await gateway.call(path, {
          method: 'OPTIONS',
          headers: {
            origin: 'http://shop.example',
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'anonymousid,authorization,content-type,sentat',
          },
        })
        const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(/, */)
        for (const name of ['anonymousid', 'authorization', 'content-type', 'sentat'])
          ok(allowed.includes(name), `${path}: ${allowed}`)
      }
    },
    'sdk-5c-source-config': async (world) => {
      const { gateway } = await exactPartners(world)
      const { status, headers, body } = await gateway.call(`/sourceConfig/?p=npm&v=3&writeKey=${WRITE_KEY}`, {
        headers: { origin: 'http://shop.example' },
      })
      deepEqual([status, headers['access-control-allow-origin']], [200, '*'])
      deepEqual([body.source.enabled, typeof body.source.id, body.source.destinations], [true, 'string', []])
    },
    'sdk-5c-beacon': async (world) => {
      const { gateway, items } = await exactPartners(world)
      const { status } = await gateway.call(`/beacon/v1/batch?writeKey=${WRITE_KEY}`, {
        method: 'POST',
        body: BATCH,
        headers: { 'content-type': 'text/plain;charset=UTF-8', authorization: '' },
      })
      equal(status, 200)
      await gateway.settled()
      equal(items().length, 1)
    },
  },
  neighbours: {
    'the plain paths take what they took, and others are not there': async (world) => {
      const { gateway, items } = await exactPartners(world)
      equal((await post(gateway, '/v1/batch')).status, 200)
      equal((await post(gateway, '/v1/b')).status, 200)
      equal((await post(gateway, '/v1/track', eventText(`"userId":"u",${US}`))).status, 200)
      equal((await post(gateway, '/v1/x')).status, 404)
      equal((await gateway.call('/v1/batch')).status, 405)
      await gateway.settled()
      equal(items().length, 3)
    },
    'a beacon without a key that is known is not taken': async (world) => {
      const { gateway, items } = await exactPartners(world)
      for (const query of ['', '?writeKey=somebody'])
        ok(
          (
            await gateway.call(`/beacon/v1/batch${query}`, {
              method: 'POST',
              body: BATCH,
              headers: { authorization: '', 'content-type': 'text/plain' },
            })
          ).status >= 400,
        )
      equal(items().length, 0)
    },
    'no page reads what a person’s own token may ask for': async (world) => {
      const { gateway } = await exactPartners(world)
      for (const path of ['/v1/me/choices', '/v1/me/disclosures']) {
        const { headers } = await gateway.call(path, { headers: { origin: 'http://shop.example' } })
        equal(headers['access-control-allow-origin'], undefined)
      }
    },
  },
}
