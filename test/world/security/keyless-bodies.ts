/** 1,100 connections from another address, each with one byte of a body and no key, shut everybody else out for a minute. */
import { ok, strictEqual } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { openRaw } from '../harness/raw.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const SLOW = 'POST /v1/track HTTP/1.1\r\nHost: sluice\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{'
const HONEST = 20

async function flood(world: World, gateway: Served, connections: number): Promise<void> {
  const opened = await Promise.allSettled(
    Array.from({ length: connections }, () => openRaw(gateway.dataUrl, SLOW, { from: '127.0.0.2' })),
  )
  for (const one of opened) {
    if (one.status === 'fulfilled') world.after(() => void one.value.socket.destroy())
  }
}

/** How many of the honest events and opt-outs are answered 200. */
async function honest(gateway: Served, count: number): Promise<{ events: number; choices: number }> {
  const got = { events: 0, choices: 0 }
  for (let index = 0; index < count; index++) {
    const event = { type: 'track', event: 'Order Completed', userId: `u-${index}` }
    if ((await gateway.send([event])).status === 200) got.events++
    const body = { identities: { user: `u-${index}` }, opt_out: true }
    if ((await gateway.call('/v1/me/choices', { method: 'PUT', body })).status === 200) got.choices++
  }
  return got
}

async function served(world: World): Promise<Served> {
  const partner = await world.partner()
  return world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
}

export const world: WorldCase = {
  source: 'CWE-400, CWE-770; OWASP, Denial of Service (slow POST)',
  faults: {
    'keyless-bodies': async (world) => {
      const gateway = await served(world)
      await flood(world, gateway, 1_100)
      const { events, choices } = await honest(gateway, HONEST)
      ok(events >= HONEST * 0.9 && choices >= HONEST * 0.9, `${events} events, ${choices} choices of ${HONEST}`)
    },
  },
  neighbours: {
    'a hundred slow senders disturb nobody': async (world) => {
      const gateway = await served(world)
      await flood(world, gateway, 100)
      const { events, choices } = await honest(gateway, 5)
      strictEqual(events + choices, 10)
    },
  },
}
