/** How many records a second become durable through the ledger's thread, beside an append and a sync of the same bytes. */
import { generateKeyPairSync } from 'node:crypto'
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { encodeLeaf } from '../src/ledger/leaf.ts'
import type { LedgerRecord } from '../src/model/disclosure.ts'
import { startLedger } from '../src/threads/ledger-client.ts'
import { intent } from '../test/contract/ledger-fixtures.ts'
import { figuresOf, shown, shownRange } from './support/figures.ts'
import { inFolder, stopwatch } from './support/folder.ts'
import type { Report } from './support/report.ts'

const ROUNDS = 7
/** Envelopes under way at once, of so many items each. */
const ENVELOPES = 16
const ITEMS = 20
const GROUPS_A_ROUND = 40

interface Round {
  readonly recordsPerSecond: number
  readonly cpuMicros: number
}

export function run(): Promise<Report> {
  return inFolder(async (folder) => {
    const rounds = { ledger: [] as Round[], raw: [] as Round[] }
    const ledger = await startLedger({
      dataFolder: folder,
      signingKey: generateKeyPairSync('ed25519').privateKey,
      origin: 'sluice.example/bench',
    })
    let serial = 0
    const envelope = (): LedgerRecord[] => Array.from({ length: ITEMS }, () => intent(serial++))
    // Taken in turn, so that a slow minute of the machine slows both.
    for (let round = -1; round < ROUNDS; round++) {
      const raw = rawRound(join(folder, 'raw'), Array.from({ length: ENVELOPES }, envelope).flat())
      const through = await ledgerRound(ledger.append.bind(ledger), envelope)
      if (round < 0) continue
      rounds.raw.push(raw)
      rounds.ledger.push(through)
    }
    const expected = serial - (ROUNDS + 1) * ENVELOPES * ITEMS
    if (ledger.size() !== expected) throw new Error(`the ledger holds ${ledger.size()} records, not ${expected}`)
    await ledger.close()
    const ratio = figuresOf(
      rounds.ledger.map(({ recordsPerSecond }, index) => recordsPerSecond / rounds.raw[index]!.recordsPerSecond),
    )
    return {
      question: 'ledger: how many records a second become durable?',
      method:
        `${ENVELOPES} envelopes of ${ITEMS} INTENTs under way at once, ${ROUNDS} rounds of ` +
        `${(GROUPS_A_ROUND * ENVELOPES * ITEMS).toLocaleString('en')} records; the other row appends the same leaves to a file, ` +
        `${ENVELOPES * ITEMS} to one write and one fdatasync. CPU of the process, all threads.`,
      columns: ['way', 'records/s', 'min..max', 'CPU µs/record', 'ratio'],
      rows: [
        rowOf('the ledger', rounds.ledger, `${shown(ratio.median)} (${shownRange(ratio)})`),
        rowOf('append and fdatasync alone', rounds.raw, '1'),
      ],
      notes: [`checked: the ledger holds all ${expected.toLocaleString('en')} records`],
    }
  })
}

async function ledgerRound(
  append: (records: readonly LedgerRecord[]) => Promise<number>,
  envelope: () => readonly LedgerRecord[],
): Promise<Round> {
  const groups = Array.from({ length: GROUPS_A_ROUND * ENVELOPES }, envelope)
  const spent = stopwatch()
  let next = 0
  const sender = async (): Promise<void> => {
    while (next < groups.length) await append(groups[next++]!)
  }
  await Promise.all(Array.from({ length: ENVELOPES }, sender))
  return roundOf(spent(), groups.length * ITEMS)
}

function rawRound(path: string, records: readonly LedgerRecord[]): Round {
  const bytes = new Uint8Array(records.length * 1_024)
  let used = 0
  for (const record of records) used = encodeLeaf(record, bytes, used)
  const group = bytes.subarray(0, used)
  const file = openSync(path, 'a')
  const spent = stopwatch()
  for (let written = 0; written < GROUPS_A_ROUND; written++) {
    writeSync(file, group)
    fdatasyncSync(file)
  }
  const round = roundOf(spent(), GROUPS_A_ROUND * records.length)
  closeSync(file)
  return round
}

function roundOf({ cpuMicros, wallMs }: { cpuMicros: number; wallMs: number }, records: number): Round {
  return { recordsPerSecond: (records * 1_000) / wallMs, cpuMicros: cpuMicros / records }
}

function rowOf(way: string, rounds: readonly Round[], ratio: string): string[] {
  const perSecond = figuresOf(rounds.map(({ recordsPerSecond }) => recordsPerSecond))
  const cpu = figuresOf(rounds.map(({ cpuMicros }) => cpuMicros))
  return [way, shown(perSecond.median), shownRange(perSecond), shown(cpu.median), ratio]
}
