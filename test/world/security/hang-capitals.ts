/** A run of capitals in a place that nobody names held the data thread for minutes: CWE-1333. */
import { strictEqual } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { bidderContract } from '../../support/relay.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const CAPITALS = `${'Aa'.repeat(1)}${'A'.repeat(58)}=`

async function answers(world: World, x: string): Promise<void> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('p0', partner.origin)] })
  const event = { event: 'Order Completed', userId: 'u1', properties: { revenue: 1, x } }
  const { status } = await gateway.call('/v1/track', { body: event, timeoutMs: 20_000 })
  strictEqual(status, 200)
  strictEqual((await gateway.staff('/healthz', { timeoutMs: 20_000 })).status, 200)
}

/** Answered whatever the answer is: a request that is refused at once holds nobody up. */
async function answersRelayed(world: World, z: string): Promise<void> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [bidderContract('bid', partner.origin)] })
  const body = { id: 'r1', imp: [{ id: '1' }], device: { geo: { country: 'USA' } }, ext: { z } }
  const { status } = await gateway.call('/v1/relay/bid/bid', { body, timeoutMs: 20_000 })
  strictEqual(status < 500, true, `${status}`)
  strictEqual((await gateway.staff('/healthz', { timeoutMs: 20_000 })).status, 200)
}

/** Twelve events of a granted run of hex digits and a withheld v6 address, delivered in the time of a few. */
async function delivers(world: World, note: string): Promise<void> {
  const partner = await world.partner()
  const gateway = await world.gateway({
    contracts: [
      webhookContract('p0', partner.origin, {
        events: { 'Order Completed': { as: 'purchase', properties: { note: 'note' } } },
        when_restricted: { send: 'limited', share: { message_id: 'pass', property: 'pass' } },
      }),
    ],
  })
  const ip = '2001:db8:85a3:12::8a2e:370:7334'
  const context = { ip, os: { name: 'iOS', version: '17.5' }, location: { country: 'US' } }
  const events = Array.from({ length: 12 }, (_, index) => ({
    type: 'track',
    event: 'Order Completed',
    userId: `u-${index}`,
    messageId: `m-${index}`,
    properties: { note },
    context,
  }))
  strictEqual((await gateway.send(events, { timeoutMs: 20_000 })).status, 200)
  await gateway.settled(30_000)
  strictEqual(partner.items().length, 12)
  strictEqual((await gateway.staff('/healthz', { timeoutMs: 20_000 })).status, 200)
}

export const world: WorldCase = {
  source: 'CWE-1333; OWASP, Regular expression Denial of Service',
  faults: {
    'hang-capitals-in-property': (world) => answers(world, CAPITALS),
    'hang-capitals-in-relay-body': (world) => answersRelayed(world, CAPITALS),
    'hang-hex-run-beside-v6': (world) => delivers(world, 'a'.repeat(31_000)),
  },
  neighbours: {
    'words are answered': (world) => answers(world, 'CamelCaseWordsAndMore'),
    'words in a relayed body are answered': (world) => answersRelayed(world, 'CamelCaseWordsAndMore'),
    'a long text beside a v6 address is delivered': (world) => delivers(world, 'so long '.repeat(3_000)),
  },
}
