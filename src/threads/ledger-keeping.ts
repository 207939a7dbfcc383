/** Retention on the ledger's reading side: what may go, what is held, and the files themselves. One thread writes here. */
import type { Archive } from '../ledger/archive.ts'
import type { LedgerKeeping } from '../ledger/ports.ts'
import { hashesToKeep, type KeptSegments, prunable } from '../ledger/retention.ts'
import type { LedgerFiles } from '../ledger/store.ts'
import type { IndexFolder } from '../storage/sqlite/ledger-index.ts'
import { type KeptFile, openKept, readKept } from '../storage/sqlite/ledger-kept.ts'

export interface KeepingParts {
  readonly dataFolder: string
  readonly archive: Archive
  readonly files: LedgerFiles & { remove(first: number): void }
  readonly indexes: IndexFolder
}

export function createKeeping({ dataFolder, archive, files, indexes }: KeepingParts): LedgerKeeping {
  const reading = <T>(work: (kept: KeptFile | undefined) => T): T => {
    const kept = readKept(dataFolder)
    try {
      return work(kept)
    } finally {
      kept?.close()
    }
  }
  const writing = <T>(work: (kept: KeptFile) => T): T => {
    const kept = openKept(dataFolder)
    try {
      return work(kept)
    } finally {
      kept.close()
    }
  }
  const segments = (): KeptSegments => {
    archive.pool.refresh()
    return {
      firsts: archive.pool.firsts,
      segment: (first) => archive.pool.segment(first),
      isIndexed: (first) => indexes.has(first),
    }
  }
  const holds = () => reading((kept) => kept?.holds() ?? [])

  return {
    holds: async () => holds(),
    hold: async (hold) => writing((kept) => kept.hold(hold)),
    release: async (id) =>
      writing((kept) => {
        const known = kept.holds().some((hold) => hold.id === id)
        if (known) kept.release(id)
        return known
      }),
    prunable: async (before) => {
      const found = prunable(segments(), before, holds())
      return found && { below: found.size, segments: found.firsts.length }
    },
    raiseFloor: async ({ before, below }) => {
      const found = prunable(segments(), before, holds())
      // Held meanwhile: nothing goes that was not announced, and nothing that is held.
      if (found === undefined || found.size > below) return files.floor()?.size ?? 0
      const nodes = hashesToKeep(found, (first) => archive.pool.segment(first))
      writing((kept) => kept.raise({ size: found.size, range: found.range }, nodes))
      return found.size
    },
    removePruned: async () => {
      const floor = files.floor()?.size ?? 0
      const gone = belowFloor(files.segments(), floor)
      for (const first of gone) {
        archive.pool.close(first)
        indexes.remove(first)
        files.remove(first)
        archive.drop(first)
      }
      return gone.length
    },
  }
}

/** Segments whose last record lies below the floor. The newest never does. */
export function belowFloor(firsts: readonly number[], floor: number): readonly number[] {
  return firsts.filter((_, i) => (firsts[i + 1] ?? Number.POSITIVE_INFINITY) <= floor)
}
