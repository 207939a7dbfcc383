/** Ledgers of cells and the roster over them, in folders of a test: no gateway, no database. */
import type { KeyObject } from 'node:crypto'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { answerRoster, type CellAnswer, createRoster, originOf } from '../../src/cluster/roster.ts'
import type { LedgerArchive } from '../../src/ledger/ports.ts'
import type { NodeId } from '../../src/model/brand.ts'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { type StartedLedger, startLedger } from '../../src/threads/ledger-client.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { ORIGIN, signingKey, TIME } from './fixtures.ts'

export interface RosterCell {
  readonly folder: string
  readonly key: KeyObject
  readonly ledger: StartedLedger
  readonly archive: LedgerArchive
  readonly answer: (from: number) => Promise<CellAnswer>
  close(): Promise<void>
}

/** Every commit is signed. */
export async function openCell(folder: string, cell: string, key: KeyObject = signingKey()): Promise<RosterCell> {
  const origin = originOf(ORIGIN, cell as NodeId)
  const ledger = await startLedger({ dataFolder: folder, signingKey: key, origin, limits: { checkpointMs: 0 } })
  const archive = openLedgerArchive(folder, async () => undefined)
  return {
    folder,
    key,
    ledger,
    archive,
    answer: (from) => answerRoster(archive, from),
    close: async () => {
      await archive.close()
      await ledger.close()
    },
  }
}

export const MINUTE_MS = 60_000

/** See `openRoster`. */
export async function rosterOf(t: TestContext, count: number) {
  const house = await openRoster(await temporaryFolder(t), count)
  t.after(house.close)
  return house
}

/** Cells 0 to `count` - 1. What a test changes of `state` the roster sees at its next turn. */
export async function openRoster(home: string, count: number) {
  const cells: RosterCell[] = []
  for (let cell = 0; cell < count; cell++) cells.push(await openCell(join(home, `${cell}`), `${cell}`))
  const said: string[] = []
  const state = {
    now: TIME,
    present: cells.map((_, cell) => `${cell}`),
    answers: new Map(cells.map(({ answer }, cell) => [`${cell}`, answer])),
  }
  const open = () =>
    createRoster({
      origin: ORIGIN,
      archive: cells[0]!.archive,
      append: (records) => cells[0]!.ledger.append(records),
      cells: () => state.present as NodeId[],
      ask: async (cell, from) => {
        const answer = state.answers.get(cell)
        if (answer === undefined) throw new Error('it does not answer')
        return answer(from)
      },
      now: () => state.now,
      observe: {
        contradicted: (cell, name) => said.push(`${cell} ${name}`),
        silent: (cell) => said.push(`${cell} silent`),
        failed: (error) => {
          throw error
        },
      },
    })
  const records = async () => {
    const { records: rows } = await cells[0]!.archive.find({ kind: 'cell', limit: 1_000 })
    return rows as unknown as readonly {
      readonly seq: number
      readonly action: string
      readonly facts: Readonly<Record<string, string | number>>
    }[]
  }
  return {
    home,
    cells,
    state,
    said,
    open,
    records,
    /** `0 cell_opened`, … */
    /** A copy of the cell's folder, in order, and the cell goes on. */
    copy: async (cell: number, name: string): Promise<string> => {
      const { folder, key, close } = cells[cell]!
      await close()
      await cp(folder, join(home, name), { recursive: true })
      const again = await openCell(folder, `${cell}`, key)
      cells[cell] = again
      state.answers.set(`${cell}`, again.answer)
      return join(home, name)
    },
    close: async () => {
      for (const cell of cells) await cell.close()
    },
    actions: async () => (await records()).map(({ action, facts }) => `${facts.cell} ${action}`),
  }
}
