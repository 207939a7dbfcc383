/**
 * What a relayed request costs beside nginx with Lua doing the same edit of the same JSON and keeping nothing. The gateway
 * runs as in production, in a process of its own, its INTENT durable before a byte leaves.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request } from 'undici'
import type { Accounting } from '../src/control/accounting.ts'
import { createConfigFolder, WRITE_KEY } from '../test/support/config-folder.ts'
import { bidderContract } from '../test/support/relay.ts'
import { bidText } from './support/bid.ts'
import { figuresOf, shown, shownRange } from './support/figures.ts'
import { missingPackages, runWrk, startEditor, startSink, type WrkResult } from './support/nginx.ts'
import { cpuMicrosOf } from './support/process-cost.ts'
import { startGatewayProcess } from './support/processes.ts'
import type { Report } from './support/report.ts'

const GOAL_RATIO = 1.7
const MOST_RATIO = 2.4
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const SECONDS = 2
const WARM_REQUESTS = 60_000
const WARM_ROUNDS = 24
const CONNECTIONS = 32
/** Phones that come back again and again, all of them known after the warm-up. */
const PHONES = 1_000
const PARTNER = 'bidder'
const NODE_OPTIONS = (process.env.BENCH_NODE_OPTIONS ?? '').split(' ').filter((option) => option !== '')

const QUESTION = 'relay: what does a relayed request cost beside nginx with Lua?'

interface Round extends WrkResult {
  readonly cpuMicros: number
}
interface Contender {
  readonly name: string
  readonly pid: number
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly rounds: Round[]
}

export async function run(): Promise<Report> {
  const missing = missingPackages()
  if (missing.length > 0) {
    const note = `skipped: not installed here: ${missing.join(', ')} (apt-get install ${missing.join(' ')})`
    return { question: QUESTION, method: 'Not measured.', columns: ['-'], rows: [], notes: [note] }
  }
  const stops: (() => Promise<void>)[] = []
  try {
    return await measure(stops)
  } finally {
    for (const stop of stops.reverse()) await stop()
  }
}

async function measure(stops: (() => Promise<void>)[]): Promise<Report> {
  const home = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
  stops.push(() => rm(home, { recursive: true, force: true }))
  const sink = await startSink(home)
  stops.push(sink.stop)
  const editor = await startEditor(home, new URL(sink.origin).host)
  stops.push(editor.stop)
  const folder = await createConfigFolder({ contracts: [contract(sink.origin)], apps: [APP] })
  stops.push(folder.remove)
  const gateway = await startGatewayProcess(folder.config, NODE_OPTIONS)
  stops.push(gateway.stop)

  const bodies = Array.from({ length: PHONES }, (_, index) => bidText(index))
  const json = { 'Content-Type': 'application/json', 'User-Agent': 'PuzzleSDK/8.31' }
  const nginx: Contender = {
    name: 'nginx with Lua, keeping nothing',
    pid: editor.pid,
    url: `${editor.origin}/bid`,
    headers: json,
    rounds: [],
  }
  const relay: Contender = {
    name: 'the relay, INTENT durable before send',
    pid: gateway.pid,
    url: `${gateway.dataUrl}/v1/relay/${PARTNER}/bid`,
    headers: { ...json, 'X-Sluice-Write-Key': WRITE_KEY },
    rounds: [],
  }
  const round = async ({ pid, url, headers }: Contender): Promise<Round> => {
    const before = cpuMicrosOf(pid)
    const result = await runWrk(home, url, bodies, headers, SECONDS, CONNECTIONS)
    return { ...result, cpuMicros: (cpuMicrosOf(pid) - before) / result.requests }
  }
  let sent = 0
  await round(nginx)
  // Until the compiler has seen enough of it, however slow the machine is.
  for (let n = 0; sent < WARM_REQUESTS && n < WARM_ROUNDS; n++) sent += (await round(relay)).requests
  const warm = sent
  for (let n = 0; n < ROUNDS; n++) {
    for (const contender of [nginx, relay]) {
      const one = await round(contender)
      contender.rounds.push(one)
      if (contender === relay) sent += one.requests
    }
  }
  const token = (await readFile(join(folder.data, 'keys', 'staff.token'), 'utf8')).trim()
  const answer = await request(`${gateway.controlUrl}/api/v1/accounting`, {
    headers: { authorization: `Bearer ${token}` },
  })
  // Sound: the gateway's own answer, from the same sources.
  const books = ((await answer.body.json()) as Accounting).relayed[PARTNER]
  // What was under way when wrk stopped counting is not in its count.
  if (books === undefined || !books.closes || books.delivered < sent || books.withheld + books.failed > 0)
    throw new Error(`the books do not close: ${JSON.stringify({ sent, books })}`)

  const base = medianCpu(nginx)
  return {
    question: QUESTION,
    method:
      `Bid requests of ${Buffer.byteLength(bodies[0]!).toLocaleString('en')} bytes from ${PHONES.toLocaleString('en')} returning phones, ` +
      `${CONNECTIONS} connections in a closed loop (wrk), ${ROUNDS} rounds of ${SECONDS} s in turn after a warm-up of ${warm.toLocaleString('en')} requests; the bidder is an nginx that answers 204. ` +
      'CPU is user and system time of the process and its threads.',
    columns: ['', 'CPU µs/request', 'min..max', 'ratio', 'requests/s', 'p50 ms', 'p99 ms'],
    rows: [nginx, relay].map((contender) => rowOf(contender, base)),
    notes: [
      `goal for the ratio: ${GOAL_RATIO}, at most ${MOST_RATIO}`,
      `checked: ${books.relayed.toLocaleString('en')} requests relayed, all delivered, the books close`,
    ],
  }
}

const APP = {
  id: 'messenger-ios',
  name: 'Puzzle Quest',
  platform: 'android',
  bundle: 'com.example.puzzle',
  write_keys: [WRITE_KEY],
}

function contract(origin: string) {
  return bidderContract(PARTNER, origin, { limits: { per_second: 100_000, concurrency: 64, timeout_ms: 5_000 } })
}

function medianCpu({ rounds }: Contender): number {
  return figuresOf(rounds.map(({ cpuMicros }) => cpuMicros)).median
}

function rowOf(contender: Contender, base: number): string[] {
  const over = (read: (round: Round) => number) => figuresOf(contender.rounds.map(read))
  const cpu = over(({ cpuMicros }) => cpuMicros)
  return [
    contender.name,
    shown(cpu.median),
    shownRange(cpu),
    (cpu.median / base).toFixed(2),
    shown(over(({ requests, micros }) => (requests * 1e6) / micros).median),
    shown(over(({ p50Micros }) => p50Micros / 1_000).median),
    shown(over(({ p99Micros }) => p99Micros / 1_000).median),
  ]
}
