/** A batch's context of 20,000 texts was merged, walked and screened anew for each of 2,400 events: 23 s in one turn. */
import { ok, strictEqual } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function goesOn(world: World, context: object, events: number): Promise<void> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
  const batch = Array.from({ length: events }, (_, index) => ({
    type: 'track',
    event: 'Order Completed',
    userId: `u${index}`,
  }))
  const sent = gateway.send(batch, { context, timeoutMs: 40_000 })
  // Awaited at the end; where an assertion comes first, nobody else hears of it.
  sent.catch(() => undefined)
  const from = performance.now()
  for (let look = 0; look < 5; look++) {
    const at = performance.now()
    strictEqual((await gateway.staff('/healthz')).status, 200)
    const choice = { identities: { user: `p${look}` }, opt_out: true }
    strictEqual((await gateway.call('/v1/me/choices', { method: 'PUT', body: choice })).status, 200)
    const took = performance.now() - at
    ok(
      took < 5_000,
      `health and an opt-out took ${Math.round(took)} ms, ${Math.round(at - from)} ms after the batch was sent`,
    )
  }
  const { status } = await sent
  ok(status === 200 || status === 400, String(status))
}

const texts = (count: number): object => ({
  list: Array.from({ length: count }, (_, index) => `t${index.toString(36)} x${index}`),
})

export const world: WorldCase = {
  source: 'CWE-407, CWE-405',
  faults: {
    'hang-shared-context-of-20000': (world) => goesOn(world, texts(20_000), 2_400),
    'hang-shared-context-of-categories': (world) =>
      goesOn(
        world,
        {
          consent: {
            categoryPreferences: Object.fromEntries(Array.from({ length: 15_000 }, (_, index) => [`c${index}`, true])),
          },
        },
        2_400,
      ),
  },
  neighbours: {
    'a plain context is shared by a thousand events': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
      const batch = Array.from({ length: 1_000 }, (_, index) => ({
        type: 'track',
        event: 'Order Completed',
        userId: `u${index}`,
        messageId: `m${index}`,
      }))
      const context = {
        locale: 'en-US',
        os: { name: 'iOS', version: '17.5' },
        location: { country: 'US' },
        userAgent: 'Mozilla/5.0 (iPhone)',
        app: { name: 'x', version: '1.2' },
      }
      strictEqual((await gateway.send(batch, { context })).status, 200)
      await gateway.settled()
      strictEqual(partner.items().length, 1_000)
    },
  },
}
