/** Advertising ids as phones and SDKs really send them. */
import { equal, ok } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const IDFA = '9E1B5C70-2F4A-4D8B-9C3E-7A6D5B4C3E2F'
const ZEROS = '00000000-0000-0000-0000-000000000000'

async function setUp(world: World) {
  const partner = await world.partner()
  const gateway = await world.gateway({
    contracts: [
      webhookContract('acme', partner.origin, {
        share: { message_id: 'pass', advertising_id: 'pass', user_id: 'pass' },
        when_restricted: { send: 'limited', share: { message_id: 'pass' } },
      }),
    ],
  })
  const send = async (device: object, userId = 'person-1'): Promise<string> => {
    const before = partner.received.length
    equal(
      (
        await gateway.send([
          purchase({ userId }, { device: { type: 'ios', id: 'F3E2D1C0-1111-4222-8333-444455556666', ...device } }),
        ])
      ).status,
      200,
    )
    await gateway.settled()
    return partner.received
      .slice(before)
      .map(({ body }) => body)
      .join()
  }
  return { send, gateway, partner }
}

export const world: WorldCase = {
  source:
    'tiktok/tiktok-business-ios-sdk#62, snowplow/snowplow-android-tracker#325, criteo/ios-publisher-sdk#235, snowplow/snowplow-ios-tracker#661, mixpanel/mixpanel-iphone#579',
  faults: {},
  neighbours: {
    'tiktok-business-ios-sdk#62: a zeroed id beside an authorised status is no id, and what is sent is limited': async (
      world,
    ) => {
      const { send } = await setUp(world)
      const body = await send({ advertisingId: ZEROS, attTrackingStatus: 3 })
      ok(!body.includes(ZEROS) && !body.includes('person-1'))
    },
    'snowplow-android-tracker#325: an id that came although tracking is limited does not leave': async (world) => {
      const { send } = await setUp(world)
      const body = await send({
        type: 'android',
        id: 'a1b2c3d4e5f60718',
        advertisingId: IDFA.toLowerCase(),
        adTrackingEnabled: false,
      })
      ok(!body.toLowerCase().includes(IDFA.toLowerCase()))
    },
    'criteo ios-publisher-sdk#235: a phone that was not asked yet, and then said yes, is shared from then on': async (
      world,
    ) => {
      const { send } = await setUp(world)
      const first = await send({ attTrackingStatus: 0 })
      ok(!first.includes('person-1'))
      const then = await send({ advertisingId: IDFA, attTrackingStatus: 3, adTrackingEnabled: true })
      ok(then.includes(IDFA))
    },
    'mixpanel-iphone#579: two people with a zeroed id are two people': async (world) => {
      const { send, gateway } = await setUp(world)
      await send({ advertisingId: ZEROS, attTrackingStatus: 2 }, 'person-2')
      const choice = { identities: { user: 'person-2' }, opt_out: true }
      equal((await gateway.call('/v1/me/choices', { method: 'PUT', body: choice })).status, 200)
      const other = await send(
        {
          id: 'AAAA1111-1111-4222-8333-444455556666',
          advertisingId: IDFA,
          attTrackingStatus: 3,
          adTrackingEnabled: true,
        },
        'person-3',
      )
      ok(other.includes(IDFA))
    },
  },
}
