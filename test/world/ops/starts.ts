/** Starts that cannot be: said in one sentence, before anything is sent. And revision numbers that are never given twice. */
import { equal, match, notEqual, ok } from 'node:assert/strict'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

/** One sentence, exit 1, no stack trace. */
async function refused(gateway: Served, names: RegExp): Promise<void> {
  const start = await gateway.startRefused()
  notEqual(start, 'serves')
  if (start === 'serves') return
  equal(start.code, 1)
  match(start.said, names)
  ok(!/\n\s+at /.test(start.said), start.said)
}

async function takenPort(world: World): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A gateway that stopped with an event waiting for a partner, which is up again now. */
async function stoppedWithWaiting(world: World) {
  const partner = await world.partner()
  const contract = webhookContract('acme', partner.origin)
  partner.answer = { status: 503, body: '' }
  const gateway = await world.gateway({ contracts: [contract] })
  equal((await gateway.send([purchase()])).status, 200)
  await gateway.stop()
  partner.answer = { status: 200, body: 'OK' }
  return { gateway, partner, contract }
}

/** Four revisions: each lowers or raises nothing but the contact. */
async function fourRevisions(world: World): Promise<Served> {
  const partner = await world.partner()
  const contract = webhookContract('acme', partner.origin)
  const gateway = await world.gateway({ contracts: [contract] })
  for (const n of [2, 3, 4]) {
    await gateway.write({ contracts: [{ ...contract, contact: `privacy${n}@partner.example` }] })
    equal((await gateway.staff('/api/v1/reload', { method: 'POST' })).body.revision, n)
  }
  await gateway.stop()
  return gateway
}

function removeRevisions(gateway: Served, names: RegExp): void {
  const folder = join(gateway.data, 'revisions')
  for (const name of readdirSync(folder)) if (names.test(name)) rmSync(join(folder, name))
}

export const world: WorldCase = {
  source: 'docs/ops.md; NIST SP 800-53 CM-3 (numbered, immutable configurations)',
  faults: {
    'start-busy-port': async (world) => {
      const { gateway, partner, contract } = await stoppedWithWaiting(world)
      const before = partner.received.length
      await gateway.write({
        contracts: [contract],
        gateway: { data_plane: { host: '127.0.0.1', port: await takenPort(world) } },
      })
      await refused(gateway, /data_plane: port \d+ .*taken/)
      equal(partner.received.length, before)
    },
    'start-busy-control-port': async (world) => {
      const { gateway, partner, contract } = await stoppedWithWaiting(world)
      const before = partner.received.length
      await gateway.write({
        contracts: [contract],
        gateway: { control: { host: '127.0.0.1', port: await takenPort(world) } },
      })
      await refused(gateway, /control: port \d+ .*taken/)
      equal(partner.received.length, before)
    },
    'start-second-gateway': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('acme', partner.origin)] })
      const { code, err } = await world.sluice(['serve', gateway.config])
      equal(code, 1)
      match(err, /another Sluice process uses this data folder/)
      ok(!/\n\s+at /.test(err), err)
    },
    'token-reset-while-running': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({ contracts: [webhookContract('acme', partner.origin)] })
      const { code, err } = await world.sluice(['token', 'reset', gateway.config])
      equal(code, 1)
      match(err, /another Sluice process uses this data folder/)
      ok(!/\n\s+at /.test(err), err)
    },
    'start-damaged-revision': async (world) => {
      const gateway = await fourRevisions(world)
      writeFileSync(join(gateway.data, 'revisions', '000004.json'), '{"number":4}')
      await refused(gateway, /000004\.json/)
    },
    'numbers-partly-restored': async (world) => {
      const gateway = await fourRevisions(world)
      removeRevisions(gateway, /^00000[34]/)
      await refused(gateway, /revisions: the newest is 2, and the ledger names 4/)
      await gateway.start({ args: ['--accept-lost-revisions'] })
      const { body } = await gateway.staff('/api/v1/reload', { method: 'POST' })
      equal(body.revision, 5)
    },
    'numbers-all-gone': async (world) => {
      const gateway = await fourRevisions(world)
      removeRevisions(gateway, /./)
      await refused(gateway, /revisions/)
      await gateway.start({ args: ['--accept-lost-revisions'] })
      ok((await gateway.staff('/api/v1/reload', { method: 'POST' })).body.revision > 4)
    },
  },
  neighbours: {
    'a start on free ports delivers what waited': async (world) => {
      const { gateway, partner } = await stoppedWithWaiting(world)
      await gateway.start()
      await gateway.settled()
      ok(partner.items().length > 0)
    },
    'numbers go on where they were': async (world) => {
      const gateway = await fourRevisions(world)
      await gateway.start()
      equal((await gateway.staff('/api/v1/reload', { method: 'POST' })).body.revision, 4)
    },
  },
}
