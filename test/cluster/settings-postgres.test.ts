/** What operators decide at one cell, in whole gateways over one database: the other acts on it, or does not act. */
import { deepEqual, equal } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { addTheCell, initCluster } from '../../src/cluster/members.ts'
import { loadConfig } from '../../src/contracts/load.ts'
import { startGateway } from '../../src/gateway/gateway.ts'
import type { NodeId } from '../../src/model/brand.ts'
import { partnerTypes } from '../../src/partners/registry.ts'
import { savedFiles } from '../../src/publish/saved-files.ts'
import { createConfigFolder, type TestFolder, webhookContract } from '../support/config-folder.ts'
import { freePort } from '../support/free-port.ts'
import { type Answer, fetchJson, type House, houseOf, purchase } from '../support/house.ts'
import { startPartner } from '../support/partner.ts'
import { createCluster, postgresBinaries, type RunningServer, runServer, serverFolder } from '../support/postgres.ts'
import { until } from '../support/until.ts'
import { startWire, type Wire } from './wire.ts'

const binaries = postgresBinaries()
const skip = binaries === undefined ? 'PostgreSQL is not installed: settings of cells were not tried' : false
const SAFETY = { allowSingleCopy: true, fencing: 'none' } as const

describe('what operators decide, over cells', { skip }, () => {
  let server: RunningServer
  let place: string
  let port: number
  before(async () => {
    place = serverFolder()
    port = await freePort()
    createCluster(binaries!, join(place, 'data'))
    server = await runServer(binaries!, { folder: place, data: join(place, 'data'), port, settings: ['fsync=off'] })
  })
  after(async () => {
    await server.stop()
    await rm(place, { recursive: true, force: true })
  })

  test('a revision that narrows is in force in every cell when it is answered, and on its own record first', async (t) => {
    const { cells, partner, narrow } = await startCells(t, 'narrows')
    const [a, b] = cells
    const published = await narrow(a!, 1, 'ip')
    deepEqual([published.status, published.body.revision], [200, 2], JSON.stringify(published.body))
    equal(b!.gateway.revision().number, 2)
    await b!.send([purchase()])
    await b!.settled()
    equal(partner.items()[0]?.ip, undefined)
    deepEqual(await recorded(b!, 'adopted'), [1, 2])
    equal((await b!.staff('GET', '/api/v1/revisions/2/files')).status, 200)
  })

  test('of two that publish at once on one revision, one is told that it moved', async (t) => {
    const { cells, narrow } = await startCells(t, 'conflict')
    const [a, b] = cells
    const answers = await Promise.all([narrow(a!, 1, 'ip'), narrow(b!, 1, 'advertising_id')])
    deepEqual(answers.map(({ status }) => status).toSorted(), [200, 412])
    const moved = answers.find(({ status }) => status === 412)!
    const loser = moved === answers[0] ? a! : b!
    // Whoever lost can go on from what is live, at once.
    equal(loser.gateway.revision().number, 2)
    equal((await narrow(loser, 2, loser === a ? 'ip' : 'advertising_id')).status, 200)
    await until('both to be at 3', () => [a!, b!].every(({ gateway }) => gateway.revision().number === 3))
  })

  test('a stop at one cell stops all, a resume lets all go on, and each has it on record', async (t) => {
    const { cells, partner } = await startCells(t, 'stops')
    const [a, b] = cells
    const stop = (stopped: boolean) => b!.staff('PUT', '/api/v1/partners/acme/stop', { stopped })
    const stopped = await stop(true)
    deepEqual([stopped.status, stopped.body.durable, stopped.body.everywhere], [200, true, true])
    await a!.send([purchase()])
    await a!.settled()
    deepEqual(partner.items(), [])
    equal((await stop(false)).status, 200)
    await until('the other cell to go on', async () => (await recorded(a!, 'resumed')).length === 1)
    await a!.send([purchase()])
    await a!.settled()
    equal(partner.items().length, 1)
    deepEqual([await recorded(a!, 'stopped'), await recorded(a!, 'resumed')], [['acme'], ['acme']])
  })

  test('a stop that the others cannot be told of says so, outlives a restart, and is told when it can be', async (t) => {
    const { cells, wire, restart } = await startCells(t, 'untold')
    const [a] = cells
    wire.cut()
    const [stopped, listed] = await Promise.all([
      cells[1]!.staff('PUT', '/api/v1/stop', { stopped: true }),
      cells[1]!.staff('GET', '/api/v1/cells'),
    ])
    deepEqual([stopped.status, stopped.body.inForce, stopped.body.everywhere], [200, true, false])
    deepEqual([listed.status, listed.body.code], [503, 'ERR_SETTINGS_UNAVAILABLE'])
    equal((await a!.staff('GET', '/api/v1/partners/acme')).body.partner.stopped, false)
    wire.mend()
    const again = await restart(1)
    equal((await again.staff('GET', '/api/v1/status')).status, 200)
    await until('the other cell to have heard', async () => (await recorded(a!, 'stopped')).includes('all'))
  })

  test('a cell that was down acts on what was decided meanwhile before it sends', async (t) => {
    const { cells, partner, narrow, restart } = await startCells(t, 'down')
    const [a, b] = cells
    await partner.goDown()
    await b!.send([purchase()])
    await b!.gateway.stop()
    equal((await narrow(a!, 1, 'ip')).status, 200)
    equal((await a!.staff('PUT', '/api/v1/stop', { stopped: true })).status, 200)
    equal((await a!.staff('PUT', '/api/v1/stop', { stopped: false })).status, 200)
    await partner.comeBack()
    const again = await restart(1)
    await again.settled()
    deepEqual([partner.items().length, partner.items()[0]?.ip], [1, undefined])
    deepEqual(await recorded(again, 'adopted'), [1, 2])
  })

  test('a legal hold at one cell keeps the records of every cell, and of one that was down from its start on', async (t) => {
    const { cells, restart } = await startCells(t, 'holds')
    const [a, b] = cells
    const terms = { reason: 'a case', from: '2026-11-25T00:00:00Z', to: '2026-11-25T23:59:59Z' }
    const place = async (house: House): Promise<string> => {
      const { status, body } = await house.staff('POST', '/api/v1/ledger/holds', terms)
      equal(status, 201, JSON.stringify(body))
      return body.id
    }
    const listed = async (house: House): Promise<readonly string[]> =>
      (await house.staff('GET', '/api/v1/ledger/holds')).body.items.map(({ id }: { id: string }) => id)
    const release = async (house: House, id: string) =>
      equal((await house.staff('DELETE', `/api/v1/ledger/holds/${id}`)).status, 200)
    const first = await place(a!)
    deepEqual([await listed(b!), await recorded(b!, 'legal_hold')], [[first], [first]])
    await release(b!, first)
    deepEqual([await listed(a!), await recorded(a!, 'legal_hold_released')], [[], [first]])
    deepEqual(await recorded(b!, 'legal_hold_released'), [first])
    const second = await place(b!)
    await b!.gateway.stop()
    await release(a!, second)
    const third = await place(a!)
    const again = await restart(1)
    deepEqual(await listed(again), [third])
    deepEqual(await recorded(again, 'legal_hold'), [first, second, third])
    const segment = await again.staff('POST', '/api/v1/ledger/holds', { reason: 'a case', first: 0 })
    deepEqual([segment.status, segment.body.code], [422, 'ERR_REQUEST_INVALID'])
  })

  test('a proposal of one cell is approved at another, by another person, once', async (t) => {
    const { cells, widen } = await startCells(t, 'proposals')
    const [a, b] = cells
    const proposed = await widen(a!, 1)
    deepEqual([proposed.status, proposed.body.proposal], [202, 1], JSON.stringify(proposed.body))
    const own = await b!.staff('POST', '/api/v1/proposals/1/approve', {})
    deepEqual([own.status, own.body.code], [403, 'ERR_FOUR_EYES'])
    const ben = await tokenOf(a!, 'ben')
    const both = await Promise.all([as(ben, a!, 'proposals/1/approve'), as(ben, b!, 'proposals/1/approve')])
    equal(both.filter(({ status }) => status === 200).length, 1, JSON.stringify(both))
    await until('both to be at 2', () => cells.every(({ gateway }) => gateway.revision().number === 2))
    deepEqual(
      await Promise.all(cells.map(async (cell) => (await cell.staff('GET', '/api/v1/proposals/1')).body.state)),
      ['approved', 'approved'],
    )
    equal((await widen(b!, 2, 'name')).body.proposal, 2)
    equal((await as(ben, a!, 'proposals/2/reject', { note: 'no' })).status, 200)
    equal((await as(ben, b!, 'proposals/2/approve')).body.code, 'ERR_PROPOSAL_ENDED')
  })

  async function startCells(t: TestContext, name: string) {
    await server.admin(`CREATE DATABASE ${name}`)
    const root = await mkdtemp(join(tmpdir(), 'sluice-settings-'))
    const wire: Wire = await startWire(port)
    const partner = await startPartner()
    const file = async (name: string, text: string) => {
      await writeFile(join(root, name), text)
      return { file: join(root, name) }
    }
    const key = (name: string) => file(name, randomBytes(32).toString('hex'))
    const keys = { index: await key('index'), encryption: await key('encryption'), pseudonym: await key('pseudonym') }
    const urls = [port, wire.port].map((at) => `postgres://sluice@127.0.0.1:${at}/${name}`)
    const folders: TestFolder[] = []
    for (const [cell, url] of urls.entries()) {
      const database = await file(`database-${cell}`, url)
      const folder = await createConfigFolder({
        contracts: [webhookContract('acme', partner.origin)],
        gateway: { storage: 'cluster', cluster: { cell, database, allow_single_copy: true }, keys },
      })
      await mkdir(join(folder.data, 'keys'), { recursive: true })
      // The first cell that starts makes the token that there is.
      await writeFile(join(folder.data, 'keys', 'staff.token'), 'for-tests-alone')
      folders.push(folder)
    }
    const settings = { cell: '0' as NodeId, urls: [urls[0]!], safety: SAFETY }
    const texts = await savedFiles(folders[0]!.config).readAll()
    const loaded = await loadConfig(folders[0]!.config, partnerTypes(), Date.now(), texts)
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    await initCluster(settings, 3_000, { files: loaded.config })
    await addTheCell(settings, '1' as NodeId)
    for (const { config } of folders)
      for (const name of ['policy.yaml', 'apps.yaml', 'partners'])
        await rm(join(config, name), { recursive: true, force: true })
    const cells: House[] = []
    const restart = async (cell: number): Promise<House> => {
      await cells[cell]?.gateway.stop()
      const started = houseOf(await startGateway({ configFolder: folders[cell]!.config }), folders[cell]!)
      cells[cell] = started
      return started
    }
    t.after(async () => {
      for (const { gateway } of cells) await gateway.stop()
      await wire.close()
      await partner.goDown()
      for (const folder of folders) await folder.remove()
      await rm(root, { recursive: true, force: true })
    })
    await restart(0)
    await restart(1)
    const edit = (house: House, base: number, value: unknown, path: readonly string[], more: object = {}) =>
      house.staff(
        'POST',
        '/api/v1/publish',
        { edits: [{ file: 'partners/acme.yaml', path, value }], ...more },
        { 'if-match': `"${base}"` },
      )
    return {
      cells,
      partner,
      wire,
      restart,
      narrow: (house: House, base: number, field: string) => edit(house, base, null, ['share', field]),
      widen: (house: House, base: number, field = 'email') =>
        edit(house, base, 'pass', ['share', field], { reason: 'a test' }),
    }
  }
})

/** Revisions, partners or holds that the cell's own ledger names under the action, in order. */
async function recorded(house: House, action: string): Promise<readonly unknown[]> {
  const { body } = await house.staff('GET', '/api/v1/disclosures?kind=control&limit=1000')
  const items: readonly { action: string; facts: { revision?: number; partner?: string; hold?: string } }[] = body.items
  return items.filter((one) => one.action === action).map(({ facts }) => facts.revision ?? facts.partner ?? facts.hold)
}

async function tokenOf(house: House, name: string): Promise<string> {
  const { body } = await house.staff('POST', '/api/v1/access/tokens', { name, roles: ['approver'] })
  return body.token
}

function as(token: string, { gateway }: House, path: string, body: object = {}): Promise<Answer> {
  return fetchJson(`${gateway.controlUrl}/api/v1/${path}`, 'POST', body, { authorization: `Bearer ${token}` })
}
