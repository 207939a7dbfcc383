/**
 * Whether every cell acts on what was written: each has confirmed it, or its lease has surely run out. A cell that has not
 * renewed for a whole wait-out needs no waiting for, if it is looked at after the commit: its next renewal sees the commit.
 */
import type { NodeId } from '../model/brand.ts'
import { type CellRow, NO_LEASE } from '../storage/postgres/cells.ts'

/** How often the cells are looked at while somebody waits, in milliseconds. */
const LOOK_EVERY_MS = 20

export interface ConfirmationParts {
  readonly self: NodeId
  /** Reads the cells, anew. */
  readonly look: () => Promise<readonly CellRow[]>
  readonly elapsedMs: () => number
  readonly waitOutMs: number
  /** Calls back after so many milliseconds. Default `setTimeout`. */
  readonly later?: (ms: number, call: () => void) => void
}

export interface Confirmations {
  /** To be called with every reading, whoever made it. */
  seen(cells: readonly CellRow[]): void
  /**
   * Resolves once every other cell acts on the feed up to `at`, which MUST be committed before the call. Never rejects: the
   * wait-out needs no database.
   */
  upTo(at: number): Promise<void>
  /** Cells that have not confirmed `at` and whose lease may still hold. */
  unconfirmed(at: number): readonly NodeId[]
}

interface Seen {
  readonly row: CellRow
  /** When its `renewed` was first seen as it is. */
  readonly sinceMs: number
}

export function createConfirmations(parts: ConfirmationParts): Confirmations {
  const { self, look, elapsedMs, waitOutMs, later = (ms, call) => void setTimeout(call, ms) } = parts
  let known: ReadonlyMap<NodeId, Seen> = new Map()

  const seen = (cells: readonly CellRow[]): void => {
    const now = elapsedMs()
    known = new Map(
      cells.map((row) => {
        const before = known.get(row.id)
        return [row.id, { row, sinceMs: before?.row.renewed === row.renewed ? before.sinceMs : now }]
      }),
    )
  }
  const unconfirmed = (at: number): readonly NodeId[] =>
    [...known.values()]
      .filter(({ row }) => row.id !== self && row.applied < at && row.renewed !== NO_LEASE)
      .filter(({ sinceMs }) => elapsedMs() - sinceMs < waitOutMs)
      .map(({ row }) => row.id)
  const pause = (ms: number): Promise<void> => new Promise((resolve) => later(ms, resolve))

  return {
    seen,
    unconfirmed,
    upTo: async (at) => {
      const end = elapsedMs() + waitOutMs
      while (elapsedMs() < end) {
        try {
          const cells = await Promise.race([look(), pause(end - elapsedMs()).then(() => undefined)])
          if (cells === undefined) return
          seen(cells)
          if (unconfirmed(at).length === 0) return
        } catch {
          // Nobody can say how far the others are: then only the wait-out tells.
        }
        await pause(Math.min(LOOK_EVERY_MS, Math.max(0, end - elapsedMs())))
      }
    },
  }
}
