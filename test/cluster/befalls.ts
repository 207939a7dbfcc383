/**
 * What befalls cells and their database in a round: processes that die or stand still, wires that go dead, disks that are full,
 * folders that move to another process; servers that stop, are replaced while they go on, or cancel the wait for their standbys.
 */
import type { ChildProcess } from 'node:child_process'
import type { Dice } from '../faults/random.ts'
import { processesUnder } from '../support/processes.ts'
import type { Database } from './database.ts'
import type { Fleet } from './fleet.ts'
import type { Wire } from './wire.ts'

const OF_DATABASE = ['stop-standby', 'stop-primary', 'cancel-waits', 'promote'] as const
type OfCell = 'kill-cell' | 'stop-cell' | 'cut-wire'
type OfGateway = 'cut-cell' | 'fill-disk'
type OfDatabase = (typeof OF_DATABASE)[number]
type Kind = OfCell | OfGateway | 'move-folder' | OfDatabase
/** Within how long, and for how long, in milliseconds. */
export interface Plan {
  readonly kinds: readonly Kind[]
  readonly afterMs: readonly [number, number]
  readonly forMs: readonly [number, number]
}
export const ANYTHING: Plan = {
  kinds: ['kill-cell', 'stop-cell', 'cut-wire', 'cut-cell', 'fill-disk', 'move-folder', ...OF_DATABASE],
  afterMs: [0, 2_000],
  forMs: [500, 5_000],
}
export const WITHOUT_DISKS: Plan = {
  ...ANYTHING,
  kinds: ANYTHING.kinds.filter((kind) => kind !== 'fill-disk' && kind !== 'move-folder'),
}
/** Longer than any lease is waited out, and at once: who acts on an old copy then must be seen. */
export const CUT_OFF: Plan = { kinds: ['cut-wire'], afterMs: [0, 0], forMs: [10_000, 10_000] }

const CANCEL_EVERY_MS = 50

export interface BefallenCell {
  readonly process: ChildProcess
  /** To each of the database's servers. */
  readonly wires: readonly Wire[]
  /** As `Fleet.move` does with a gateway. */
  move(forMs: number): Promise<void>
}
export interface Fault {
  /** In words. */
  readonly what: string
  run(): Promise<void>
}

/** One or two of different kinds. Those of the database happen one after another. */
export function faultsOf(
  cells: readonly BefallenCell[],
  fleet: Fleet | undefined,
  database: Database,
  dice: Dice,
  plan: Plan,
): readonly Fault[] {
  let last = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work)
    return last
  }
  const [one, other] = [dice.pick(plan.kinds), dice.pick(plan.kinds)]
  return (one === other || dice.chance(0.5) ? [one] : [one, other]).map((kind) => {
    const index = dice.between(0, cells.length - 1)
    const afterMs = dice.between(...plan.afterMs)
    const forMs = dice.between(...plan.forMs)
    const standby = dice.between(0, 1)
    const run = async (): Promise<void> => {
      await pause(afterMs)
      switch (kind) {
        case 'kill-cell':
        case 'stop-cell':
        case 'cut-wire':
          return befallCell(kind, cells[index]!, (name) => fleet?.signal(index, name), forMs)
        case 'cut-cell':
          return fleet?.cutOff(index, forMs)
        case 'fill-disk':
          return fleet?.fillDisk(index, forMs)
        case 'move-folder':
          await Promise.all([cells[index]!.move(forMs), fleet?.move(index, forMs)])
          return
        default:
          return inTurn(() => befallDatabase(kind, database, standby, forMs))
      }
    }
    return { what: `${kind}${OF_DATABASE.some((one) => one === kind) ? '' : ` ${index}`} for ${forMs} ms`, run }
  })
}

async function befallCell(
  kind: OfCell,
  cell: BefallenCell,
  beside: (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => void,
  forMs: number,
): Promise<void> {
  const { process: child, wires } = cell
  if (kind === 'kill-cell') {
    child.kill('SIGKILL')
    beside('SIGKILL')
  } else if (kind === 'stop-cell') {
    child.kill('SIGSTOP')
    beside('SIGSTOP')
    await pause(forMs)
    child.kill('SIGCONT')
    beside('SIGCONT')
  } else {
    for (const wire of wires) wire.cut()
    await pause(forMs)
    for (const wire of wires) wire.mend()
  }
}

async function befallDatabase(kind: OfDatabase, database: Database, standby: number, forMs: number): Promise<void> {
  const [primary, standbys] = [database.primary(), database.standbys()]
  if (kind === 'promote') await database.promote(forMs)
  else if (kind === 'stop-primary') await halted(primary.pid, () => pause(forMs))
  else if (kind === 'stop-standby') await halted(standbys[standby]!.pid, () => pause(forMs))
  else
    await halted(standbys[standby]!.pid, async () => {
      for (const end = performance.now() + forMs; performance.now() < end; await pause(CANCEL_EVERY_MS))
        await database.cancelWaits()
    })
}

/** The server and all its processes; while it stands still it makes no others. */
async function halted(pid: number, meanwhile: () => Promise<void>): Promise<void> {
  signal(pid, 'SIGSTOP')
  const all = [pid, ...processesUnder(pid)]
  for (const one of all) signal(one, 'SIGSTOP')
  await meanwhile()
  for (const one of all.toReversed()) signal(one, 'SIGCONT')
}

/** A server's process that has ended by itself meanwhile is told nothing. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms))
}
