/** A body that broke off, or did not end, made a failure of a request that the partner had taken; timeout_ms was no deadline. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { Socket } from 'node:net'
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

async function served(
  world: World,
  answer: (socket: Socket, nth: number) => void,
  connection: object,
  timeoutMs: number,
  events: number,
) {
  const partner = await rawPartner(world, answer)
  const gateway = await world.gateway({
    contracts: [
      webhookContract('acme', partner.origin, {
        connection: { url: `${partner.origin}/in`, ...connection },
        limits: { per_second: 1_000, concurrency: 1, timeout_ms: timeoutMs, attempts: 4 },
      }),
    ],
  })
  const begun = performance.now()
  equal((await gateway.send(Array.from({ length: events }, (_, n) => event(`m-${n}`)))).status, 200)
  await gateway.settled()
  const { body } = await gateway.staff('/api/v1/accounting')
  return {
    settled: body.pairs.acme.settled as Record<string, number>,
    requests: partner.requests.length,
    tookMs: performance.now() - begun,
    partner,
  }
}

/** 200 and then a byte every 0.4 s for a minute. */
function drip(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
  const timer = setInterval(() => socket.write('1\r\na\r\n'), 400)
  const end = setTimeout(() => socket.end('0\r\n\r\n'), 60_000)
  socket.on('close', () => {
    clearInterval(timer)
    clearTimeout(end)
  })
}

const CUT = 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"ok":true}'

export const world: WorldCase = {
  source: 'nodejs/undici#583, #429, #3297, #474; RFC 9112 8; docs/config.md of timeout_ms',
  faults: {
    'cut-body-of-a-200': async (world) => {
      const { settled, requests } = await served(world, (socket) => socket.end(CUT), { idempotent: true }, 2_000, 1)
      deepEqual([settled.dead, requests], [0, 1])
    },
    'deadline-for-a-body-that-drips': async (world) => {
      const { settled, requests, tookMs, partner } = await served(world, drip, { idempotent: false }, 1_000, 2)
      ok(tookMs < 8_000, `${tookMs} ms`)
      deepEqual([settled.unresolved, requests], [2, 2])
      await until('its connections to be closed', () => partner.open() === 0)
    },
  },
  neighbours: {
    'a 503 that is cut is tried again': async (world) => {
      const { settled, requests } = await served(
        world,
        (socket, nth) =>
          nth === 0
            ? socket.end('HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nbusy')
            : void socket.write(httpAnswer('200 OK', [], 'OK')),
        { idempotent: true },
        2_000,
        1,
      )
      deepEqual([settled.delivered, requests], [1, 2])
    },
    'a slow answer within the time is delivered': async (world) => {
      const { settled } = await served(
        world,
        (socket) => {
          setTimeout(() => socket.write(httpAnswer('200 OK', [], 'OK')), 300)
        },
        {},
        3_000,
        1,
      )
      equal(settled.delivered, 1)
    },
  },
}
