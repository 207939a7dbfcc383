/**
 * The ledger over its whole life: how many records a second become durable as it grows, beside an append and a sync of the
 * same bytes; what that costs the main thread; how long an INTENT waits; finding one person; disk, memory, start.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { framedLeaves, framesOf } from '../src/ledger/frames.ts'
import type { LedgerArchive } from '../src/ledger/ports.ts'
import type { LedgerEntry } from '../src/model/disclosure.ts'
import { type StartedLedger, startLedger } from '../src/threads/ledger-client.ts'
import { startLedgerSealer } from '../src/threads/ledger-sealer-client.ts'
import { figuresOf, quantile, shown } from './support/figures.ts'
import { inFolder } from './support/folder.ts'
import { addPeople, disclosureOf, KEY_ENCRYPTION_KEY, personKey } from './support/people.ts'
import type { BenchOptions, Report } from './support/report.ts'

const RECORDS = 10_000_000
const QUICK_RECORDS = 400_000
/** Disclosures of one append, and appends under way at once. */
const ITEMS = 20
const APPENDS = 32
/** Disclosures made to learn what making them costs the main thread: it is not what is measured. */
const MADE = 100_000
/** Records of which one row of the table speaks, at most. */
const ROWS = 10
const PACED_RECORDS_A_SECOND = 20_000
const PACE_MS = 5
const RECORDS_A_PERSON = 20
const PEOPLE_ASKED = 300

interface Stretch {
  records: number
  wallMs: number
  mainMicros: number
}

export function run({ records: asked, quick }: BenchOptions = {}): Promise<Report> {
  const records = asked ?? (quick === true ? QUICK_RECORDS : RECORDS)
  const people = Math.max(1_000, Math.round(records / RECORDS_A_PERSON))
  return inFolder(async (folder) => {
    addPeople(folder, people)
    const key = generateKeyPairSync('ed25519').privateKey
    const bareMb = process.memoryUsage.rss() / 2 ** 20
    const memory = watchMemory()
    let { ledger, archive } = await open(folder, key)
    const raw = rawRate(join(folder, 'raw'))
    const stretches = await fill(ledger, records, people)
    const rawAfter = rawRate(join(folder, 'raw'))
    const paced = await pacedWaits(ledger, records, people, quick === true ? 2_000 : 10_000)
    await archive.seal()
    const asking = await askForPeople(archive, people)
    const size = ledger.size()
    const peakMb = memory.peakMb()
    await archive.close()
    await ledger.close()
    const diskBytes = bytesIn(join(folder, 'ledger'))

    const started = performance.now()
    ;({ ledger, archive } = await open(folder, key))
    const startMs = performance.now() - started
    const { records: found } = await archive.find({ subject: [personKey(1)], limit: 1_000 })
    const searchableMs = performance.now() - started
    if (ledger.size() !== size) throw new Error(`the ledger holds ${ledger.size()} records, not ${size}`)
    if (found.length === 0) throw new Error('a person’s records are not found after a start')
    await archive.close()
    await ledger.close()
    const baseline = (raw + rawAfter) / 2
    const overall = stretches.reduce((sum, { wallMs }) => sum + wallMs, 0)
    // The first stretch compiles: what a gateway pays for years is the median.
    const mainMicros = figuresOf(stretches.map((one) => one.mainMicros / one.records)).median - makingMicros(people)
    return {
      question: `ledger: ${size.toLocaleString('en')} records`,
      method:
        `INTENT and OUTCOME of ${people.toLocaleString('en')} people, tree, index and seals included; ${APPENDS} appends of ` +
        `${2 * ITEMS} records under way at once. The ratio is to an append and fdatasync of the same leaves in groups of ` +
        `${2 * ITEMS * APPENDS}, before and after (${shown(baseline)} a second).`,
      columns: ['what', 'measured', 'target'],
      rows: [
        [
          'durable records a second',
          `${shown((records * 1_000) / overall)}, ratio ${shown((records * 1_000) / overall / baseline)}`,
          '100,000',
        ],
        ...stretches.map(({ wallMs, records: count }, i): string[] => [
          `… of stretch ${i + 1} of ${stretches.length}`,
          shown((count * 1_000) / wallMs),
          'flat',
        ]),
        ['main thread, µs a record', shown(mainMicros), '3'],
        [
          `INTENT acknowledged at ${PACED_RECORDS_A_SECOND.toLocaleString('en')}/s, ms p50 / p99`,
          `${shown(quantile(paced, 0.5))} / ${shown(quantile(paced, 0.99))}`,
          '5 / 25',
        ],
        [
          'one person’s records, ms p50 / p99',
          `${shown(quantile(asking, 0.5))} / ${shown(quantile(asking, 0.99))}`,
          '– / 10',
        ],
        ['bytes a record on disk', shown(diskBytes / size), '300'],
        [
          'start, ms until it takes records / until a person is found',
          `${shown(startMs)} / ${shown(searchableMs)}`,
          '2,000',
        ],
        ['peak memory of the process, MB / before the ledger began', `${shown(peakMb)} / ${shown(bareMb)}`, '200 / –'],
      ],
      notes: [`checked: all ${size.toLocaleString('en')} records are there after a start, and a person’s are found`],
    }
  })
}

async function open(folder: string, key: KeyObject): Promise<{ ledger: StartedLedger; archive: LedgerArchive }> {
  const ledger = await startLedger({
    dataFolder: folder,
    signingKey: key,
    origin: 'sluice.example/bench',
    keyEncryptionKey: KEY_ENCRYPTION_KEY,
  })
  const failed = (error: unknown): void => {
    throw error
  }
  return { ledger, archive: startLedgerSealer({ dataFolder: folder, size: () => ledger.size(), failed }) }
}

async function fill(ledger: StartedLedger, records: number, people: number): Promise<readonly Stretch[]> {
  const disclosures = Math.ceil(records / 2)
  const aRow = Math.ceil(disclosures / ROWS)
  const stretches: Stretch[] = []
  for (let from = 0; from < disclosures; from += aRow)
    stretches.push(await handOver(ledger, from, Math.min(disclosures, from + aRow), people))
  return stretches
}

function appendsOf(from: number, count: number, people: number): LedgerEntry[][] {
  const appends: LedgerEntry[][] = []
  for (let n = from; n < from + count; n += ITEMS) {
    const length = Math.min(ITEMS, from + count - n)
    const pairs = Array.from({ length }, (_, i) => disclosureOf(n + i, people))
    appends.push([...pairs.map(([intent]) => intent), ...pairs.map(([, outcome]) => outcome)])
  }
  return appends
}

/** Makes each append as it hands it over, so that records die as young as a gateway's do. */
async function handOver(ledger: StartedLedger, from: number, to: number, people: number): Promise<Stretch> {
  const cpu = process.threadCpuUsage()
  const started = performance.now()
  let next = from
  let records = 0
  const sender = async (): Promise<void> => {
    while (next < to) {
      const [append = []] = appendsOf(next, Math.min(ITEMS, to - next), people)
      next += ITEMS
      records += append.length
      await ledger.append(append)
    }
  }
  await Promise.all(Array.from({ length: APPENDS }, sender))
  const { user, system } = process.threadCpuUsage(cpu)
  return { records, wallMs: performance.now() - started, mainMicros: user + system }
}

/** What making a record costs, in microseconds of the main thread. */
function makingMicros(people: number): number {
  const cpu = process.threadCpuUsage()
  for (let n = 0; n < MADE; n += ITEMS) appendsOf(n, ITEMS, people)
  const { user, system } = process.threadCpuUsage(cpu)
  return (user + system) / (2 * MADE)
}

/** How long each append of INTENTs waits when they come evenly, ascending, in milliseconds. */
async function pacedWaits(ledger: StartedLedger, from: number, people: number, forMs: number): Promise<number[]> {
  const perTick = (PACED_RECORDS_A_SECOND * PACE_MS) / 1_000
  const waits: number[] = []
  const under: Promise<unknown>[] = []
  const started = performance.now()
  let n = from
  for (let tick = 0; tick * PACE_MS < forMs; tick++) {
    for (let left = perTick; left > 0; left -= 2 * ITEMS) {
      const [append = []] = appendsOf(n, Math.min(ITEMS, left / 2), people)
      n += ITEMS
      const at = performance.now()
      const intents = append.filter(({ kind }) => kind === 'intent')
      const outcomes = append.filter(({ kind }) => kind !== 'intent')
      const done = ledger.append(intents).then(() => {
        waits.push(performance.now() - at)
        return ledger.append(outcomes)
      })
      under.push(done)
    }
    const ahead = started + (tick + 1) * PACE_MS - performance.now()
    if (ahead > 0) await wait(ahead)
  }
  await Promise.all(under)
  return waits.sort((a, b) => a - b)
}

async function askForPeople(archive: LedgerArchive, people: number): Promise<number[]> {
  const waits: number[] = []
  for (let i = 0; i < PEOPLE_ASKED; i++) {
    const at = performance.now()
    const { records } = await archive.find({ subject: [personKey((i * 104_729) % people)], limit: 1_000 })
    waits.push(performance.now() - at)
    if (records.length === 0) throw new Error('a person’s records are not found')
  }
  return waits.sort((a, b) => a - b)
}

/** Records a second of an append and a sync of the same leaves and nothing else. */
function rawRate(path: string): number {
  const group = appendsOf(0, ITEMS * APPENDS, 1_000).flat()
  const leaves = Buffer.concat(framedLeaves(framesOf(group, 1_048_576)).map(({ prefixed }) => prefixed.subarray(1)))
  const file = openSync(path, 'w')
  const from = performance.now()
  const groups = 100
  for (let i = 0; i < groups; i++) {
    writeSync(file, leaves)
    fdatasyncSync(file)
  }
  const seconds = (performance.now() - from) / 1_000
  closeSync(file)
  rmSync(path)
  return (groups * group.length) / seconds
}

function watchMemory(): { peakMb(): number } {
  let peak = 0
  const look = (): void => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }
  const timer = setInterval(look, 100)
  return {
    peakMb: () => {
      clearInterval(timer)
      look()
      return peak / 2 ** 20
    },
  }
}

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
