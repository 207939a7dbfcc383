/** Batches with something wrong in them, as SDKs have sent them. */
import { equal, ok } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import type { WorldCase } from '../harness/world-case.ts'

const APP = { name: 'Messenger', platform: 'ios' }

export const world: WorldCase = {
  source: 'rudderlabs/rudder-sdk-android#359, segmentio/analytics-ruby#241, segment-boneyard/segment-docs#3373',
  faults: {},
  neighbours: {
    'rudder-sdk-android#359: an event that lost its ids in the phone’s database holds up no other': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('acme', partner.origin)] })
      const { userId: _, ...withoutIds } = purchase()
      const { status, body } = await gateway.send([withoutIds, purchase({ messageId: 'good-1' })])
      equal(status, 200)
      equal(body.rejected.length, 1)
      equal(body.rejected[0].index, 0)
      await gateway.settled()
      equal(partner.items().length, 1)
    },
    'analytics-ruby#241: two apps may use one messageId': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({
        contracts: [webhookContract('acme', partner.origin, { apps: ['app-a', 'app-b'] })],
        apps: [
          { ...APP, id: 'app-a', write_keys: ['key-of-app-a'] },
          { ...APP, id: 'app-b', write_keys: ['key-of-app-b'] },
        ],
      })
      const event = purchase({ messageId: 'ajs-next-bebb1042be1ef84fa0af0ca5fcb286cc' })
      for (const key of ['key-of-app-a', 'key-of-app-b', 'key-of-app-a']) {
        const authorization = `Basic ${Buffer.from(`${key}:`).toString('base64')}`
        equal((await gateway.send([event], { headers: { authorization } })).status, 200)
      }
      await gateway.settled()
      const { body } = await gateway.staff('/api/v1/accounting')
      equal(body.events.accepted, 2)
      equal(body.events.duplicate, 1)
    },
    'segment-docs#3373: an event above 32 KB is named, and the others are taken': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('acme', partner.origin)] })
      const large = purchase({ properties: { text: 'x'.repeat(33_000) } })
      const { status, body } = await gateway.send([purchase(), large, purchase()])
      equal(status, 200)
      ok(body.rejected.length === 1 && body.rejected[0].index === 1)
    },
  },
}
