/**
 * What an event costs from the SDK's batch to the recorded answer of its partner: accepted durably, decided, recorded,
 * sent, settled. The gateway runs as in production, in a process of its own, and only it is counted.
 */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import type { Accounting } from '../src/control/accounting.ts'
import { createConfigFolder, type TestFolder, WRITE_KEY, webhookContract } from '../test/support/config-folder.ts'
import { until } from '../test/support/until.ts'
import { BATCH_EVENTS } from './support/event.ts'
import { type Figures, figuresOf, shown, shownRange } from './support/figures.ts'
import type { LoadOrder, LoadResult } from './support/load.ts'
import { cpuMicrosOf, peakBytesOf } from './support/process-cost.ts'
import { type Asked, type GatewayProcess, startAsked, startGatewayProcess } from './support/processes.ts'
import type { Report } from './support/report.ts'
import type { SinkCount } from './support/sink.ts'

const TARGET_CPU_MICROS = 200
const TARGET_PEAK_MB = 250
/** Batches under way at once. */
const SENDERS = 32
const ROUNDS = 7
const BATCHES_A_ROUND = 300
/** Phones that come back again and again, all of them known after the warm-up. */
const RETURNING = 1_000
const PARTNER = 'northwind'
/** Options of Node for the gateway alone, such as `--cpu-prof --cpu-prof-dir=/tmp/profiles`. */
const NODE_OPTIONS = (process.env.BENCH_NODE_OPTIONS ?? '').split(' ').filter((option) => option !== '')

interface Round {
  readonly cpuMicros: number
  readonly eventsPerSecond: number
  readonly coresUsed: number
  readonly load: LoadResult
}
interface Traffic {
  readonly name: string
  readonly target: string
  readonly devicesOf: (batchesSoFar: number) => Pick<LoadOrder, 'firstDevice' | 'devices'>
}

const TRAFFIC: readonly Traffic[] = [
  {
    name: `${RETURNING.toLocaleString('en')} returning phones`,
    target: `${TARGET_CPU_MICROS}`,
    devicesOf: () => ({ firstDevice: 0, devices: RETURNING }),
  },
  {
    name: 'a new phone each batch',
    target: '-',
    devicesOf: (batchesSoFar) => ({ firstDevice: RETURNING + batchesSoFar, devices: BATCHES_A_ROUND }),
  },
]

export async function run(): Promise<Report> {
  const stops: (() => Promise<void>)[] = []
  try {
    return await measure(stops)
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

async function measure(stops: (() => Promise<void>)[]): Promise<Report> {
  const sink = startAsked<object, SinkCount>('./sink.ts')
  stops.push(sink.stop)
  const { port } = (await sink.hello()) as { readonly port: number }
  const load = startAsked<LoadOrder, LoadResult>('./load.ts')
  stops.push(load.stop)
  const folder = await createConfigFolder({ contracts: [contract(`http://127.0.0.1:${port}`)], apps: [APP] })
  stops.push(folder.remove)
  const gateway = await startGatewayProcess(folder.config, NODE_OPTIONS)
  stops.push(gateway.stop)

  const driver = createDriver(gateway, folder, sink, load)
  await driver.round({ firstDevice: 0, devices: RETURNING }, RETURNING)
  const rows: string[][] = []
  for (const { name, target, devicesOf } of TRAFFIC) {
    const rounds: Round[] = []
    for (let round = 0; round < ROUNDS; round++)
      rounds.push(await driver.round(devicesOf(driver.batches()), BATCHES_A_ROUND))
    rows.push(rowOf(name, target, rounds, peakBytesOf(gateway.pid)))
  }
  const books = await driver.check()
  return {
    question: 'pipeline: what does an event cost from batch to recorded answer?',
    method:
      `Batches of ${BATCH_EVENTS} (events of 1,338 bytes) from ${SENDERS} senders in a closed loop, one webhook partner; ` +
      `${ROUNDS} rounds of ${(BATCHES_A_ROUND * BATCH_EVENTS).toLocaleString('en')} events after a warm-up of ` +
      `${(RETURNING * BATCH_EVENTS).toLocaleString('en')}, each counted until its last pair has settled. CPU is user and ` +
      'system time of the gateway and its threads; senders and partner are other processes on the same machine.',
    columns: [
      'traffic',
      'CPU µs/event',
      'min..max',
      'target',
      'events/s',
      'cores',
      'answer p50 ms',
      'p99 ms',
      'peak MB',
    ],
    rows,
    notes: [
      `target for the peak: ${TARGET_PEAK_MB} MB`,
      `checked: ${books.events.accepted.toLocaleString('en')} events accepted, all delivered, each at the partner exactly once; both sums close`,
    ],
  }
}

const APP = {
  id: 'puzzle-android',
  name: 'Puzzle Quest',
  platform: 'android',
  bundle: 'com.example.puzzle',
  write_keys: [WRITE_KEY],
}

/** Grants about what a measurement partner gets: items of some 400 bytes. */
function contract(origin: string) {
  return webhookContract(PARTNER, origin, {
    apps: [APP.id],
    events: { 'Order Completed': { as: 'purchase', properties: { revenue: 'value', currency: 'currency' } } },
    share: { message_id: 'pass', advertising_id: 'pass', ip: [24, 48], place: 'city', os: 'pass', time: 'pass' },
    when_restricted: { send: 'limited', share: { message_id: 'pass', os: 'reduced' } },
    limits: { per_second: 100_000, concurrency: 16, timeout_ms: 5_000, batch: BATCH_EVENTS, linger_ms: 5 },
  })
}

function createDriver(
  gateway: GatewayProcess,
  folder: TestFolder,
  sink: Asked<object, SinkCount>,
  load: Asked<LoadOrder, LoadResult>,
) {
  const run = randomBytes(4).toString('hex')
  let batches = 0

  const accounting = async (): Promise<Accounting> => {
    const token = (await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8')).trim()
    const answer = await request(`${gateway.controlUrl}/api/v1/accounting`, {
      headers: { authorization: `Bearer ${token}` },
    })
    // Sound: the gateway's own answer, from the same sources.
    return (await answer.body.json()) as Accounting
  }
  const settled = (): Promise<Accounting> =>
    until('every pair to settle', async () => {
      const books = await accounting()
      return books.pairs[PARTNER]?.pending === 0 && books
    })

  const round = async (devices: Pick<LoadOrder, 'firstDevice' | 'devices'>, count: number): Promise<Round> => {
    const order: LoadOrder = {
      origin: gateway.dataUrl,
      writeKey: WRITE_KEY,
      run,
      firstSerial: batches * BATCH_EVENTS,
      batches: count,
      senders: SENDERS,
      ...devices,
    }
    const cpuBefore = cpuMicrosOf(gateway.pid)
    const from = performance.now()
    const result = await load.ask(order)
    if (Object.keys(result.failed).length > 0) throw new Error(`answers were not 200: ${JSON.stringify(result.failed)}`)
    batches += count
    await until('the partner to have it all', async () => (await sink.ask({})).distinct === batches * BATCH_EVENTS)
    const wallMs = performance.now() - from
    await settled()
    const cpuMicros = cpuMicrosOf(gateway.pid) - cpuBefore
    const events = count * BATCH_EVENTS
    return {
      cpuMicros: cpuMicros / events,
      eventsPerSecond: (events * 1_000) / wallMs,
      coresUsed: cpuMicros / 1_000 / wallMs,
      load: result,
    }
  }

  /** Throws where an event is missing, came twice, or the books do not close. */
  const check = async (): Promise<Accounting> => {
    const books = await settled()
    const { distinct, items } = await sink.ask({})
    const sent = batches * BATCH_EVENTS
    const { received, accepted } = books.events
    const pairs = books.pairs[PARTNER]
    const counts = {
      sent,
      received,
      accepted,
      routed: pairs?.routed,
      delivered: pairs?.settled.delivered,
      distinct,
      items,
    }
    if (!books.closes || Object.values(counts).some((count) => count !== sent))
      throw new Error(`the books do not close: ${JSON.stringify(counts)}`)
    return books
  }
  return { round, check, batches: () => batches }
}

function rowOf(name: string, target: string, rounds: readonly Round[], peakBytes: number): string[] {
  const over = (read: (round: Round) => number): Figures => figuresOf(rounds.map(read))
  const cpu = over(({ cpuMicros }) => cpuMicros)
  return [
    name,
    shown(cpu.median),
    shownRange(cpu),
    target,
    shown(over(({ eventsPerSecond }) => eventsPerSecond).median),
    shown(over(({ coresUsed }) => coresUsed).median),
    shown(over(({ load }) => load.p50Ms).median),
    shown(over(({ load }) => load.p99Ms).median),
    shown(peakBytes / 2 ** 20),
  ]
}
