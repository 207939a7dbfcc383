/** What came in while a partner, or everything, was stopped moved no counter: nobody could say how much was missed. */
import { deepEqual, equal } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function two(world: World) {
  const partners = [await world.partner(), await world.partner()]
  const gateway = await world.gateway({
    contracts: [webhookContract('goes', partners[0]!.origin), webhookContract('halted', partners[1]!.origin)],
  })
  const stop = async (path: string, stopped: boolean): Promise<void> =>
    equal((await gateway.staff(path, { method: 'PUT', body: { stopped } })).status, 200)
  const send = async (count: number): Promise<void> =>
    equal((await gateway.send(Array.from({ length: count }, () => purchase()))).status, 200)
  return { gateway, partners, stop, send }
}

/** Routed, delivered and withheld because of a stop, by partner; and whether the sums close. */
async function books(gateway: Served) {
  await gateway.settled()
  const { body } = await gateway.staff('/api/v1/accounting')
  const of = (partner: string) => {
    const pairs = body.pairs[partner]
    return [pairs?.routed ?? 0, pairs?.settled.delivered ?? 0, pairs?.withheldBy.stopped ?? 0]
  }
  return { goes: of('goes'), halted: of('halted'), closes: body.closes }
}

export const world: WorldCase = {
  source: 'docs/ops.md of stops; NIST SP 800-53 AU-12',
  faults: {
    'stopped-counted': async (world) => {
      const { gateway, stop, send, partners } = await two(world)
      await stop('/api/v1/partners/halted/stop', true)
      await send(5)
      deepEqual(await books(gateway), { goes: [5, 5, 0], halted: [5, 0, 5], closes: true })
      await stop('/api/v1/partners/halted/stop', false)
      await send(1)
      deepEqual(await books(gateway), { goes: [6, 6, 0], halted: [6, 1, 5], closes: true })
      equal(partners[1]!.items().length, 1)
    },
    'stopped-counted-everything-and-restart': async (world) => {
      const { gateway, stop, send } = await two(world)
      await stop('/api/v1/stop', true)
      await send(3)
      deepEqual(await books(gateway), { goes: [3, 0, 3], halted: [3, 0, 3], closes: true })
      await gateway.stop()
      await gateway.start()
      await send(2)
      deepEqual(await books(gateway), { goes: [5, 0, 5], halted: [5, 0, 5], closes: true })
    },
  },
  neighbours: {
    'nothing reaches a stopped partner, and others get theirs': async (world) => {
      const { gateway, stop, send, partners } = await two(world)
      await stop('/api/v1/partners/halted/stop', true)
      await send(4)
      await gateway.settled()
      deepEqual([partners[0]!.items().length, partners[1]!.items().length], [4, 0])
    },
    'what came in while it was stopped is not caught up': async (world) => {
      const { gateway, stop, send, partners } = await two(world)
      await stop('/api/v1/partners/halted/stop', true)
      await send(4)
      await stop('/api/v1/partners/halted/stop', false)
      await send(2)
      await gateway.settled()
      equal(partners[1]!.items().length, 2)
    },
  },
}
