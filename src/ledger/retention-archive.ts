/** Retention on the ledger's reading side: prunable segments, legal holds and the files. One thread writes here. */
import type { Archive } from './archive.ts'
import type { LedgerRetention } from './ports.ts'
import { belowFloor, hashesToKeep, holdsSegment, type KeptSegments, prunable } from './retention.ts'
import type { KeptFile, LedgerFiles } from './store.ts'

export interface RetentionParts {
  /** Opened for each call; undefined if nothing was ever pruned or held. */
  readonly readKept: () => KeptFile | undefined
  readonly openKept: () => KeptFile
  readonly archive: Archive
  readonly files: LedgerFiles & { remove(first: number): void; bytesOf(first: number): number }
  readonly indexes: { has(first: number): boolean; remove(first: number): void }
}

export function createRetention({ readKept, openKept, archive, files, indexes }: RetentionParts): LedgerRetention {
  const using = <File extends KeptFile | undefined, T>(kept: File, work: (kept: File) => T): T => {
    try {
      return work(kept)
    } finally {
      kept?.close()
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
  const holds = () => using(readKept(), (kept) => kept?.holds() ?? [])

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
    hold: async (hold) => using(openKept(), (kept) => kept.hold(hold)),
    release: async (id) =>
      using(openKept(), (kept) => {
        const known = kept.holds().some((hold) => hold.id === id)
        if (known) kept.release(id)
        return known
      }),
    prunable: async (before) => {
      const found = prunable(segments(), before, holds())
      return found && { below: found.size, segments: found.firsts.length }
    },
    raiseFloor: async ({ before, below }) => {
      // Never more than was announced; less where a hold came in between.
      const found = prunable(segments(), before, holds(), below)
      if (found === undefined) return files.floor()?.size ?? 0
      const nodes = hashesToKeep(found, (first) => archive.pool.segment(first))
      using(openKept(), (kept) => kept.raise({ size: found.size, range: found.range }, nodes))
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
