/** What request headers say of a person, and what they are made to say. */
import { equal, ok } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

async function setUp(world: World, gateway: object = {}) {
  const partner = await world.partner()
  const served = await world.gateway({
    contracts: [
      webhookContract('acme', partner.origin, {
        share: { message_id: 'pass', advertising_id: 'pass', ip: [24, 48] },
        when_restricted: { send: 'limited', share: { message_id: 'pass' } },
      }),
    ],
    gateway,
  })
  const send = async (headers: Readonly<Record<string, string>>, context: object = {}): Promise<string> => {
    const before = partner.received.length
    equal((await served.send([purchase({}, context)], { headers })).status, 200)
    await served.settled()
    return partner.received
      .slice(before)
      .map(({ body }) => body)
      .join()
  }
  return { send }
}
const HOLDS_AN_ID = /6D92078A-8246-4BA4-AE5B-/

export const world: WorldCase = {
  source:
    'w3c/gpc#28 and #60, milesmcc/shynet#218, mozilla/classify-client#8, opentelemetry-beam/opentelemetry_phoenix#15',
  faults: {},
  neighbours: {
    'w3c/gpc#28: `Sec-GPC: 0` says nothing; only `1` is a signal': async (world) => {
      const { send } = await setUp(world)
      ok(HOLDS_AN_ID.test(await send({ 'sec-gpc': '0' })))
      ok(!HOLDS_AN_ID.test(await send({ 'sec-gpc': '1' })))
    },
    'shynet#218: `DNT: 1` is another header, and the policy says whether it counts': async (world) => {
      const { send } = await setUp(world)
      ok(HOLDS_AN_ID.test(await send({ dnt: '1' })))
    },
    'classify-client#8: behind two proxies the address is the one before the first that is trusted': async (world) => {
      const { send } = await setUp(world, { trusted_proxies: ['127.0.0.1/32', '3.3.3.3/32'] })
      const body = await send({ 'x-forwarded-for': '2.2.2.2, 1.1.1.1, 3.3.3.3' }, { ip: undefined })
      ok(body.includes('1.1.1.0'), body)
      ok(!body.includes('2.2.2.'))
    },
    'opentelemetry_phoenix#15: without a trusted proxy nobody names an address for somebody else': async (world) => {
      const { send } = await setUp(world)
      ok(!(await send({ 'x-forwarded-for': '2.2.2.2' }, { ip: undefined })).includes('2.2.2.'))
    },
  },
}
