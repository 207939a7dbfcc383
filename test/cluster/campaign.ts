/**
 * Three cells over one database of three machines, and what befalls them (`befalls.ts`). Everybody opts out at some cell meanwhile. The judge holds each send against the
 * acknowledgement of its subject's opt-out: none may have begun after it. Those cells are choices and nothing else, so that
 * they send often enough. Beside each stands a whole gateway, on a database of its own and the same wire, to which the same
 * happens: of these the judge wants to know what became of each event (`judge.ts`).
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IdentityKey } from '../../src/model/brand.ts'
import { createDice, type Dice } from '../faults/random.ts'
import { until } from '../support/until.ts'
import { ANYTHING, type BefallenCell, CUT_OFF, faultsOf, type Plan, WITHOUT_DISKS } from './befalls.ts'
import { type Database, startDatabase } from './database.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { type CellFinding, judgeCells } from './judge.ts'
import type { Order, Report } from './orders.ts'
import { startWire, type Wire } from './wire.ts'

export interface CampaignOptions {
  readonly binaries: string
  readonly rounds: number
  readonly seed: string
  readonly say: (line: string) => void
  /** Plants the fault that the judge has to find: cells whose lease never runs out. No gateways then. */
  readonly withoutLease?: boolean
}
export interface Verdict {
  readonly rounds: number
  /** Sends that began after the acknowledgement of an opt-out. */
  readonly ignored: number
  /** All sends, so that nobody takes silence for obedience. */
  readonly sends: number
  readonly acknowledged: number
  /** Opt-outs that were answered by an error, or by nobody, and asked again. */
  readonly refused: number
  readonly acknowledgedInMs: readonly number[]
  /** Events that a gateway answered 200. */
  readonly events: number
  /** Items that reached the partner. */
  readonly items: number
  /** Of the gateways, when all had stopped in order. */
  readonly findings: readonly CellFinding[]
}

const CELLS = 3
const SUBJECTS = 30
const ROUND_MS = 5_000
interface Cell extends BefallenCell {
  process: ChildProcess
  isUp: boolean
}

export async function runCampaign(options: CampaignOptions): Promise<Verdict> {
  const { binaries, rounds, seed, say } = options
  const dice = createDice(seed)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-cells-'))
  const database = await startDatabase(binaries)
  const books = createBooks()
  const cells: Cell[] = []
  const processes = new Set<ChildProcess>()
  let fleet: Fleet | undefined
  let isOver = false
  try {
    for (let index = 0; index < CELLS; index++) cells.push(await startCell(index))
    if (options.withoutLease !== true)
      fleet = await startFleet(
        cells.map(({ wires }) => urlOf(wires, 'gateways')),
        dice.of('fleet'),
      )
    if (fleet?.withoutDisks !== undefined) say(`no disk fails and no folder moves: ${fleet.withoutDisks}`)
    const plan = fleet === undefined ? CUT_OFF : fleet.withoutDisks === undefined ? ANYTHING : WITHOUT_DISKS
    for (let round = 1; round <= rounds; round++) {
      const sent = fleet?.send(round, ROUND_MS, dice.of(`events ${round}`))
      const befell = await runRound(cells, fleet, database, books, dice, plan)
      await sent
      await fleet?.settle()
      say(
        `round ${round}: ${befell.join(', ')}; ${books.verdict(round).sends} sends, ${books.ignored()} after an opt-out`,
      )
    }
    const seen = await fleet?.finish()
    return {
      ...books.verdict(rounds),
      events: seen?.acknowledged.size ?? 0,
      items: seen?.items.length ?? 0,
      findings: seen === undefined ? [] : judgeCells(seen),
    }
  } finally {
    isOver = true
    await fleet?.close()
    for (const process of processes) process.kill('SIGKILL')
    for (const { wires } of cells) {
      for (const wire of wires) await wire.close()
    }
    await database.stop()
    await rm(folder, { recursive: true, force: true })
  }

  async function startCell(index: number): Promise<Cell> {
    const wires: Wire[] = []
    for (const port of database.ports) wires.push(await startWire(port))
    let place = join(folder, String(index))
    const cell: Cell = {
      process: spawnCell(index, place, wires),
      wires,
      isUp: false,
      move: async (forMs) => {
        const old = cell.process
        old.kill('SIGSTOP')
        const from = place
        place = `${from}-moved`
        await cp(from, place, { recursive: true })
        begin()
        await pause(forMs)
        old.kill('SIGCONT')
        await until('a cell whose folder moved to end', () => !processes.has(old))
      },
    }
    /** Again, where its folder is. */
    const begin = (): void => {
      cell.isUp = false
      cell.process = spawnCell(index, place, wires)
      watch(cell.process)
    }
    /** Hears what a process reports; starts the cell again where its process ended. */
    const watch = (process: ChildProcess): void => {
      processes.add(process)
      process.on('message', (report: Report) => {
        if (report.kind === 'ready') {
          cell.isUp = true
          tell(cell, { kind: 'subjects', keys: books.subjects() })
        } else books.hear(report)
      })
      process.once('exit', () => {
        processes.delete(process)
        if (!isOver && process === cell.process) begin()
      })
    }
    watch(cell.process)
    await until(`cell ${index} to be ready`, () => cell.isUp)
    return cell
  }
  function spawnCell(index: number, place: string, wires: readonly Wire[]): ChildProcess {
    const args = [String(index), place, urlOf(wires, 'cells'), options.withoutLease ? 'no-clock' : '']
    return fork(join(import.meta.dirname, 'cell.ts'), args)
  }
}

function urlOf(wires: readonly Wire[], database: string): string {
  return wires.map(({ port }) => `postgres://sluice@127.0.0.1:${port}/${database}`).join(' ')
}

function tell(cell: Cell, order: Order): void {
  // A process that has just died is told nothing; whoever asked it asks again.
  if (cell.process.connected) cell.process.send(order, () => undefined)
}

/** What befell the cells, in words. */
async function runRound(
  cells: readonly Cell[],
  fleet: Fleet | undefined,
  database: Database,
  books: Books,
  dice: Dice,
  plan: Plan,
): Promise<readonly string[]> {
  const keys = Array.from({ length: SUBJECTS }, () => randomBytes(16).toString('hex') as IdentityKey)
  books.begin(keys)
  for (const cell of cells) tell(cell, { kind: 'subjects', keys })
  await until('every cell to have sent', () => books.senders(keys) >= SUBJECTS / 2)
  const faults = faultsOf(cells, fleet, database, dice, plan)
  const wishes = keys.map((key) => optOut(cells, books, key, dice, dice.between(0, ROUND_MS)))
  await Promise.all(faults.map(({ run }) => run()))
  await Promise.all(wishes)
  await until('every cell to be back', () => cells.every(({ isUp }) => isUp))
  // What had begun is reported by then; what begins now would be a fault.
  await pause(200)
  return faults.map(({ what }) => what)
}

/** Asks until somebody acknowledges. */
async function optOut(
  cells: readonly Cell[],
  books: Books,
  key: IdentityKey,
  dice: Dice,
  afterMs: number,
): Promise<void> {
  await pause(afterMs)
  for (;;) {
    const cell = cells[dice.between(0, CELLS - 1)]!
    const id = books.ask(key)
    tell(cell, { kind: 'opt-out', id, key })
    const asked = cell.process
    const end = performance.now() + 12_000
    while (!books.isAnswered(id) && asked.exitCode === null && asked.signalCode === null && performance.now() < end)
      await pause(5)
    if (books.isAcknowledged(key)) return
    books.refused()
    await pause(dice.between(50, 300))
  }
}

interface Books {
  begin(keys: readonly IdentityKey[]): void
  subjects(): readonly IdentityKey[]
  hear(report: Report): void
  ask(key: IdentityKey): number
  isAnswered(id: number): boolean
  isAcknowledged(key: IdentityKey): boolean
  refused(): void
  /** Of these, how many were sent for at least once. */
  senders(keys: readonly IdentityKey[]): number
  ignored(): number
  verdict(rounds: number): Omit<Verdict, 'events' | 'items' | 'findings'>
}

function createBooks(): Books {
  let current: readonly IdentityKey[] = []
  let refused = 0
  const asked: IdentityKey[] = []
  const answered = new Set<number>()
  const acknowledged = new Map<IdentityKey, number>()
  const tookMs: number[] = []
  const sends = new Map<IdentityKey, number[]>()
  const ignored = (): number =>
    [...acknowledged].reduce((sum, [key, at]) => sum + (sends.get(key) ?? []).filter((began) => began > at).length, 0)
  return {
    begin: (keys) => {
      current = keys
    },
    subjects: () => current,
    hear: (report) => {
      if (report.kind === 'sent')
        for (const { key, at } of report.sent) {
          const known = sends.get(key) ?? []
          known.push(at)
          sends.set(key, known)
        }
      if (report.kind !== 'answered') return
      answered.add(report.id)
      const key = asked[report.id]!
      if (!report.acknowledged) return
      tookMs.push(report.tookMs)
      // The first acknowledgement binds.
      acknowledged.set(key, Math.min(report.at, acknowledged.get(key) ?? report.at))
    },
    ask: (key) => asked.push(key) - 1,
    isAnswered: (id) => answered.has(id),
    isAcknowledged: (key) => acknowledged.has(key),
    refused: () => {
      refused += 1
    },
    senders: (keys) => keys.filter((key) => sends.has(key)).length,
    ignored,
    verdict: (rounds) => ({
      rounds,
      ignored: ignored(),
      sends: [...sends.values()].reduce((sum, { length }) => sum + length, 0),
      acknowledged: acknowledged.size,
      refused,
      acknowledgedInMs: tookMs.toSorted((a, b) => a - b),
    }),
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
