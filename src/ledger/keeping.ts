/** Retention on the ledger's reading side: what may go, what is held, and the files themselves. One thread writes here. */
import type { Archive } from './archive.ts'
import type { LedgerKeeping } from './ports.ts'
import { belowFloor, hashesToKeep, holdsSegment, type KeptSegments, prunable } from './retention.ts'
import type { KeptFile, LedgerFiles } from './store.ts'

export interface KeepingParts {
  /** Opened for each question anew; undefined where nothing was ever pruned or held. */
  readonly readKept: () => KeptFile | undefined
  readonly openKept: () => KeptFile
  readonly archive: Archive
  readonly files: LedgerFiles & { remove(first: number): void; bytesOf(first: number): number }
  readonly indexes: { has(first: number): boolean; remove(first: number): void }
}

export function createKeeping({ readKept, openKept, archive, files, indexes }: KeepingParts): LedgerKeeping {
  const reading = <T>(work: (kept: KeptFile | undefined) => T): T => {
    const kept = readKept()
    try {
      return work(kept)
    } finally {
      kept?.close()
    }
  }
  const writing = <T>(work: (kept: KeptFile) => T): T => {
    const kept = openKept()
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
    segments: async () => {
      const { firsts, segment } = segments()
      const held = holds()
      const floor = files.floor()?.size ?? 0
      return {
        floor,
        segments: firsts
          .filter((_, i) => (firsts[i + 1] ?? Number.POSITIVE_INFINITY) > floor)
          .map((first) => {
            const one = segment(first)
            const sealedAt = one.sealedAt()
            return {
              first,
              end: one.end(),
              bytes: files.bytesOf(first),
              openedAt: one.openedAt,
              sealedAt,
              holds: held
                .filter((hold) => holdsSegment(hold, one, sealedAt ?? Number.POSITIVE_INFINITY))
                .map(({ id }) => id),
            }
          }),
      }
    },
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
