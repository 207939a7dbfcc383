/** Gateways as cells over one database, for tests: their folders, their processes, and what is asked of them. */
import { equal } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext } from 'node:test'
import { type Addresses, type GatewayProcess, startGatewayProcess } from '../faults/gateway-process.ts'
import { CA, CELL_TLS, type CellTls } from '../support/cell-certificates.ts'
import {
  createConfigFolder,
  type TestConfig,
  type TestFolder,
  WRITE_KEY,
  webhookContract,
} from '../support/config-folder.ts'
import { freePort } from '../support/free-port.ts'
import { startPartner, type TestPartner } from '../support/partner.ts'
import { createCluster, postgresBinaries, type RunningServer, runServer, serverFolder } from '../support/postgres.ts'
import { purchase } from '../support/purchase.ts'
import { bidderContract } from '../support/relay.ts'
import { sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { startWire, type Wire } from './wire.ts'

export const LEASE_SECONDS = 3
const binaries = postgresBinaries()
export const skip = binaries === undefined ? 'PostgreSQL is not installed: gateways as cells did not run' : false

export interface Wanted {
  /** Default of `useServer`: 2. */
  readonly cells: number
  /** They hand events to their owners; what is set for that. */
  readonly internal?: object | undefined
  /** One machine may have the database. Default: it may. */
  readonly single?: boolean
  /** Contracts and apps. Default: one partner, `acme`, and a bidder beside it where events are handed on. */
  readonly config?: (origin: string) => TestConfig
  /** A cell's key and certificate, and the authority's. Default: of `cell-certificates.ts`. */
  readonly tlsOf?: (cell: number) => CellTls & { readonly ca: string }
}

export function acme(origin: string, internal: object | undefined): TestConfig {
  const contract = webhookContract('acme', origin, {
    events: { 'Order Completed': { as: 'purchase', properties: { tag: 'tag' } } },
    when_restricted: { send: 'nothing' },
  })
  return { contracts: [contract, ...(internal === undefined ? [] : [bidderContract('bidder', origin)])] }
}

/** Folders of cells, and in `root` the keys that are the same in all of them. */
export async function createCells(
  root: string,
  origin: string,
  urlOf: (cell: number) => string,
  { cells, internal, single = true, config = (at) => acme(at, internal), tlsOf = knownTls }: Wanted,
) {
  const file = async (name: string, text: string): Promise<{ readonly file: string }> => {
    const path = join(root, name)
    await writeFile(path, text)
    return { file: path }
  }
  const key = (name: string) => file(`${name}.key`, randomBytes(32).toString('hex'))
  const keys = { index: await key('index'), encryption: await key('encryption'), pseudonym: await key('pseudonym') }
  const tlsFiles = async (cell: number) => {
    const { key, cert, ca } = tlsOf(cell)
    return {
      key: await file(`cell-${cell}.key`, key),
      cert: await file(`cell-${cell}.pem`, cert),
      ca: await file('ca.pem', ca),
    }
  }
  const allowing = async (cell: number, allowSingle: boolean) => ({
    ...config(origin),
    gateway: {
      ...config(origin).gateway,
      storage: 'cluster',
      cluster: {
        cell,
        database: await file(`database-${cell}`, `${urlOf(cell)}\n`),
        allow_single_copy: allowSingle,
        ...(internal === undefined
          ? {}
          : { internal: { host: '127.0.0.1', port: 0, tls: await tlsFiles(cell), ...internal } }),
      },
      keys,
    },
  })
  const folders: TestFolder[] = []
  for (let cell = 0; cell < cells; cell++) folders.push(await createConfigFolder(await allowing(cell, single)))
  for (const { data } of folders) {
    await mkdir(join(data, 'keys'), { recursive: true })
    // The first cell that starts makes the token that there is.
    await writeFile(join(data, 'keys', 'staff.token'), 'for-tests-alone')
  }
  return { folders, allowing }
}

function knownTls(cell: number) {
  return { ...CELL_TLS[cell]!, ca: CA }
}

/** One server for a suite. What it returns makes the folders of cells over a database of their own. */
export function useServer(settings: readonly string[] = []) {
  let server: RunningServer
  let place: string
  let port: number
  before(async () => {
    place = serverFolder()
    port = await freePort()
    createCluster(binaries!, join(place, 'data'))
    server = await runServer(binaries!, { folder: place, data: join(place, 'data'), port, settings })
  })
  after(async () => {
    await server.stop()
    await rm(place, { recursive: true, force: true })
  })

  /** The second cell's wire to the database can be cut. */
  return async (t: TestContext, name: string, wanted: Partial<Wanted> = {}) => {
    await server.admin(`CREATE DATABASE ${name}`)
    const root = await mkdtemp(join(tmpdir(), 'sluice-cells-'))
    const wire: Wire = await startWire(port)
    const partner = await startPartner()
    const urlOf = (cell: number): string => `postgres://sluice@127.0.0.1:${cell === 1 ? wire.port : port}/${name}`
    const { folders, allowing } = await createCells(root, partner.origin, urlOf, { cells: 2, ...wanted })
    t.after(async () => {
      await wire.close()
      await partner.goDown().catch(() => undefined)
      for (const folder of folders) {
        for (const cell of started.get(folder) ?? []) {
          cell.kill('SIGKILL')
          await cell.ended
        }
        await folder.remove()
      }
      await rm(root, { recursive: true, force: true })
    })
    return { folders, partner, wire, allowing, url: urlOf(0) }
  }
}

export function cluster(folder: TestFolder, ...command: readonly string[]) {
  const lease =
    command[0] === 'init' && !command.includes('--lease-seconds') ? ['--lease-seconds', String(LEASE_SECONDS)] : []
  return sluice(['cluster', ...command, '--config', folder.config, '--json', ...lease])
}

export async function startCells(folders: readonly TestFolder[]) {
  const made = await cluster(folders[0]!, 'init', folders[0]!.config)
  equal(made.code, 0, made.err)
  for (let cell = 1; cell < folders.length; cell++) equal((await cluster(folders[0]!, 'add', String(cell))).code, 0)
  for (const folder of folders) await leaveGatewayAlone(folder)
  const cells = folders.map((folder) => startCell(folder))
  await Promise.all(cells.map(({ ready }) => ready))
  // Sound: every test has two at least.
  return cells as [GatewayProcess, GatewayProcess, ...GatewayProcess[]]
}

/** The files of the contracts are in the database. */
export async function leaveGatewayAlone({ config }: TestFolder): Promise<void> {
  for (const name of ['policy.yaml', 'apps.yaml', 'partners'])
    await rm(join(config, name), { recursive: true, force: true })
}

/** @param environment beside this process's own */
export function startCell(folder: TestFolder, environment: NodeJS.ProcessEnv = {}): GatewayProcess {
  const cell = startGatewayProcess(folder.config, environment)
  started.set(folder, [...(started.get(folder) ?? []), cell])
  return cell
}
/** Killed before their folders are removed. */
const started = new WeakMap<TestFolder, readonly GatewayProcess[]>()

export const HEADERS = {
  authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
  'content-type': 'application/json',
}

export function send({ data }: Addresses, userId: string, tag: string, messageId?: string): Promise<Response> {
  // No device, so that only what stands for the account itself decides.
  const event = purchase(
    { userId, properties: { tag }, ...(messageId === undefined ? {} : { messageId }) },
    { device: { type: 'ios', attTrackingStatus: 3 } },
  )
  return fetch(`${data}/v1/batch`, { method: 'POST', headers: HEADERS, body: JSON.stringify({ batch: [event] }) })
}

export async function optOut({ data }: Addresses, user: string): Promise<void> {
  const body = JSON.stringify({ identities: { user }, opt_out: true })
  const answer = await fetch(`${data}/v1/me/choices`, { method: 'PUT', headers: HEADERS, body })
  equal(answer.status, 200, await answer.text())
}

export async function asStaff(
  folder: TestFolder,
  { control }: Addresses,
  path: string,
  body?: object,
  { method = body === undefined ? 'GET' : 'POST', refused = false } = {},
) {
  const token = (await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8')).trim()
  const answer = await fetch(`${control}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const said = await answer.text()
  equal(answer.ok, !refused, said)
  return JSON.parse(said)
}

/** The answer of an erasure, as far as tests of cells look at it. */
export interface Erased {
  readonly recipients: readonly {
    readonly partner: string
    readonly disclosures: number
    readonly told?: readonly { readonly state: string }[]
  }[]
  readonly keys_destroyed: number
  readonly missing?: readonly string[]
  readonly unfinished?: readonly string[]
  readonly code: string
}

/** As staff, with all accounts that are linked. */
export async function erase(folder: TestFolder, cell: Addresses, identities: object, despite = false): Promise<Erased> {
  const { handle } = await asStaff(folder, cell, 'subjects/lookup', { identities })
  const body = { confirm: 'erase', accounts: 'include', despite_holds: despite }
  return asStaff(folder, cell, `subjects/${handle}/erasure`, body)
}

/** An erasure's answer, once more. */
export async function askAgain({ data }: Addresses, { code }: Pick<Erased, 'code'>): Promise<Erased> {
  const request = { method: 'POST', headers: HEADERS, body: JSON.stringify({ code }) }
  const answer = await fetch(`${data}/v1/me/erasure/answer`, request)
  equal(answer.status, 200)
  return (await answer.json()) as Erased
}

/** Pairs that ended so. */
export async function erased(folder: TestFolder, cell: Addresses): Promise<unknown> {
  return (await asStaff(folder, cell, 'accounting')).pairs.acme.settled.erased
}

export async function code(answer: Response): Promise<unknown> {
  return ((await answer.json()) as { readonly code?: unknown }).code
}

export async function metric({ control }: Addresses, name: string): Promise<number | undefined> {
  const lines = (await (await fetch(`${control}/metrics`)).text()).split('\n')
  const line = lines.find((one) => one.startsWith(`${name} `))
  return line === undefined ? undefined : Number(line.slice(name.length + 1))
}

export async function settled(cell: Addresses): Promise<void> {
  await until('no pair to be pending', async () => (await pending(cell)) === 0)
}

export function pending(cell: Addresses): Promise<number | undefined> {
  return metric(cell, 'sluice_pairs_pending{partner="acme"}')
}

/** Tags of the events that it was sent. */
export function received(partner: TestPartner): readonly unknown[] {
  return partner
    .items()
    .flatMap(({ properties }) => (properties === undefined ? [] : [(properties as { readonly tag?: unknown }).tag]))
}
