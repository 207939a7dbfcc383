/** `Sec-GPC: 1` on an event that the gateway refuses: the person spoke, the mistake was the app's. */
import { equal, ok } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const PERSON = {
  userId: 'ann',
  context: {
    device: {
      type: 'ios',
      id: '7D92078A-8246-4BA4-AE5B-76104861E7DC',
      advertisingId: '6D92078A-8246-4BA4-AE5B-76104861E7DC',
      adTrackingEnabled: true,
      attTrackingStatus: 3,
    },
    os: { name: 'iOS', version: '17.5' },
    location: { country: 'US' },
  },
}
const PURCHASE = { type: 'track', event: 'Order Completed', properties: { revenue: 1 } }

/** Whether the id of a person leaves who was refused one request before. */
async function idLeavesAfter(
  world: World,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('acme', partner.origin)] })
  const { status } = await gateway.call(path, { method: 'POST', body, headers })
  ok(status === 400, `answered ${status}`)
  equal((await gateway.send([{ ...PURCHASE, ...PERSON }])).status, 200)
  await gateway.settled()
  return partner.items().some(({ advertising_id }) => advertising_id !== undefined)
}
const GPC = { 'sec-gpc': '1' }
const large = { ...PURCHASE, ...PERSON, properties: { note: 'x'.repeat(40_000) } }

export const world: WorldCase = {
  source: 'Cal. Code Regs. tit. 11, § 7025; docs/signals.md: a restricting signal sticks before the answer',
  faults: {
    'F15-gpc-nameless': async (world) => equal(await idLeavesAfter(world, '/v1/track', PERSON, GPC), false),
    'F15-gpc-large': async (world) => equal(await idLeavesAfter(world, '/v1/track', large, GPC), false),
    'F15-gpc-typeless': async (world) =>
      equal(await idLeavesAfter(world, '/v1/batch', { batch: [PERSON] }, GPC), false),
    'F15-gpc-message-id': async (world) =>
      equal(
        await idLeavesAfter(world, '/v1/track', { ...PURCHASE, ...PERSON, messageId: 'm'.repeat(101) }, GPC),
        false,
      ),
    'F15-gpc-of-the-batch': async (world) =>
      equal(
        await idLeavesAfter(
          world,
          '/v1/batch',
          { context: { us_privacy: '1YYN', ...PERSON.context }, batch: [{ ...large, context: {} }] },
          {},
        ),
        false,
      ),
  },
  neighbours: {
    'a refused event that says nothing restricts nobody': async (world) =>
      equal(await idLeavesAfter(world, '/v1/track', PERSON, {}), true),
    'a refused event of somebody else restricts nobody else': async (world) =>
      equal(await idLeavesAfter(world, '/v1/track', { userId: 'ben' }, GPC), true),
  },
}
