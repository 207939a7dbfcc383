/** What cell 0's ledger has on record of every cell's, read back from there: nothing else is kept of it. */
import type { LedgerArchive } from '../ledger/ports.ts'
import type { Row } from '../ledger/row.ts'
import type { EpochMs, NodeId } from '../model/brand.ts'

/** A record of the roster. `cell_opened`: the cell's ledger counts, and under which key; `cell_closed`: as far as this. */
export type RosterAction = 'cell_opened' | 'cell_checkpoint' | 'cell_closed'

/** `cell_opened` is said again this often, so that a roster whose old records were pruned still says whose keys count. */
export const SAY_AGAIN_MS = 86_400_000
/** A start reads so much, or all where that holds nothing. */
const READ_BACK_MS = 2 * SAY_AGAIN_MS
const PAGE = 1_000

/** One cell's ledger, as recorded. */
export interface Recorded {
  readonly cell: NodeId
  /** Verifier keys under which it was recorded, the newest last. */
  readonly keys: readonly string[]
  readonly size: number
  readonly root: Buffer
  /** When it was said last whose key counts, and in which record. */
  readonly openedAt: EpochMs
  readonly openedSeq: number
  /** When the cell was seen last. */
  readonly at: EpochMs
  readonly seq: number
  readonly isOpen: boolean
}

export interface RosterBook {
  of(cell: NodeId): Recorded | undefined
  /** In the order of the cells' numbers. */
  open(): readonly Recorded[]
  /** Number of the newest record of the roster; -1 without one, and before the first `read`. */
  newest(): number
  /** Reads what was recorded since the last call. */
  read(): Promise<void>
}

export function createRosterBook(archive: Pick<LedgerArchive, 'find'>, now: () => EpochMs): RosterBook {
  const recorded = new Map<NodeId, Recorded>()
  let newest: number | undefined

  const readAll = async (query: { readonly from?: number; readonly after?: number }): Promise<void> => {
    const page = await archive.find({ ...query, kind: 'cell', limit: PAGE })
    for (const row of page.records) take(row)
    if (page.next !== undefined) await readAll({ ...query, after: page.next })
  }
  const take = (row: Row): void => {
    // Sound: `roster.ts` alone makes records of this kind.
    const { seq, time, action, facts } = row as unknown as ReadBack
    const before = recorded.get(facts.cell)
    const opens = action === 'cell_opened'
    newest = seq
    recorded.set(facts.cell, {
      cell: facts.cell,
      keys: opens ? keysAfter(before, facts.verifier_key) : (before?.keys ?? []),
      size: facts.size,
      root: Buffer.from(facts.root, 'base64'),
      openedAt: opens ? time : (before?.openedAt ?? 0),
      openedSeq: opens ? seq : (before?.openedSeq ?? seq),
      at: facts.seen ?? time,
      seq,
      isOpen: action !== 'cell_closed',
    })
  }
  return {
    of: (cell) => recorded.get(cell),
    open: () =>
      [...recorded.values()].filter(({ isOpen }) => isOpen).toSorted((a, b) => Number(a.cell) - Number(b.cell)),
    newest: () => newest ?? -1,
    read: async () => {
      if (newest !== undefined) return readAll({ after: newest })
      await readAll({ from: now() - READ_BACK_MS })
      if (newest === undefined) await readAll({})
      newest ??= -1
    },
  }
}

interface ReadBack {
  readonly seq: number
  readonly time: EpochMs
  readonly action: RosterAction
  readonly facts: {
    readonly cell: NodeId
    readonly size: number
    readonly root: string
    readonly verifier_key: string
    readonly seen?: EpochMs
  }
}

/** A cell that was closed and is opened under another key has begun another ledger. */
function keysAfter(before: Recorded | undefined, key: string): readonly string[] {
  if (before === undefined || (!before.isOpen && !before.keys.includes(key))) return [key]
  return [...before.keys.filter((one) => one !== key), key]
}
