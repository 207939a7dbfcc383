/** Files that were lost, cut or exchanged between two starts: noticed, and refused until somebody says what he accepts. */
import { equal, match, notEqual, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import { until } from '../../support/until.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

/** A gateway with 100 accepted events that wait for a partner which is down, killed. */
async function killedWithWaiting(world: World): Promise<Served> {
  const partner = await world.partner()
  partner.answer = { status: 503, body: '' }
  const gateway = await world.gateway({ contracts: [webhookContract('acme', partner.origin)] })
  for (let batch = 0; batch < 5; batch++)
    equal((await gateway.send(Array.from({ length: 20 }, () => purchase()))).status, 200)
  await until('one to be tried', () => partner.received.length > 0)
  await gateway.stop('SIGKILL')
  return gateway
}

async function refused(gateway: Served, names: RegExp): Promise<void> {
  const start = await gateway.startRefused()
  notEqual(start, 'serves')
  if (start === 'serves') return
  notEqual(start.code, 0)
  match(start.said, names)
  ok(!/\n\s+at /.test(start.said), 'a sentence, no stack trace')
}

const remove = (gateway: Served, folder: string, names: RegExp): void => {
  for (const name of readdirSync(join(gateway.data, folder)))
    if (names.test(name)) rmSync(join(gateway.data, folder, name), { recursive: true })
}

/** Starts, sends one purchase that is delivered, stops. */
async function used(world: World): Promise<Served> {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('acme', partner.origin)] })
  equal((await gateway.send([purchase()])).status, 200)
  await gateway.settled()
  await gateway.stop()
  return gateway
}

export const world: WorldCase = {
  source: 'docs/lifecycle.md: both sums close after any crash; NIST SP 800-57 on keys that are lost',
  faults: {
    'files-intake-wal-half': async (world) => {
      const gateway = await killedWithWaiting(world)
      const log = join(gateway.data, 'intake', 'events-1.db-wal')
      truncateSync(log, Math.floor(readFileSync(log).length / 2))
      await refused(gateway, /events that were accepted/)
      await gateway.start({ args: ['--accept-lost-events'] })
      equal((await gateway.staff('/api/v1/accounting')).body.closes, true)
      await gateway.stop()
      await gateway.start()
      const { body } = await gateway.staff('/api/v1/accounting')
      equal(body.closes, true, JSON.stringify(body))
      equal(body.events.accepted, 100)
    },
    'files-subjects-lost': async (world) => {
      const gateway = await killedWithWaiting(world)
      remove(gateway, 'keys', /^subjects/)
      await refused(gateway, /subjects\.db/)
    },
    'files-pseudonym-key-lost': async (world) => {
      const gateway = await used(world)
      rmSync(join(gateway.data, 'keys', 'pseudonym.key'))
      await refused(gateway, /key pseudonym/)
    },
    'files-index-key-lost': async (world) => {
      const gateway = await used(world)
      rmSync(join(gateway.data, 'keys', 'index.key'))
      await refused(gateway, /everybody who opted out would be shared again/)
      const start = await gateway.startRefused({ args: ['--accept-new-keys'] })
      ok(start !== 'serves', 'a key that finds the choices is not accepted among others')
    },
    'files-intake-removed': async (world) => {
      const gateway = await killedWithWaiting(world)
      rmSync(join(gateway.data, 'intake'), { recursive: true })
      await refused(gateway, /intake: holds no accepted events/)
    },
    'files-ledger-removed': async (world) => {
      const gateway = await used(world)
      rmSync(join(gateway.data, 'ledger'), { recursive: true })
      await refused(gateway, /ledger: holds no record/)
    },
    'files-ledger-record-removed': async (world) => {
      const gateway = await used(world)
      const folder = join(gateway.data, 'ledger')
      for (const name of readdirSync(folder).filter((one) => /^segment-\d+\.db$/.test(one))) {
        const db = new DatabaseSync(join(folder, name))
        db.exec('DELETE FROM leaves WHERE seq = 2')
        db.close()
      }
      await refused(gateway, /the ledger is damaged/)
    },
    'files-stops-removed': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('acme', partner.origin)] })
      const stop = { method: 'PUT', body: { stopped: true } }
      equal((await gateway.staff('/api/v1/partners/acme/stop', stop)).status, 200)
      await gateway.stop()
      rmSync(join(gateway.data, 'stops.json'))
      await gateway.start()
      equal((await gateway.send([purchase()])).status, 200)
      await gateway.settled()
      equal(partner.received.length, 0)
    },
    'files-signing-key-lost': async (world) => {
      const gateway = await used(world)
      rmSync(join(gateway.data, 'keys', 'signing.key'))
      await refused(gateway, /key signing/)
    },
    'files-revisions-removed': async (world) => {
      const partner = await world.partner()
      const contract = webhookContract('acme', partner.origin)
      const gateway = await world.gateway({ contracts: [contract] })
      await gateway.stop()
      rmSync(join(gateway.data, 'revisions'), { recursive: true })
      const wider = { ...contract, share: { ...(contract.share as object), ip: 'pass' } }
      await gateway.write({ contracts: [wider] })
      await refused(gateway, /revisions/)
    },
    'files-refused-in-words': async (world) => {
      const gateway = await used(world)
      truncateSync(join(gateway.data, 'keys', 'pseudonym.key'), 5)
      await refused(gateway, /key pseudonym .*32 bytes/)
    },
  },
  neighbours: {
    'a folder that was left alone starts, and what waited is delivered': async (world) => {
      const gateway = await killedWithWaiting(world)
      await gateway.start()
      equal((await gateway.staff('/api/v1/accounting')).body.pairs.acme.routed, 100)
    },
    'a fresh folder starts': async (world) => {
      await used(world)
    },
    'a signing key that was announced is taken': async (world) => {
      const gateway = await used(world)
      const next = join(gateway.folder.root, 'next.key')
      writeFileSync(next, randomBytes(32).toString('hex'))
      const { code, out, err } = await world.sluice(['ledger', 'rotate-key', gateway.config, '--next', next])
      equal(code, 0, out + err)
      writeFileSync(join(gateway.data, 'keys', 'signing.key'), readFileSync(next))
      await gateway.start()
    },
  },
}
