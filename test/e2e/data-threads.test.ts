/** Several data threads: what one takes in is in force in all, and what one leaves is taken over once. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startGateway } from '../../src/gateway/gateway.ts'
import { webhookContract } from '../support/config-folder.ts'
import { type House, houseOf, purchase, startHouse } from '../support/house.ts'
import { until } from '../support/until.ts'

const THREADS = 4

/** Each on its own connection, so that the system spreads them over the threads. */
async function sendEach(house: House, events: readonly object[]): Promise<void> {
  for (const { status } of await Promise.all(events.map((event) => house.send([event])))) equal(status, 200)
}

const some = (count: number): readonly object[] => Array.from({ length: count }, () => purchase())

describe('several data threads', () => {
  test('deliver each event once, close both sums, and leave a folder that one thread opens, and the other way round', async (t) => {
    const { house, partners } = await startHouse(t, ([hook]) => ({
      gateway: { threads: THREADS },
      contracts: [webhookContract('hook', hook!.origin)],
    }))
    await sendEach(house, some(60))
    await house.settled()
    const pairs = async (one: House) => (await one.gateway.totals()).pairs.hook!
    deepEqual([(await pairs(house)).settled.delivered, partners[0]!.items().length], [60, 60])
    const taking = house.gateway.dataThreads!.readings().map(({ place, restarts }) => [place, restarts])
    deepEqual(
      taking,
      Array.from({ length: THREADS }, (_, place) => [place, 0]),
    )
    await partners[0]!.goDown()
    await sendEach(house, some(30))
    await house.gateway.stop()
    await partners[0]!.comeBack()
    for (const [threads, delivered] of [
      [1, 90],
      [THREADS, 100],
    ] as const) {
      const file = join(house.folder.config, 'gateway.yaml')
      await writeFile(file, (await readFile(file, 'utf8')).replace(/^threads: \d+$/m, `threads: ${threads}`))
      const gateway = await startGateway({ configFolder: house.folder.config })
      t.after(() => gateway.stop())
      const again = houseOf(gateway, house.folder)
      if (delivered > 90) await sendEach(again, some(10))
      await again.settled()
      equal((await pairs(again)).settled.delivered, delivered)
      await gateway.stop()
    }
    equal(partners[0]!.items().length, 100)
  })

  test('a thread that ends: what it had sent counts as sent, what it held goes to others, and it is started again', async (t) => {
    const { house, partners } = await startHouse(t, ([hook]) => ({
      gateway: { threads: THREADS },
      contracts: [webhookContract('hook', hook!.origin, { limits: ONE_BY_ONE })],
    }))
    const [partner] = partners
    partner!.hold(true)
    await sendEach(house, some(60))
    await until('requests to be under way', () => partner!.received.length >= THREADS)
    await house.gateway.dataThreads!.end(0)
    partner!.hold(false)
    await house.settled()
    const { routed, settled } = (await house.gateway.totals()).pairs.hook!
    const sent = partner!.items().length
    const names = new Set(partner!.items().map((item) => JSON.stringify(item)))
    deepEqual([routed, settled.delivered + settled.unresolved, names.size], [60, 60, sent])
    // What was lost with the thread may have reached the partner, and is never sent again.
    ok(sent <= 60 && settled.delivered <= sent)
    await until('it to be started again', () =>
      house.gateway.dataThreads!.readings().every(({ state }) => state !== undefined),
    )
    equal(house.gateway.dataThreads!.readings()[0]!.restarts, 1)
    await sendEach(house, some(30))
    await house.settled()
    const after = (await house.gateway.totals()).pairs.hook!
    equal(after.settled.delivered + after.settled.unresolved, 90)
  })

  test('a thread that cannot do what it is told is not taken for one that did: it is started again', async (t) => {
    const { house } = await startHouse(t, ([hook]) => ({
      gateway: { threads: THREADS },
      contracts: [webhookContract('hook', hook!.origin)],
    }))
    const threads = house.gateway.dataThreads!
    // No list: none of them can let go of anything.
    await threads.evict(undefined as never)
    await until('all to be started again', () =>
      threads.readings().every(({ restarts, state }) => restarts === 1 && state !== undefined),
    )
    await sendEach(house, some(30))
    await house.settled()
    equal((await house.gateway.totals()).pairs.hook!.settled.delivered, 30)
  })

  test('a thread that ends while it starts keeps no opt-out waiting', async (t) => {
    const { house } = await startHouse(t, ([hook]) => ({
      gateway: { threads: 2 },
      contracts: [webhookContract('hook', hook!.origin)],
    }))
    const threads = house.gateway.dataThreads!
    const choices = join(house.folder.data, 'choices.db')
    // It reads them before it answers.
    await rename(choices, `${choices}.away`)
    await threads.end(0)
    await until('it to end while it starts', () => threads.readings()[0]!.restarts > 1)
    await rename(`${choices}.away`, choices)
    await until('it to be started', () => threads.readings().every(({ state }) => state !== undefined))
    const { status, body } = await house.call('PUT', '/v1/me/choices', { identities: { user: 'ann' }, opt_out: true })
    equal(status, 200, JSON.stringify(body))
  })
})

const ONE_BY_ONE = { per_second: 10_000, concurrency: 9, timeout_ms: 60_000, batch: 1, linger_ms: 0 }
