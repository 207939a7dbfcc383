/** Reads records from files opened read-only. */
import type { LeafRow, LedgerFiles } from './store.ts'

const PAGE = 1_024

/** Records from `from` to `to` (exclusive), in order, as of the moment each segment was opened. */
export function* readLeaves(files: LedgerFiles, from: number, to: number): Generator<LeafRow> {
  const firsts = files.segments()
  for (const [i, first] of firsts.entries()) {
    if (first >= to || (firsts[i + 1] ?? Number.POSITIVE_INFINITY) <= from) continue
    const segment = files.read(first)
    try {
      for (let next = Math.max(first, from); next < to; ) {
        const rows = segment.leaves(next, Math.min(PAGE, to - next))
        yield* rows
        next = rows.length === 0 ? to : rows.at(-1)!.seq + 1
      }
    } finally {
      segment.close()
    }
  }
}

/** Number of records; 0 for a folder without a ledger. */
export function readSize(files: LedgerFiles): number {
  const newest = files.segments().at(-1)
  if (newest === undefined) return 0
  const segment = files.read(newest)
  try {
    return segment.end()
  } finally {
    segment.close()
  }
}
