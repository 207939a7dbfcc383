/** Where a network's block is registered stood for where somebody is. */
import { equal, ok } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { IFA, relayedContract } from '../harness/bidder.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

/** MaxMind's own test databases, beside the checkout. */
const DATABASES = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'vectors', 'geo')
const NAME = 'GeoIP2-Country-Test.mmdb'
/** In the test database London's, of a block that is registered in the United States. */
const LONDON = '81.2.69.160'

async function bodiesOf(world: World, ip: string, onlyRegistered: boolean): Promise<readonly string[]> {
  ok(existsSync(join(DATABASES, NAME)), `the test database is not here (${DATABASES})`)
  const file = join(await world.emptyFolder(), NAME)
  if (onlyRegistered) {
    const bytes = await readFile(join(DATABASES, NAME))
    const key = Buffer.from('\x47country', 'latin1')
    for (let at = bytes.indexOf(key); at >= 0; at = bytes.indexOf(key, at + 1)) bytes.write('k', at + 1)
    await writeFile(file, bytes)
  } else await copyFile(join(DATABASES, NAME), file)
  const partner = await world.partner()
  const contract = relayedContract('meta', 'meta_capi', {
    tcf_vendor: 52,
    events: { 'Order Completed': { as: 'Purchase' } },
    share: { advertising_id: 'pass', email: 'pass', ip: 'pass', user_id: 'pass', message_id: 'pass', time: 'pass' },
    when_restricted: { send: 'nothing' },
    connection: { dataset: '123456789', token: { env: 'TOK' }, origin: partner.origin },
  })
  const gateway = await world.folder({
    contracts: [contract],
    shippedPolicy: true,
    gateway: { ip_database: file, trusted_proxies: ['127.0.0.1/32'] },
  })
  await gateway.start({ env: { TOK: 'a-token' } })
  const event = {
    event: 'Order Completed',
    userId: 'u-1',
    messageId: 'm-1',
    context: {
      device: { type: 'ios', advertisingId: IFA, attTrackingStatus: 3 },
      os: { name: 'iOS', version: '17.5' },
      traits: { email: 'anna@mail.example' },
    },
  }
  const { status } = await gateway.call('/v1/track', { body: event, headers: { 'x-forwarded-for': ip } })
  equal(status, 200)
  await gateway.settled()
  return partner.received.map(({ body }) => body)
}

export const world: WorldCase = {
  source: 'MaxMind, GeoIP2 web services: registered_country; maxmind/libmaxminddb#291, kamailio/kamailio#550',
  faults: {
    'relay-D1': async (world) => {
      const bodies = await bodiesOf(world, LONDON, true)
      ok(!/madid|"em"|external_id|client_ip_address/.test(bodies.join()), bodies.join())
    },
  },
  neighbours: {
    'London asks for consent': async (world) => equal((await bodiesOf(world, LONDON, false)).length, 0),
    'the United States do not': async (world) => {
      const bodies = await bodiesOf(world, '216.160.83.56', false)
      ok(bodies.length === 1 && bodies[0]!.includes(IFA))
    },
  },
}
