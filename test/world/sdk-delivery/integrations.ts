/** Which partners an event is for, as Segment's and RudderStack's SDKs say it: it was dropped in silence. */
import { deepEqual, equal } from 'node:assert/strict'
import { exactPartners, US } from '../harness/exact-partners.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

/** How often the webhook `wh` and the pixel `px` got an event with these members. */
async function gotBy(world: World, members: string): Promise<readonly [wh: number, px: number]> {
  const { send, webhook, pixel } = await exactPartners(world)
  equal((await send(`"userId":"u-1",${members}${members === '' ? '' : ','}${US}`)).status, 200)
  return [webhook.items().length, pixel.received.length]
}

async function gotByBatch(world: World, shared: object): Promise<readonly [wh: number, px: number]> {
  const { gateway, webhook, pixel } = await exactPartners(world)
  const event = { type: 'track', event: 'E', userId: 'u-1', context: { location: { country: 'US', region: 'TX' } } }
  equal((await gateway.call('/v1/batch', { body: { batch: [event], ...shared } })).status, 200)
  await gateway.settled()
  return [webhook.items().length, pixel.received.length]
}

export const world: WorldCase = {
  source:
    'Segment and RudderStack, `integrations`; segmentio/analytics-python#145, segmentio/segment-docs#3190, segmentio/consent-manager#199, rudderlabs/rudder-sdk-js#51',
  faults: {
    'sdk-2': async (world) => deepEqual(await gotBy(world, '"integrations":{"All":false}'), [0, 0]),
    'sdk-2-by-name': async (world) => deepEqual(await gotBy(world, '"integrations":{"px":false}'), [1, 0]),
    'sdk-2-by-type': async (world) => deepEqual(await gotBy(world, '"integrations":{"Pixel":false}'), [1, 0]),
    'sdk-2-all-but-one': async (world) =>
      deepEqual(await gotBy(world, '"integrations":{"All":false,"wh":true}'), [1, 0]),
    'sdk-2-in-the-batch': async (world) => deepEqual(await gotByBatch(world, { integrations: { All: false } }), [0, 0]),
    'sdk-2-in-the-context': async (world) =>
      deepEqual(await gotByBatch(world, { context: { integrations: { px: false } } }), [1, 0]),
  },
  neighbours: {
    'nothing said, all said, or only settings': async (world) => {
      for (const members of ['', '"integrations":{"All":true}', '"integrations":{}', '"integrations":{"px":{"a":1}}'])
        deepEqual(await gotBy(world, members), [1, 1], members)
    },
    'a partner that is not here': async (world) =>
      deepEqual(await gotBy(world, '"integrations":{"Mixpanel":false}'), [1, 1]),
  },
}
