/** Signals that were learnt are in choices.db alone: where it is lost, nobody may be shared again in silence. */
import { strictEqual } from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

let count = 0
const purchase = (userId: string, context: object = {}): object => ({
  type: 'track',
  event: 'Order Completed',
  messageId: `m-${++count}`,
  userId,
  context: {
    device: { type: 'ios', attTrackingStatus: 3 },
    os: { name: 'iOS', version: '17.5' },
    location: { country: 'US', region: 'TX' },
    ...context,
  },
})

async function withoutChoices(gateway: Served): Promise<void> {
  for (const name of await readdir(gateway.data)) if (name.startsWith('choices.db')) await rm(join(gateway.data, name))
}

async function serving(world: World) {
  const partner = await world.partner()
  const gateway = await world.gateway({
    contracts: [webhookContract('p0', partner.origin, { when_restricted: { send: 'nothing' } })],
    gateway: { log_level: 'info' },
  })
  return { partner, gateway }
}

/** Said once, then the file is lost: no start and why, or nothing is sent, or a warning that names the thing. */
async function isNotForgotten(world: World, event: object, headers: Record<string, string> = {}): Promise<void> {
  const { partner, gateway } = await serving(world)
  strictEqual((await gateway.send([event], { headers: { ...headers } })).status, 200)
  await gateway.settled()
  strictEqual(partner.items().length, 0, 'restricted from the start')
  await gateway.stop()
  await withoutChoices(gateway)
  const refused = await gateway.startRefused()
  if (refused !== 'serves') {
    strictEqual(/choices\.db/.test(refused.said), true, refused.said)
    // Whoever accepts the loss can go on.
    await gateway.start({ args: ['--accept-lost-choices'] })
    return
  }
  await gateway.start()
  const isWarned = /"level":[456]0[^\n]*(choice|signal)/i.test(gateway.said())
  await gateway.send([purchase('kim')])
  await gateway.settled()
  strictEqual(isWarned || partner.items().length === 0, true, 'sent, and in silence')
}

export const world: WorldCase = {
  source: '16 CFR 312 (COPPA); Cal. Code Regs. tit. 11, § 7025 (opt-out preference signals)',
  faults: {
    'choices-lost-child': (world) => isNotForgotten(world, purchase('kim', { traits: { age: 9 } })),
    'choices-lost-gpc': (world) => isNotForgotten(world, purchase('kim'), { 'sec-gpc': '1' }),
  },
  neighbours: {
    'opt-outs are told again from the ledger, and the others go on': async (world) => {
      const { partner, gateway } = await serving(world)
      const body = { identities: { user: 'ann' }, opt_out: true }
      strictEqual((await gateway.call('/v1/me/choices', { method: 'PUT', body })).status, 200)
      await gateway.stop()
      await withoutChoices(gateway)
      await gateway.start()
      await gateway.send([purchase('ann'), purchase('ben')])
      await gateway.settled()
      strictEqual(partner.items().length, 1)
    },
    'a folder that lost nothing starts again, and what was learnt holds': async (world) => {
      const { partner, gateway } = await serving(world)
      await gateway.send([purchase('kim', { traits: { age: 9 } })])
      await gateway.settled()
      await gateway.stop('SIGKILL')
      await gateway.start()
      await gateway.send([purchase('kim'), purchase('ben')])
      await gateway.settled()
      strictEqual(partner.items().length, 1)
    },
  },
}
