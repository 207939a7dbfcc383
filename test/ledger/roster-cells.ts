/** Ledgers of cells and the roster over them, in folders of a test: no gateway, no database. */
import type { KeyObject } from 'node:crypto'
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

/** Cells 0 to `count` - 1. What a test changes of `state` the roster sees at its next turn. */
export async function rosterOf(t: TestContext, count: number) {
  const home = await temporaryFolder(t)
  const cells: RosterCell[] = []
  for (let cell = 0; cell < count; cell++) cells.push(await openCell(join(home, `${cell}`), `${cell}`))
  const [first] = cells as [RosterCell]
  const said: string[] = []
  const state = {
    now: TIME,
    present: cells.map((_, cell) => `${cell}`),
    answers: new Map(cells.map(({ answer }, cell) => [`${cell}`, answer])),
  }
  const open = () =>
    createRoster({
      origin: ORIGIN,
      archive: first.archive,
      append: (records) => first.ledger.append(records),
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
    const { records: rows } = await first.archive.find({ kind: 'cell', limit: 1_000 })
    return rows as unknown as readonly {
      readonly seq: number
      readonly action: string
      readonly facts: Readonly<Record<string, string | number>>
    }[]
  }
  t.after(async () => {
    for (const cell of cells) await cell.close()
  })
  return {
    home,
    cells,
    state,
    said,
    open,
    records,
    /** `0 cell_opened`, … */
    actions: async () => (await records()).map(({ action, facts }) => `${facts.cell} ${action}`),
  }
}
