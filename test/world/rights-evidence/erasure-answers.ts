/** What a person is told of an erasure, of a damaged past, of a hold, and of who looked. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import { until } from '../../support/until.ts'
import type { Served } from '../harness/served.ts'
import { type Users, usersOf } from '../harness/users.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

interface Set {
  readonly gateway: Served
  readonly users: Users
  readonly erase: () => ReturnType<Served['call']>
  readonly statement: () => ReturnType<Served['call']>
}

/** `u-1` bought something twice; two partners have it. */
async function setUp(world: World): Promise<Set> {
  const partners = [await world.partner(), await world.partner()]
  const users = await usersOf(world)
  const gateway = await world.gateway({
    contracts: partners.map(({ origin }, index) => webhookContract(['northwind', 'slowads'][index] as string, origin)),
    apps: [users.app],
  })
  equal((await gateway.send([purchase({ userId: 'u-1' }), purchase({ userId: 'u-1' })])).status, 200)
  await gateway.settled()
  const headers = await users.token('u-1')
  return {
    gateway,
    users,
    erase: () => gateway.call('/v1/me/erasure', { method: 'POST', headers }),
    statement: () => gateway.call('/v1/me/disclosures', { headers }),
  }
}

const partnersIn = (body: { recipients: { partner: string }[] }): string[] =>
  body.recipients.map(({ partner }) => partner)
const BOTH = ['northwind', 'slowads']

async function handleOf(gateway: Served): Promise<string> {
  return (await gateway.staff('/api/v1/subjects/lookup', { body: { identities: { user: 'u-1' } } })).body.handle
}

/** A second revision, then one letter of the first one's file changed. */
async function damageFirst(world: World): Promise<Set> {
  const set = await setUp(world)
  const { gateway } = set
  const file = join(gateway.config, 'partners', 'northwind.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('privacy@partner.example', 'other@partner.example'))
  equal((await gateway.staff('/api/v1/reload', { method: 'POST' })).body.revision, 2)
  await gateway.stop()
  const past = join(gateway.data, 'revisions', '000001.json')
  writeFileSync(past, readFileSync(past, 'utf8').replace('Partner northwind', 'Partner northwinb'))
  await gateway.start()
  return set
}

export const world: WorldCase = {
  source: 'GDPR Art. 5(2), 15, 17(3)(e), 19, 32; ECJ C-579/21',
  faults: {
    'F7-again': async (world) => {
      const { gateway, users, erase } = await setUp(world)
      // Asked by a connection that ends before the answer.
      const { authorization } = await users.token('u-1')
      const { hostname, port } = new URL(gateway.dataUrl)
      const socket = connect(Number(port), hostname)
      socket.on('error', () => socket.destroy())
      socket.write(
        `POST /v1/me/erasure HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\ncontent-length: 0\r\n\r\n`,
      )
      await until('the erasure to be done', async () => {
        const { body } = await gateway.staff('/api/v1/disclosures?kind=control&limit=1000')
        return JSON.stringify(body).includes('subject_keys_destroyed')
      })
      socket.destroy()
      const { status, body } = await erase()
      equal(status, 200)
      deepEqual(partnersIn(body), BOTH)
    },
    'F7-killed': async (world) => {
      const { gateway, erase } = await setUp(world)
      deepEqual(partnersIn((await erase()).body), BOTH)
      await gateway.stop('SIGKILL')
      await gateway.start()
      const { body } = await erase()
      deepEqual(partnersIn(body), BOTH)
      ok(body.keys_destroyed > 0)
    },
    'F7-damaged': async (world) => {
      const { erase } = await damageFirst(world)
      const { status, body } = await erase()
      equal(status, 200)
      deepEqual(partnersIn(body), BOTH)
    },
    'F9-statement': async (world) => {
      const { statement, gateway } = await damageFirst(world)
      const { status, body } = await statement()
      equal(status, 200)
      deepEqual(partnersIn(body), BOTH)
      equal((await gateway.staff(`/api/v1/subjects/${await handleOf(gateway)}/disclosures`)).status, 200)
    },
    'F9-noticed': async (world) => {
      const { gateway } = await damageFirst(world)
      match(gateway.said(), /000001\.json/)
      await gateway.stop()
      const { code, out } = await world.sluice(['ledger', 'fsck', gateway.data])
      equal(code, 1)
      match(out, /000001\.json/)
    },
    'F10-statement': async (world) => {
      const { gateway, statement } = await setUp(world)
      const handle = await handleOf(gateway)
      await gateway.staff(`/api/v1/subjects/${handle}/disclosures`)
      const { body } = await gateway.staff('/api/v1/disclosures?kind=request&limit=1000')
      const reads = (body.items as { action: string; facts: Record<string, unknown> }[]).filter(
        ({ facts }) => facts.call === 'readDisclosures',
      )
      ok(reads.length > 0, JSON.stringify(body))
      for (const { facts } of reads) {
        match(String(facts.actor), /^[0-9a-f]{32}$/)
        ok(!JSON.stringify(facts).includes('u-1'))
      }
      match((await statement()).text, /readDisclosures/)
    },
    'F12-own': async (world) => {
      const { gateway, erase, statement } = await setUp(world)
      const body = { reason: 'case 17', from: '2020-01-01T00:00:00Z', to: '2099-12-31T00:00:00Z' }
      const held = await gateway.staff('/api/v1/ledger/holds', { body })
      equal(held.status, 201)
      const refused = await erase()
      equal(refused.status, 409)
      match(refused.text, /legal hold/i)
      deepEqual(partnersIn((await statement()).body), BOTH)
      const byStaff = await gateway.staff(`/api/v1/subjects/${await handleOf(gateway)}/erasure`, {
        body: { confirm: 'erase', despite_holds: true },
      })
      equal(byStaff.status, 200)
      equal(byStaff.body.despite_holds.length, 1)
    },
    'files-fsck-ledger-emptied': async (world) => {
      const { gateway } = await setUp(world)
      await gateway.stop()
      rmSync(join(gateway.data, 'ledger'), { recursive: true })
      const { code, err } = await world.sluice(['ledger', 'fsck', gateway.data])
      equal(code, 1)
      match(err, /there was a ledger here/)
    },
    'F15-contact': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({
        contracts: [webhookContract('acme', partner.origin)],
        policy: { contact: 'privacy@policy.example' },
      })
      match((await gateway.call('/partners')).text, /privacy@policy\.example/)
      match((await gateway.call('/partners.json')).text, /privacy@policy\.example/)
    },
  },
  neighbours: {
    'an erasure answers with whom to notify and destroys the keys': async (world) => {
      const { erase } = await setUp(world)
      const { status, body } = await erase()
      equal(status, 200)
      deepEqual(partnersIn(body), BOTH)
      ok(body.keys_destroyed > 0)
    },
    'an erasure of somebody whom no hold concerns is done': async (world) => {
      const { gateway, erase } = await setUp(world)
      const body = { reason: 'case 17', from: '2020-01-01T00:00:00Z', to: '2020-12-31T00:00:00Z' }
      equal((await gateway.staff('/api/v1/ledger/holds', { body })).status, 201)
      equal((await erase()).status, 200)
    },
    'a damaged live revision refuses the start and names the file': async (world) => {
      const { gateway } = await setUp(world)
      await gateway.stop()
      writeFileSync(join(gateway.data, 'revisions', '000001.json'), '{}')
      const start = await gateway.startRefused()
      ok(start !== 'serves' && start.said.includes('000001.json'))
    },
    'a folder that never had a ledger is said to have none': async (world) => {
      const { code, err } = await world.sluice(['ledger', 'fsck', await world.emptyFolder()])
      equal(code, 1)
      match(err, /there is no ledger here/)
    },
  },
}
