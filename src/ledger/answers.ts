/** Answers every query of the ledger's reading side from one archive. */
import { countRecords } from './aggregate.ts'
import type { Archive } from './archive.ts'
import { countCohorts } from './cohorts.ts'
import { createConcerned, evidenceOf } from './evidence.ts'
import { leafJson } from './leaf-text.ts'
import { locate } from './locate.ts'
import type { LedgerArchive, LedgerRetention, RecordName } from './ports.ts'
import { inclusionProof, tlogProof } from './proofs.ts'
import { findIntent, findRecords } from './query.ts'
import { type ServedParts, serveHashes, sizeOf } from './served.ts'
import type { LedgerFiles } from './store.ts'

/**
 * A `LedgerArchive` without retention and closing.
 * @param cosignaturesOf witnesses' signature lines for the checkpoint of a size; empty if there are none
 */
export function createAnswers(
  archive: Archive,
  files: LedgerFiles,
  cosignaturesOf: (size: number) => string,
): Omit<LedgerArchive, 'close' | keyof LedgerRetention> {
  const newest = (): string | undefined => files.latestCheckpoint()
  const checkpointOf: ServedParts['checkpointOf'] = (size) => {
    // The checkpoint of a segment's first size is stored in the segment before it.
    for (const first of archive.pool.firsts.toReversed()) {
      if (first > size) continue
      const note = archive.pool.segment(first).checkpoints(size - 1, 1)[0]
      if (note?.size === size) return note.note + cosignaturesOf(size)
      if (first < size) return undefined
    }
    return undefined
  }
  const parts: ServedParts = { hashes: archive.hashes, newest, checkpointOf, trust: () => files.trust() }
  const seqOf = async (name: RecordName): Promise<number | undefined> => {
    await archive.catchUp()
    return 'seq' in name ? name.seq : locate(archive, name.id)
  }
  return {
    serve: async (path) => {
      archive.pool.refresh()
      return serveHashes(path, parts)
    },
    record: async (name) => {
      const seq = await seqOf(name)
      const row = seq === undefined ? undefined : archive.leaf(seq)
      return row === undefined ? undefined : { ...leafJson(row), leaf: Buffer.from(row.leaf).toString('base64') }
    },
    intent: async (name) => {
      const seq = await seqOf(name)
      return seq === undefined ? undefined : findIntent(archive, seq)
    },
    proof: async (name) => {
      const seq = await seqOf(name)
      const row = seq === undefined ? undefined : archive.leaf(seq)
      const note = newest()
      if (row === undefined || note === undefined || row.seq >= sizeOf(note)) return undefined
      return tlogProof(row.seq, inclusionProof(archive.hashes, row.seq, sizeOf(note)), note, row.leaf)
    },
    evidence: async (seqs, size) => {
      await archive.catchUp()
      return seqs.map((seq) => evidenceOf(archive, seq, size))
    },
    concerned: createConcerned(archive),
    cohorts: (window, earlier) => countCohorts(archive, window, earlier),
    find: (query) => findRecords(archive, query),
    count: (query) => countRecords(archive, query),
    catchUp: () => archive.catchUp(),
    seal: () => archive.seal(),
    forget: (what) => archive.forget(what),
  }
}
