/** Two gateways over one database: what one acknowledges binds the other, whatever becomes of it. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { type Addresses, startGatewayProcess } from '../faults/gateway-process.ts'
import { createConfigFolder, type TestFolder, WRITE_KEY, webhookContract } from '../support/config-folder.ts'
import { freePort } from '../support/free-port.ts'
import { startPartner, type TestPartner } from '../support/partner.ts'
import { createCluster, postgresBinaries, type RunningServer, runServer, serverFolder } from '../support/postgres.ts'
import { purchase } from '../support/purchase.ts'
import { sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { startWire, type Wire } from './wire.ts'

const LEASE_SECONDS = 3
const binaries = postgresBinaries()
const skip = binaries === undefined ? 'PostgreSQL is not installed: gateways as cells did not run' : false

describe('two gateways as cells', { skip }, () => {
  let server: RunningServer
  let place: string
  let port: number
  before(async () => {
    place = serverFolder()
    port = await freePort()
    createCluster(binaries!, join(place, 'data'))
    server = await runServer(binaries!, { folder: place, data: join(place, 'data'), port })
  })
  after(async () => {
    await server.stop()
    await rm(place, { recursive: true, force: true })
  })

  test('start on a safe database alone, and only where somebody added them', async (t) => {
    const { folders, allowing } = await prepared(t, 'one')
    await folders[0]!.write(await allowing(0, false))
    const refused = await cluster(folders[0]!, 'init')
    equal(refused.code, 1)
    match(refused.err, /^synchronous_standby_names is empty, .* name the standbys, or set allow_single_copy: true$/)
    await folders[0]!.write(await allowing(0, true))
    const early = startGatewayProcess(folders[0]!.config)
    equal(await early.ended, 1)
    match(early.said(), /the database has no schema, .* run `sluice cluster init`/)
    deepEqual((await cluster(folders[0]!, 'init')).code, 0)
    const stranger = startGatewayProcess(folders[1]!.config)
    equal(await stranger.ended, 1)
    match(stranger.said(), /cell 1 is not in the cluster: add it with `sluice cluster add 1`/)
    equal((await cluster(folders[0]!, 'add', '1')).code, 0)
    const own = join(folders[1]!.data, 'choices.db')
    await writeFile(own, '')
    const used = startGatewayProcess(folders[1]!.config)
    equal(await used.ended, 1)
    match(used.said(), /this folder has choices of its own, which no other cell would know/)
    await rm(own)
    // A start that was refused stands in no later one's way.
    const cell = startCell(t, folders[1]!)
    await cell.ready
    const { cells, leaseSeconds } = JSON.parse((await cluster(folders[0]!, 'status')).out)
    equal(leaseSeconds, LEASE_SECONDS)
    deepEqual(
      cells.map(({ cell, state }: { cell: string; state: string }) => [cell, state]),
      [
        ['0', 'new'],
        ['1', 'acts'],
      ],
    )
    match((await cluster(folders[0]!, 'leave', '1')).err, /^cell 1 acts, or did a moment ago/)
    cell.kill('SIGTERM')
    await cell.ended
    equal((await cluster(folders[0]!, 'leave', '1')).code, 0)
    equal((await cluster(folders[0]!, 'leave', '1')).err, 'cell 1 is not in the cluster.')
    equal((await cluster(folders[0]!, 'add', '1')).code, 0)
  })

  test('what one acknowledges is in force at the other, however it ends and begins again', async (t) => {
    const { folders, partner } = await prepared(t, 'two')
    const [a, b] = await startBoth(t, folders)

    for (const number of ['1', '2', '3', '4']) {
      await optOut(await a.ready, `restricted-${number}`)
      equal((await send(await b.ready, `restricted-${number}`, `stays ${number}`)).status, 200)
      equal((await send(await b.ready, `open-${number}`, `goes ${number}`)).status, 200)
    }
    await settled(await b.ready)
    deepEqual(received(partner).toSorted(), ['goes 1', 'goes 2', 'goes 3', 'goes 4'])
  })

  test('one that is cut off neither sends nor accepts, and the other waits for that', async (t) => {
    const { folders, partner, wire } = await prepared(t, 'three')
    const [a, b] = await startBoth(t, folders)
    wire.cut()
    await optOut(await a.ready, 'ann')
    const refused = await send(await b.ready, 'ann', 'early')
    deepEqual([refused.status, await code(refused)], [503, 'ERR_CHOICES_UNAVAILABLE'])
    ok(Number(refused.headers.get('retry-after')) > 0)
    const readyz = await fetch(`${(await b.ready).control}/readyz`)
    deepEqual([readyz.status, ((await readyz.json()) as { problems: unknown }).problems], [503, [NOT_FRESH]])
    equal(await metric(await b.ready, 'sluice_cluster_lease_seconds{cell="1"}'), 0)
    deepEqual(received(partner), [])
    wire.mend()
    await until('the cell to be ready again', async () => (await fetch(`${(await b.ready).control}/readyz`)).ok)
    equal((await send(await b.ready, 'ann', 'of who opted out')).status, 200)
    equal((await send(await b.ready, 'ben', 'of another')).status, 200)
    await settled(await b.ready)
    deepEqual(received(partner), ['of another'])
  })

  test('one that is killed is waited for until its lease is over, and catches up before it sends', async (t) => {
    const { folders, partner } = await prepared(t, 'four')
    const [a, b] = await startBoth(t, folders)
    await partner.goDown()
    equal((await send(await b.ready, 'ann', 'of who opts out')).status, 200)
    equal((await send(await b.ready, 'ben', 'of another')).status, 200)
    b.kill('SIGKILL')
    await b.ended
    await optOut(await a.ready, 'ann')
    const { cells } = JSON.parse((await cluster(folders[0]!, 'status')).out)
    const { state, renewedSecondsAgo } = cells[1] as { state: string; renewedSecondsAgo: number }
    equal(state, 'silent')
    ok(renewedSecondsAgo >= LEASE_SECONDS, `acknowledged ${renewedSecondsAgo} s after its last renewal`)
    // Nobody waits for it any more, though it has confirmed nothing since.
    await optOut(await a.ready, 'cy')

    await partner.comeBack()
    const again = startCell(t, folders[1]!)
    await settled(await again.ready)
    deepEqual(received(partner), ['of another'])
  })

  test('an erasure at one ends what waits at the other, and what waited at one that was down', async (t) => {
    const { folders, partner } = await prepared(t, 'five')
    const [a, b] = await startBoth(t, folders)
    await partner.goDown()
    for (const user of ['dora', 'emil', 'fay'])
      equal((await send(await b.ready, user, `of ${user.length} letters`)).status, 200)
    await erase(folders[0]!, await a.ready, 'dora')
    await until('the other cell to have done its part', async () => (await pending(await b.ready)) === 2)
    equal(await erased(folders[1]!, await b.ready), 1)
    b.kill('SIGKILL')
    await b.ended
    await erase(folders[0]!, await a.ready, 'emil')
    const refused = await until('its lease to be over', async () => {
      const { err } = await cluster(folders[0]!, 'leave', '1')
      return !err.startsWith('cell 1 acts') && err
    })
    equal(refused, 'cell 1 has 1 erasures to finish: start it once more, which does so, or say --lost.')
    await partner.comeBack()
    const again = startCell(t, folders[1]!)
    await settled(await again.ready)
    equal(await erased(folders[1]!, await again.ready), 2)
    deepEqual(received(partner), ['of 3 letters'])
  })

  /** Folders of two cells over a database of their own; the second cell's wire to it can be cut. */
  async function prepared(t: TestContext, name: string) {
    await server.admin(`CREATE DATABASE ${name}`)
    const root = await mkdtemp(join(tmpdir(), 'sluice-cells-'))
    const wire: Wire = await startWire(port)
    const partner = await startPartner()
    const key = async (file: string): Promise<object> => {
      const path = join(root, file)
      await writeFile(path, randomBytes(32).toString('hex'))
      return { file: path }
    }
    const keys = { index: await key('index'), encryption: await key('encryption'), pseudonym: await key('pseudonym') }
    const allowing = async (cell: number, single: boolean) => {
      const path = join(root, `database-${cell}`)
      await writeFile(path, `postgres://sluice@127.0.0.1:${cell === 1 ? wire.port : port}/${name}\n`)
      return {
        contracts: [
          webhookContract('acme', partner.origin, {
            events: { 'Order Completed': { as: 'purchase', properties: { tag: 'tag' } } },
            when_restricted: { send: 'nothing' },
          }),
        ],
        gateway: {
          storage: 'cluster',
          cluster: { cell, database: { file: path }, allow_single_copy: single },
          keys,
        },
      }
    }
    const folders = [
      await createConfigFolder(await allowing(0, true)),
      await createConfigFolder(await allowing(1, true)),
    ]
    t.after(async () => {
      await wire.close()
      await partner.goDown().catch(() => undefined)
      for (const folder of folders) await folder.remove()
      await rm(root, { recursive: true, force: true })
    })
    return { folders, partner, wire, allowing }
  }
})

const NOT_FRESH = { part: 'choices', why: 'not_fresh' }

function cluster(folder: TestFolder, ...command: readonly string[]) {
  const lease = command[0] === 'init' ? ['--lease-seconds', String(LEASE_SECONDS)] : []
  return sluice(['cluster', ...command, '--config', folder.config, '--json', ...lease])
}

async function startBoth(t: TestContext, folders: readonly TestFolder[]) {
  equal((await cluster(folders[0]!, 'init')).code, 0)
  equal((await cluster(folders[0]!, 'add', '1')).code, 0)
  const cells = [startCell(t, folders[0]!), startCell(t, folders[1]!)] as const
  await Promise.all(cells.map(({ ready }) => ready))
  return cells
}

function startCell(t: TestContext, folder: TestFolder) {
  const cell = startGatewayProcess(folder.config)
  t.after(async () => {
    cell.kill('SIGKILL')
    await cell.ended
  })
  return cell
}

const HEADERS = {
  authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
  'content-type': 'application/json',
}

function send({ data }: Addresses, userId: string, tag: string): Promise<Response> {
  // No device, so that only what stands for the account itself decides.
  const event = purchase({ userId, properties: { tag } }, { device: { type: 'ios', attTrackingStatus: 3 } })
  return fetch(`${data}/v1/batch`, { method: 'POST', headers: HEADERS, body: JSON.stringify({ batch: [event] }) })
}

async function optOut({ data }: Addresses, user: string): Promise<void> {
  const body = JSON.stringify({ identities: { user }, opt_out: true })
  const answer = await fetch(`${data}/v1/me/choices`, { method: 'PUT', headers: HEADERS, body })
  equal(answer.status, 200, await answer.text())
}

async function asStaff(folder: TestFolder, { control }: Addresses, path: string, body?: object) {
  const token = (await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8')).trim()
  const answer = await fetch(`${control}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  const said = await answer.text()
  equal(answer.status, 200, said)
  return JSON.parse(said)
}

async function erase(folder: TestFolder, cell: Addresses, user: string): Promise<void> {
  const { handle } = await asStaff(folder, cell, 'subjects/lookup', { identities: { user } })
  await asStaff(folder, cell, `subjects/${handle}/erasure`, { confirm: 'erase' })
}

/** Pairs that ended so. */
async function erased(folder: TestFolder, cell: Addresses): Promise<unknown> {
  return (await asStaff(folder, cell, 'accounting')).pairs.acme.settled.erased
}

async function code(answer: Response): Promise<unknown> {
  return ((await answer.json()) as { readonly code?: unknown }).code
}

async function metric({ control }: Addresses, name: string): Promise<number | undefined> {
  const lines = (await (await fetch(`${control}/metrics`)).text()).split('\n')
  const line = lines.find((one) => one.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}

async function settled(cell: Addresses): Promise<void> {
  await until('no pair to be pending', async () => (await pending(cell)) === 0)
}

function pending(cell: Addresses): Promise<number | undefined> {
  return metric(cell, 'sluice_pairs_pending{partner="acme"}')
}

function received(partner: TestPartner): readonly unknown[] {
  return partner.items().map(({ properties }) => (properties as { readonly tag?: unknown }).tag)
}
