/** How often an event is tried at a partner that is down: for an auction once, for everything else until it is up. */
import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { purchase, startHouse } from '../support/house.ts'
import { bidderContract } from '../support/relay.ts'
import { until } from '../support/until.ts'

describe('a partner that is down', () => {
  test('gets no bid request later: it is dead after one try, and another type’s event waits', async (t) => {
    const { house, partners } = await startHouse(
      t,
      ([bidder, hook]) => ({
        contracts: [
          bidderContract('bidder', bidder!.origin, { events: { 'Order Completed': { as: 'bid' } }, limits: {} }),
          bidderContract('hook', hook!.origin, {
            type: 'webhook',
            events: { 'Order Completed': { as: 'purchase' } },
            connection: { url: `${hook!.origin}/in` },
            limits: {},
          }),
        ],
      }),
      2,
    )
    await Promise.all(partners.map((partner) => partner.goDown()))
    await house.send([purchase()])
    const pairs = async () => (await house.gateway.totals()).pairs as Readonly<Record<string, Pair>>
    await until('the auction to be over', async () => (await pairs()).bidder?.settled.dead === 1)
    deepEqual([(await pairs()).bidder?.pending, (await pairs()).hook?.pending], [0, 1])
    const { body } = await house.staff('GET', '/api/v1/dead-letters')
    deepEqual(
      body.items.map(({ attempts, why }: { attempts: number; why: string }) => [attempts, why]),
      [[1, 'gave up after 1 try: ECONNREFUSED: nobody listens there']],
    )
    for (const partner of partners) await partner.comeBack()
    await until('the other to come', () => partners[1]!.received.length === 1)
    await house.settled()
    deepEqual([partners[0]!.received.length, (await pairs()).hook?.settled.delivered], [0, 1])
  })
})

interface Pair {
  readonly pending: number
  readonly settled: Readonly<Record<string, number>>
}
