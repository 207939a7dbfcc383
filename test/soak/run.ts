/**
 * `npm run soak -- [--minutes N] [--batches-a-second N]`: one gateway under the same load for long, as on a working day.
 *
 * Batches of four events, half of them from 100,000 phones that come back (few often, most hardly ever), half from phones never
 * seen before, so that what remembers phones is full within minutes; two opt-outs a second; two partners, of which one refuses everything for ten seconds of each minute; the contracts are read
 * again once a minute. Judged at the end: memory, descriptors, room on disk and waits stay, nothing is refused, every opt-out is answered 200,
 * every pair settles, the sums close, and the ledger verifies. Exit 1 where one of these does not hold. Loopback only.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { request } from 'undici'
import { startGatewayProcess } from '../../bench/support/processes.ts'
import { createZipf } from '../../bench/support/zipf.ts'
import type { Accounting } from '../../src/control/accounting.ts'
import { batchRequest, optOutRequest, sent } from '../overload/requests.ts'
import { createConfigFolder, type TestConfig, webhookContract } from '../support/config-folder.ts'
import { sluice } from '../support/sluice.ts'
import { until } from '../support/until.ts'
import { type Finding, judgeSamples, megabytes, type Sample } from './judge.ts'

const MOST_MINUTES = 24 * 60
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    'batches-a-second': { type: 'string', default: '40' },
  },
})
const minutes = Number(values.minutes)
const perSecond = Number(values['batches-a-second'])
if (!(minutes >= 0.5 && minutes <= MOST_MINUTES && perSecond >= 1 && perSecond <= 1_000)) {
  console.error(`--minutes is 0.5 to ${MOST_MINUTES}, --batches-a-second 1 to 1000`)
  process.exit(1)
}

const BATCH = 4
const ONE_NEW_IN = 2
const PHONES = 100_000
const SLICE_MS = 10_000
const SAMPLE_MS = 5_000
const OPT_OUTS_A_SECOND = 2
const MINUTE_MS = 60_000
const REFUSING_MS = 10_000
const FIRST_NEW_PHONE = 1_000_000

const startedAt = performance.now()
const endsAt = startedAt + minutes * MINUTE_MS
const isMoody = (): boolean => (performance.now() - startedAt) % MINUTE_MS > MINUTE_MS - REFUSING_MS

const partner = createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(request.url === '/moody/hooks' && isMoody() ? 503 : 200).end('OK')
  })
})
await new Promise<void>((resolve) => partner.listen(0, '127.0.0.1', resolve))
const address = partner.address()
const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`

/** Each reading has other terms, so that each is a revision of its own. */
function configOf(reading: number): TestConfig {
  const limits = { per_second: 100_000, concurrency: 16, timeout_ms: 5_000, batch: 100, linger_ms: 20 + (reading % 2) }
  return {
    contracts: [
      webhookContract('calm', `${origin}/calm`, { limits }),
      webhookContract('moody', `${origin}/moody`, { limits }),
    ],
    // A memory of ids that is full early: what it grows to is no leak.
    gateway: { intake: { dedupe_max_ids: 20_000 } },
  }
}

const folder = await createConfigFolder(configOf(0))
const gateway = await startGatewayProcess(folder.config)
const port = Number(new URL(gateway.dataUrl).port)
const token = readFileSync(join(folder.data, 'keys', 'staff.token'), 'utf8').trim()
const call = async (method: 'GET' | 'POST', path: string): Promise<unknown> => {
  const answer = await request(`${gateway.controlUrl}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
  })
  if (answer.statusCode !== 200) throw new Error(`${path} was answered ${answer.statusCode}`)
  return answer.body.json()
}
// Sound: the gateway's own answer, from the same sources.
const accounting = async (): Promise<Accounting> => (await call('GET', 'accounting')) as Accounting

const samples: Sample[] = []
let accepted = 0
const answers: Record<string, number> = {}

async function sample(): Promise<void> {
  const from = performance.now()
  const answer = await request(`${gateway.controlUrl}/healthz`)
  await answer.body.dump()
  const lagMs = performance.now() - from
  const status = readFileSync(`/proc/${gateway.pid}/status`, 'utf8')
  samples.push({
    atMs: from - startedAt,
    memory: Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024,
    descriptors: readdirSync(`/proc/${gateway.pid}/fd`).length,
    lagMs,
    live: await gateway.probe.live(),
    disk: sizeOf(folder.data),
    accepted,
  })
}

function sizeOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true }).reduce((sum, entry) => {
    if (!entry.isFile()) return sum
    return sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0)
  }, 0)
}

const draw = createZipf(PHONES, 1)
let newest = FIRST_NEW_PHONE
function nextSlice(): readonly string[] {
  return Array.from({ length: Math.ceil((perSecond * SLICE_MS) / 1_000) }, (_, index) =>
    batchRequest(index % ONE_NEW_IN === 0 ? newest++ : draw(), BATCH),
  )
}

async function sendSlice(): Promise<void> {
  const order = { port, connections: 64, forMs: SLICE_MS, patienceMs: 30_000 }
  const optOuts = Array.from({ length: (OPT_OUTS_A_SECOND * SLICE_MS) / 1_000 }, () => optOutRequest(`user-${draw()}`))
  const [batches, choices] = await Promise.all([
    sent({ ...order, requests: nextSlice(), perSecond }),
    sent({ ...order, requests: optOuts, perSecond: OPT_OUTS_A_SECOND, from: '127.0.0.2' }),
  ])
  accepted += (batches.tookMs['200']?.length ?? 0) * BATCH
  for (const [front, { tookMs, lost }] of [['events', batches] as const, ['opt-outs', choices] as const]) {
    for (const [status, times] of Object.entries(tookMs)) count(`${front} ${status}`, times.length)
    for (const [why, times] of Object.entries(lost)) count(`${front} ${why}`, times)
  }
}

function count(what: string, times: number): void {
  answers[what] = (answers[what] ?? 0) + times
}

const findings: Finding[] = []
try {
  let reading = 0
  const sampling = setInterval(() => {
    sample().catch((error: unknown) => findings.push({ what: `a sample could be taken: ${error}`, holds: false }))
  }, SAMPLE_MS)
  while (performance.now() < endsAt) {
    await sendSlice()
    if (performance.now() - startedAt > (reading + 1) * MINUTE_MS) {
      await folder.write(configOf(++reading))
      await call('POST', 'reload')
    }
    const last = samples.at(-1)
    if (last !== undefined)
      console.log(
        `${Math.round(last.atMs / 1_000)} s: ${accepted} events, ${megabytes(last.live)} MB live of ${megabytes(last.memory)}, ${last.descriptors} descriptors, ` +
          `${Math.round(last.lagMs)} ms, ${megabytes(last.disk)} MB on disk`,
      )
  }
  clearInterval(sampling)
  findings.push(...judgeSamples(samples))
  const unexpected = Object.entries(answers).filter(([what]) => !what.endsWith(' 200'))
  findings.push({
    what: `everything is answered 200 (${JSON.stringify(answers)})`,
    holds: unexpected.length === 0,
  })
  const books = await until(
    'every pair to settle',
    async () => {
      const now = await accounting()
      return Object.values(now.pairs).every(({ pending }) => pending === 0) && now
    },
    5 * MINUTE_MS,
  )
  findings.push(
    { what: 'both sums close', holds: books.closes },
    { what: `each accepted event is counted (${accepted})`, holds: books.events.accepted === accepted },
  )
} finally {
  await gateway.stop()
  partner.closeAllConnections()
  partner.close()
}
const checked = await sluice(['ledger', 'fsck', '--data', folder.data])
findings.push({ what: 'the ledger verifies', holds: checked.code === 0 })
await folder.remove()
for (const { what, holds } of findings) console.log(`${holds ? 'holds ' : 'FAILS '} ${what}`)
const failed = findings.filter(({ holds }) => !holds).length
console.log(failed === 0 ? `soak of ${minutes} minutes: all of it holds` : `soak: ${failed} of it fail`)
process.exitCode = failed === 0 ? 0 : 1
