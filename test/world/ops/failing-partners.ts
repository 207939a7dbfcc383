/** A partner that failed, refused or was well again was told of nowhere; and what it refused could not be handled together. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import { until } from '../../support/until.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const LIMITS = { per_second: 1_000, concurrency: 2, timeout_ms: 2_000, batch: 1, linger_ms: 0, attempts: 12 }

interface Lane {
  readonly partner: string
  readonly lastError: string
}
const laneOf = async (gateway: Served, partner: string): Promise<Lane | undefined> =>
  (((await gateway.staff('/api/v1/deliveries')).body.items ?? []) as Lane[]).find((lane) => lane.partner === partner)

const letters = async (gateway: Served, query = ''): Promise<readonly { why: string; partner: string }[]> =>
  (await gateway.staff(`/api/v1/dead-letters${query}`)).body.items ?? []

/** A gateway with one partner that answers every request so, and `events` events for it. */
async function failing(world: World, answer: { status: number; body: string }, events = 14, part: object = {}) {
  const partner = await world.partner()
  partner.answer = answer
  const contract = webhookContract('acme', partner.origin, {
    connection: { url: `${partner.origin}/hooks` },
    limits: LIMITS,
    ...part,
  })
  const gateway = await world.gateway({ contracts: [contract], gateway: { log_level: 'info' } })
  if (events > 0) equal((await gateway.send(Array.from({ length: events }, () => purchase()))).status, 200)
  return { gateway, partner }
}

const isTold = (gateway: Served, what: RegExp): boolean =>
  gateway
    .said()
    .split('\n')
    .some((line) => what.test(line) && /"partner":"acme"/.test(line))

async function metric(gateway: Served, outcome: string): Promise<number> {
  const { text } = await gateway.staff('/metrics')
  return Number(
    new RegExp(`^sluice_deliveries_total\\{partner="acme",outcome="${outcome}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? 0,
  )
}

export const world: WorldCase = {
  source: 'docs/bad-days.md, docs/ops.md; RFC 9110 15.5, 15.6',
  faults: {
    'fail-lasterror-500': async (world) => {
      const { gateway } = await failing(world, { status: 500, body: 'Internal error' })
      const lane = await until('a cause', async () => {
        const found = await laneOf(gateway, 'acme')
        return found !== undefined && found.lastError !== '' && found
      })
      match(lane.lastError, /500/)
    },
    'fail-lasterror-refused-connection': async (world) => {
      const { gateway, partner } = await failing(world, { status: 200, body: '' }, 0)
      await partner.goDown()
      await gateway.send([purchase()])
      await until('a cause', async () => /ECONNREFUSED/.test((await laneOf(gateway, 'acme'))?.lastError ?? ''))
      await partner.comeBack()
    },
    'fail-lasterror-address': async (world) => {
      const { gateway } = await failing(world, { status: 200, body: '' }, 1, {
        connection: { url: 'https://192.168.1.5/hooks' },
      })
      await until('a cause', async () => /EGRESS_REFUSED/.test((await laneOf(gateway, 'acme'))?.lastError ?? ''))
    },
    'fail-deadletter-400': async (world) => {
      const { gateway } = await failing(
        world,
        { status: 400, body: '{"error":{"code":190,"message":"Invalid token"}}' },
        2,
      )
      const [letter] = await until('letters', async () => {
        const found = await letters(gateway)
        return found.length === 2 && found
      })
      match(letter!.why, /400/)
      match(letter!.why, /190/)
      match(letter!.why, /Invalid token/)
    },
    'fail-log-500': async (world) => {
      const { gateway } = await failing(world, { status: 500, body: '' })
      await until('a line', () => isTold(gateway, /500/))
    },
    'fail-log-recovery': async (world) => {
      const { gateway, partner } = await failing(world, { status: 500, body: '' }, 6)
      await until('six answers of 500', () => partner.received.length >= 5)
      const failed = gateway.said().length
      partner.answer = { status: 200, body: 'OK' }
      await gateway.settled()
      await until('a line', () => gateway.said().slice(failed).includes('"partner":"acme"'))
    },
    'fail-500-not-refused': async (world) => {
      const { gateway, partner } = await failing(world, { status: 500, body: '' })
      await until('answers of 500', () => partner.received.length >= 5)
      await until(
        'them to be counted',
        async () => (await metric(gateway, 'refused')) + (await metric(gateway, 'unavailable')) > 0,
      )
      equal(await metric(gateway, 'refused'), 0)
    },
    'fail-deadletter-filter': async (world) => {
      const [bad, worse] = [await world.partner(), await world.partner()]
      bad.answer = { status: 400, body: 'no' }
      worse.answer = { status: 400, body: 'no' }
      const contract = (id: string, origin: string) =>
        webhookContract(id, origin, { connection: { url: `${origin}/in` }, limits: LIMITS })
      const gateway = await world.gateway({ contracts: [contract('bad', bad.origin), contract('worse', worse.origin)] })
      equal((await gateway.send(Array.from({ length: 25 }, () => purchase()))).status, 200)
      await gateway.settled()
      await until('letters', async () => (await letters(gateway, '?limit=100')).length === 50)
      const ours = await letters(gateway, '?partner=bad&limit=100')
      deepEqual([ours.length, ours.every(({ partner }) => partner === 'bad')], [25, true])
      bad.answer = { status: 200, body: 'OK' }
      const retried = await gateway.staff('/api/v1/dead-letters/retry', { body: { partner: 'bad' } })
      deepEqual([retried.status, retried.body.waits], [200, 25])
      await gateway.settled()
      const { body } = await gateway.staff('/api/v1/accounting')
      deepEqual([body.pairs.bad.settled.delivered, body.pairs.worse.settled.dead, body.closes], [25, 25, true])
      const discarded = await gateway.staff('/api/v1/dead-letters/discard', { body: { partner: 'worse' } })
      deepEqual([discarded.status, discarded.body.discarded], [200, 25])
      equal((await letters(gateway)).length, 0)
    },
  },
  neighbours: {
    'what an answer repeats of the person is shown nowhere': async (world) => {
      const partner = await world.partner()
      partner.answerTo = ({ body }) => ({ status: 400, body: `unknown person Jane Doe <jane@example.com> in ${body}` })
      const gateway = await world.gateway({
        contracts: [
          webhookContract('acme', partner.origin, { connection: { url: `${partner.origin}/in` }, limits: LIMITS }),
        ],
        gateway: { log_level: 'info' },
      })
      const event = purchase()
      await gateway.send([event])
      await until('a letter', async () => (await letters(gateway)).length === 1)
      const shown = [
        gateway.said(),
        (await gateway.staff('/api/v1/deliveries')).text,
        (await gateway.staff('/api/v1/dead-letters')).text,
        (await gateway.staff('/metrics')).text,
      ].join('\n')
      const { advertisingId } = (event.context as { device: { advertisingId: string } }).device
      for (const word of ['Jane', 'jane@example.com', advertisingId, advertisingId.toLowerCase()])
        ok(!shown.includes(word), word)
    },
    'a 400 is counted as refused': async (world) => {
      const { gateway } = await failing(world, { status: 400, body: '' }, 2)
      await gateway.settled()
      equal(await metric(gateway, 'refused'), 2)
    },
    'one letter is retried by its id': async (world) => {
      const { gateway, partner } = await failing(world, { status: 400, body: '' }, 1)
      await until('a letter', async () => (await letters(gateway)).length === 1)
      partner.answer = { status: 200, body: 'OK' }
      const [letter] = (await gateway.staff('/api/v1/dead-letters')).body.items as { id: string }[]
      equal((await gateway.staff(`/api/v1/dead-letters/${letter!.id}/retry`, { method: 'POST' })).status, 200)
      await gateway.settled()
      equal((await gateway.staff('/api/v1/accounting')).body.pairs.acme.settled.delivered, 1)
    },
  },
}
