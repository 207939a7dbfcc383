/** Four times what the gateway gets through: answers came after 16 to 60 s or never, and not one said to come back later. */
import { ok, strictEqual } from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Order, Sent } from '../../overload/sender.ts'
import { WRITE_KEY, webhookContract } from '../../support/config-folder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const TIMES = 4
const SENDERS = 12
/** When an SDK gives up and sends again. */
const GIVEN_UP_MS = 10_000
const BASIC = `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`

const BATCHES = Array.from({ length: 200 }, (_, phone) => {
  const batch = Array.from({ length: 20 }, (_, index) => ({
    type: 'track',
    event: 'Order Completed',
    userId: `user-${phone}`,
    properties: { revenue: index, currency: 'USD', note: 'nothing in particular' },
    context: {
      device: { id: `6D92078A-8246-4BA4-AE5B-${String(phone).padStart(12, '0')}`, attTrackingStatus: 3 },
      os: { name: 'iOS', version: '17.5' },
      location: { country: 'US', region: 'TX' },
    },
  }))
  const text = JSON.stringify({ batch })
  return `POST /v1/batch HTTP/1.1\r\nHost: sluice\r\nAuthorization: ${BASIC}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`
})

/** From a process of its own, which is not held up by whoever judges. */
async function sent(world: World, order: Order): Promise<Sent> {
  const child = fork(join(import.meta.dirname, '..', '..', 'overload', 'sender.ts'), { execArgv: [] })
  world.after(() => void child.kill())
  child.send(order)
  const [answer] = (await once(child, 'message')) as [Sent]
  child.kill()
  return answer
}

/** One flood answers for all that is asked of it: by the tree under test. */
const floods = new Map<string, Promise<Sent>>()

function flooded(world: World): Promise<Sent> {
  const known = floods.get(world.tree) ?? overloaded(world)
  floods.set(world.tree, known)
  return known
}

async function overloaded(world: World): Promise<Sent> {
  const partner = await world.partner()
  const limits = { per_second: 100_000, concurrency: 16, timeout_ms: 5_000, batch: 100, linger_ms: 20 }
  const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin, { limits })] })
  const port = Number(new URL(gateway.dataUrl).port)
  const order = { port, requests: BATCHES, patienceMs: 60_000 }
  const measured = await sent(world, { ...order, perSecond: undefined, connections: SENDERS, forMs: 4_000 })
  const perSecond = ((measured.tookMs['200']?.length ?? 0) / 4) * TIMES
  return sent(world, { ...order, perSecond, connections: 4_000, forMs: 12_000 })
}

const ANSWERS = ['200', '429', '503']

const timesOf = ({ tookMs }: Sent, statuses: readonly string[]): readonly number[] =>
  statuses.flatMap((status) => tookMs[status] ?? []).toSorted((a, b) => a - b)

export const world: WorldCase = {
  source: 'RFC 9110 10.2.3, RFC 6585 4; SDKs give up after 10 s and send again',
  patienceMs: 240_000,
  faults: {
    'overload-answered': async (world) => {
      const flood = await flooded(world)
      const answered = timesOf(flood, ANSWERS)
      const all = flood.asked + (flood.lost['no connection'] ?? 0)
      const inTime = answered.filter((took) => took <= GIVEN_UP_MS).length
      ok(inTime >= all * 0.99, `${inTime} of ${all} answered while SDKs wait: ${JSON.stringify(flood.lost)}`)
    },
    'overload-p99': async (world) => {
      const answered = timesOf(await flooded(world), ANSWERS)
      const p99 = answered[Math.floor(answered.length * 0.99)]!
      ok(p99 <= 5_000, `p99 ${Math.round(p99)} ms`)
    },
    'overload-retry-after': async (world) => {
      const flood = await flooded(world)
      ok(timesOf(flood, ['429', '503']).length > 0, 'nobody was asked to come back later')
      strictEqual(flood.unexplained, 0)
    },
  },
  neighbours: {
    'twelve senders are all answered 200': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
      const port = Number(new URL(gateway.dataUrl).port)
      const { tookMs, asked } = await sent(world, {
        port,
        requests: BATCHES,
        patienceMs: 30_000,
        perSecond: undefined,
        connections: SENDERS,
        forMs: 3_000,
      })
      strictEqual(tookMs['200']?.length, asked)
    },
  },
}
