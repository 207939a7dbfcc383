/**
 * A gateway as in production, its partners and its senders, each in a process of its own: runs rounds of batches, each
 * until its last pair has settled, and counts the gateway alone.
 */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import { type Accounting, sumOf } from '../../src/control/accounting.ts'
import {
  createConfigFolder,
  type TestConfig,
  type TestContract,
  WRITE_KEY,
  webhookContract,
} from '../../test/support/config-folder.ts'
import { until } from '../../test/support/until.ts'
import type { Round } from './contenders.ts'
import { BATCH_EVENTS } from './event.ts'
import { cpuMicrosOf, watchPrivateMemory } from './kernel.ts'
import type { LoadOrder, LoadResult, Senders } from './load.ts'
import { type Asked, type GatewayProcess, startAsked, startGatewayProcess } from './processes.ts'
import type { SinkCount } from './sink.ts'
import type { Stops } from './stops.ts'

/** Batches under way at once. */
export const SENDERS = 32
const SETTLE_PATIENCE_MS = 120_000

export interface Work {
  readonly batches: number
  /** Default `BATCH_EVENTS`. */
  readonly batchEvents?: number
  readonly devices: Senders
  /** Batches under way at once. Default `SENDERS`. */
  readonly senders?: number
}

/** Senders that any number of gateways and peers can be loaded with, one after another. */
export type Load = Asked<LoadOrder, LoadResult>

export async function startLoad(stops: Stops): Promise<Load> {
  return stops.later(Promise.resolve(startAsked<LoadOrder, LoadResult>('./load.ts')))
}

export interface RigOptions {
  /** Partners that each event goes to. Default 1. */
  readonly partners?: number
  /** Contracts beside them that take none of the events. */
  readonly idleContracts?: number
  /** Data threads. Default 1. */
  readonly threads?: number
  /** The checkout whose gateway runs. Default this one. */
  readonly tree?: string | undefined
}

export interface Rig {
  readonly gateway: GatewayProcess
  /** With it those that share its work. */
  readonly gateways: readonly GatewayProcess[]
  /** Where its partners are. */
  readonly sinkOrigin: string
  /** `cpuMicros` is for one event. */
  round(work: Work): Promise<Round>
  /** Bytes that the gateway's heaps allocate for one event. */
  allocated(work: Work): Promise<number>
  /** Stores an opt-out of each, and resolves once all are in force. */
  optOut(advertisingIds: readonly string[]): Promise<void>
  /** Most private memory of the gateway so far, in MB. */
  peakPrivateMb(): number
  /** Throws where an event is missing, came twice, or the books do not close; else says what was checked. */
  check(): Promise<string>
}

const APP = {
  id: 'puzzle-android',
  name: 'Puzzle Quest',
  platform: 'android',
  bundle: 'com.example.puzzle',
  write_keys: [WRITE_KEY],
}

export async function startRig(load: Load, stops: Stops, options: RigOptions = {}): Promise<Rig> {
  const { partners = 1, idleContracts = 0, threads, tree } = options
  const sink = await stops.later(Promise.resolve(startAsked<object, SinkCount>('./sink.ts')))
  const { port } = (await sink.hello()) as { readonly port: number }
  const origin = `http://127.0.0.1:${port}`
  const taking = Array.from({ length: partners }, (_, index) => `partner-${index}`)
  const idle = Array.from({ length: idleContracts }, (_, index) => `idle-${index}`)
  const folder = await createConfigFolder({
    ...eventConfig({ partners: taking, idle, origin }),
    // A checkout of before does not know the key.
    ...(threads === undefined ? {} : { gateway: { threads } }),
  })
  stops.add(folder.remove)
  const gateway = await stops.later(startGatewayProcess(folder.config, tree))
  const memory = watchPrivateMemory(gateway.pid)
  stops.add(memory.stop)
  const token = (await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8')).trim()
  return createRig({ gateways: [gateway], sink, sinkOrigin: origin, load, taking, token, peak: memory.peak })
}

/** The app of the benchmark's events, partners that take them, and others that take none of them. */
export function eventConfig(of: {
  readonly partners: readonly string[]
  readonly idle: readonly string[]
  readonly origin: string
}): TestConfig {
  const contracts = [
    ...of.partners.map((id) => contract(id, of.origin, 'Order Completed')),
    ...of.idle.map((id) => contract(id, of.origin, 'Level Completed')),
  ]
  return { contracts, apps: [APP] }
}

export interface RigParts {
  /** One at least. A device sends to the same one each time. */
  readonly gateways: readonly GatewayProcess[]
  readonly sink: Asked<object, SinkCount>
  readonly sinkOrigin: string
  readonly load: Load
  readonly taking: readonly string[]
  readonly token: string
  readonly peak: () => number
}

export function createRig({ gateways, sink, sinkOrigin, load, taking, token, peak }: RigParts): Rig {
  // Sound: there is one.
  const gateway = gateways[0] as GatewayProcess
  const run = randomBytes(4).toString('hex')
  let sent = 0

  const booksOf = async ({ controlUrl }: GatewayProcess): Promise<Accounting> => {
    const answer = await request(`${controlUrl}/api/v1/accounting`, { headers: { authorization: `Bearer ${token}` } })
    // Sound: the gateway's own answer, from the same sources.
    return (await answer.body.json()) as Accounting
  }
  const accounting = async (): Promise<Accounting> => {
    const books = await Promise.all(gateways.map(booksOf))
    return sumOf(books.map((one, index) => ({ cell: String(index), books: one })))
  }
  const cpuMicros = (): number => gateways.reduce((sum, { pid }) => sum + cpuMicrosOf(pid), 0)
  const settled = (): Promise<Accounting> =>
    until(
      'every pair to settle',
      async () => {
        const books = await accounting()
        return taking.every((partner) => books.pairs[partner]?.pending === 0) && books
      },
      SETTLE_PATIENCE_MS,
    )
  const arrived = async (): Promise<boolean> => {
    const { distinct } = await sink.ask({})
    return taking.every((partner) => distinct[pathOf(partner)] === sent)
  }

  const send = async ({
    batches,
    batchEvents = BATCH_EVENTS,
    devices,
    senders = SENDERS,
  }: Work): Promise<LoadResult> => {
    const order: LoadOrder = {
      origins: gateways.map(({ dataUrl }) => dataUrl),
      writeKey: WRITE_KEY,
      run,
      firstSerial: sent,
      batches,
      batchEvents,
      senders,
      devices,
    }
    const result = await load.ask(order)
    if (Object.keys(result.failed).length > 0) throw new Error(`answers were not 200: ${JSON.stringify(result.failed)}`)
    sent += batches * batchEvents
    await until('the partners to have it all', arrived, SETTLE_PATIENCE_MS)
    await settled()
    return result
  }

  /** By this gateway and those after it. */
  const allocatedFrom = async (index: number, work: Work): Promise<number> => {
    const probe = gateways[index]?.probe
    let further = 0
    const counted = await probe?.counted(async () => {
      further = await allocatedFrom(index + 1, work)
    })
    if (counted === undefined) await send(work)
    return (counted ?? 0) + further
  }

  return {
    gateway,
    gateways,
    sinkOrigin,
    round: async (work) => {
      const events = work.batches * (work.batchEvents ?? BATCH_EVENTS)
      const before = cpuMicros()
      const from = performance.now()
      const { p50Ms, p99Ms } = await send(work)
      const wallMs = performance.now() - from
      return { cpuMicros: (cpuMicros() - before) / events, perSecond: (events * 1_000) / wallMs, p50Ms, p99Ms }
    },
    allocated: async (work) => (await allocatedFrom(0, work)) / (work.batches * (work.batchEvents ?? BATCH_EVENTS)),
    optOut: async (advertisingIds) => {
      const lines = advertisingIds.map((value) =>
        JSON.stringify({ kind: 'advertising_id', value, denies: ['sale', 'sharing', 'targeted_advertising'] }),
      )
      const { statusCode, body } = await request(`${gateway.controlUrl}/api/v1/choices/import`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
        body: lines.join('\n'),
      })
      const { stored } = (await body.json()) as { readonly stored?: number }
      if (statusCode !== 200 || stored !== lines.length)
        throw new Error(`${stored} of ${lines.length} opt-outs stored, answer ${statusCode}`)
    },
    peakPrivateMb: () => peak() / 2 ** 20,
    check: async () => {
      const books = await settled()
      const { distinct, items } = await sink.ask({})
      const { received, accepted } = books.events
      const wrong = taking.filter((partner) => {
        const pairs = books.pairs[partner]
        const path = pathOf(partner)
        return [pairs?.routed, pairs?.settled.delivered, distinct[path], items[path]].some((count) => count !== sent)
      })
      if (!books.closes || received !== sent || accepted !== sent || wrong.length > 0)
        throw new Error(`the books do not close: ${JSON.stringify({ sent, received, accepted, wrong })}`)
      const each = taking.length === 1 ? 'the partner' : `each of ${taking.length} partners`
      return `checked: ${sent.toLocaleString('en')} events accepted, all delivered, each at ${each} exactly once; both sums close`
    },
  }
}

/** Loads a peer with the batches that a gateway gets. */
export async function peerRound(
  load: Load,
  peer: { readonly pid: number; readonly origin: string },
  work: Work,
): Promise<Round> {
  const batchEvents = work.batchEvents ?? BATCH_EVENTS
  const events = work.batches * batchEvents
  const before = cpuMicrosOf(peer.pid)
  const from = performance.now()
  const { p50Ms, p99Ms, failed } = await load.ask({
    origins: [peer.origin],
    writeKey: WRITE_KEY,
    run: '00000000',
    firstSerial: 0,
    batches: work.batches,
    batchEvents,
    senders: SENDERS,
    devices: work.devices,
  })
  if (Object.keys(failed).length > 0) throw new Error(`answers were not 204: ${JSON.stringify(failed)}`)
  const wallMs = performance.now() - from
  const cpuMicros = (cpuMicrosOf(peer.pid) - before) / events
  return { cpuMicros, perSecond: (events * 1_000) / wallMs, p50Ms, p99Ms }
}

function pathOf(partner: string): string {
  return `/hooks-${partner}`
}

/** Grants about what a measurement partner gets: items of some 400 bytes. */
function contract(id: string, origin: string, event: string): TestContract {
  return webhookContract(id, origin, {
    apps: [APP.id],
    events: { [event]: { as: 'purchase', properties: { revenue: 'value', currency: 'currency' } } },
    share: { message_id: 'pass', advertising_id: 'pass', ip: [24, 48], place: 'city', os: 'pass', time: 'pass' },
    when_restricted: { send: 'limited', share: { message_id: 'pass', os: 'reduced' } },
    connection: { url: `${origin}${pathOf(id)}`, batch: true },
    limits: { per_second: 100_000, concurrency: 16, timeout_ms: 5_000, batch: BATCH_EVENTS, linger_ms: 5 },
  })
}
