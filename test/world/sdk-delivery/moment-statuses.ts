/** Statuses that speak of the moment were final for some partner types, and a Retry-After rested one item, not the partner. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { until } from '../../support/until.ts'
import { httpAnswer, rawPartner } from '../harness/raw-partner.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const event = (id: string) => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'u-1',
  messageId: id,
  context: { location: { country: 'US', region: 'TX' } },
})

/** One event to a pixel that answers its first request so and is well afterwards: how it ended, and after how many requests. */
async function pixelAfter(world: World, status: string) {
  const partner = await rawPartner(world, (socket, nth) =>
    socket.write(httpAnswer(nth === 0 ? status : '200 OK', [], 'OK')),
  )
  const gateway = await world.gateway({
    contracts: [
      webhookContract('px', partner.origin, {
        type: 'pixel',
        events: { 'Order Completed': { as: 'purchase' } },
        share: { message_id: 'pass' },
        when_restricted: { send: 'nothing' },
        limits: { per_second: 1_000, concurrency: 2, timeout_ms: 3_000 },
        connection: {
          url: `${partner.origin}/p?m={message_id}&lat={limit_ad_tracking}`,
          idempotent: true,
        },
      }),
    ],
  })
  equal((await gateway.send([event('m-1')])).status, 200)
  await gateway.settled()
  const { body } = await gateway.staff('/api/v1/accounting')
  const settled = body.pairs.px.settled as Record<string, number>
  return [Object.keys(settled).filter((state) => settled[state] !== 0), partner.requests.length]
}

/** 60 events to a partner that asks for a rest: how many requests it gets in the next seconds. */
async function requestsDespite(world: World, retryAfter: string, headers: readonly string[] = []) {
  const partner = await rawPartner(world, (socket) =>
    socket.write(httpAnswer('429 Too Many Requests', [`Retry-After: ${retryAfter}`, ...headers], '')),
  )
  const gateway = await world.gateway({
    contracts: [
      webhookContract('acme', partner.origin, {
        connection: { url: `${partner.origin}/in` },
        limits: { per_second: 1_000, concurrency: 4, timeout_ms: 3_000, attempts: 12 },
      }),
    ],
  })
  equal((await gateway.send(Array.from({ length: 60 }, (_, n) => event(`m-${n}`)))).status, 200)
  await until('it to be asked', () => partner.requests.length > 0)
  const from = performance.now()
  await until('seven seconds', () => performance.now() - from > 7_000)
  return partner.requests.length
}

export const world: WorldCase = {
  source: 'RFC 9110 15.5.9, 10.2.3, RFC 6585 4, RFC 8470 5.2; vectordotdev/vector#21447, appnexus/anx-api#22',
  faults: {
    'pixel-408': async (world) => deepEqual(await pixelAfter(world, '408 Request Timeout'), [['delivered'], 2]),
    'pixel-425': async (world) => deepEqual(await pixelAfter(world, '425 Too Early'), [['delivered'], 2]),
    'retry-after-rests-the-partner': async (world) => {
      const requests = await requestsDespite(world, '120')
      ok(requests <= 4, `${requests} requests`)
    },
    'retry-after-as-a-date': async (world) => {
      const at = (ms: number): string => new Date(ms).toUTCString()
      const requests = await requestsDespite(world, at(Date.now() + 120_000), [`Date: ${at(Date.now())}`])
      ok(requests <= 4, `${requests} requests`)
    },
  },
  neighbours: {
    'a 503 is tried again': async (world) =>
      deepEqual(await pixelAfter(world, '503 Service Unavailable'), [['delivered'], 2]),
    'a 404 is final': async (world) => deepEqual(await pixelAfter(world, '404 Not Found'), [['dead'], 1]),
  },
}
