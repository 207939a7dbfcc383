/**
 * The reading side of the ledger: keeps up with the writer, builds the index of each sealed segment off the commit path,
 * finds records and makes proofs. One thread owns it; it never writes a segment that still grows.
 */
import type { IdentityKey } from '../model/brand.ts'
import { SegmentPool, TreeHashes } from './hashes.ts'
import { IndexBuilder } from './index/builder.ts'
import type { IndexFiles, IndexReader } from './index/store.ts'
import { decodeLeaf } from './leaf.ts'
import type { KeptHashes, LeafRow, LedgerFiles, OwnersRow, Segment } from './store.ts'

/** Leaves read at a time. */
const PAGE = 4_096
const OWNER_BYTES = 6

export interface ArchiveParts {
  readonly files: LedgerFiles
  readonly indexes: IndexFiles
  readonly kept: KeptHashes
  /** Takes what the index has replaced out of a sealed segment. */
  readonly dropOwners: (first: number, rows: readonly OwnersRow[]) => void
  /** Numbers of all keys of these identities that there are. */
  readonly subjectsOf: (identities: readonly IdentityKey[]) => readonly number[]
  /** Lets other work of the thread run. */
  readonly breathe: () => Promise<void>
}

/** Segments whose index is open. */
const MOST_INDEXES = 64

export class Archive {
  readonly pool: SegmentPool
  readonly hashes: TreeHashes
  readonly parts: ArchiveParts
  /** Of segments that have no index file yet. */
  readonly #growing = new Map<number, IndexBuilder>()
  readonly #indexes = new Map<number, IndexReader>()
  #catching: Promise<void> | undefined

  constructor(parts: ArchiveParts) {
    this.parts = parts
    this.pool = new SegmentPool(parts.files)
    this.hashes = new TreeHashes(this.pool, parts.kept)
  }

  /** Reads what is new, and writes the index of what was sealed. Calls at the same time share one run. */
  catchUp(): Promise<void> {
    this.#catching ??= this.#catchUp().finally(() => {
      this.#catching = undefined
    })
    return this.#catching
  }

  async #catchUp(): Promise<void> {
    this.pool.release()
    for (const first of this.pool.firsts) {
      if (this.parts.indexes.has(first)) continue
      const segment = this.pool.segment(first)
      const builder = this.#growing.get(first) ?? new IndexBuilder(first)
      this.#growing.set(first, builder)
      await this.#read(segment, builder)
      if (segment.sealedAt() !== undefined && builder.end === segment.end()) await this.#seal(segment, builder)
    }
  }

  /** Ascending; the newest may still grow. */
  *indexesOf(): Generator<IndexReader> {
    for (const first of this.pool.firsts) {
      const growing = this.#growing.get(first)
      if (growing !== undefined) yield growing
      else if (this.parts.indexes.has(first)) yield this.#index(first)
    }
  }

  leaf(seq: number): LeafRow | undefined {
    return this.pool
      .of(seq)
      ?.leaves(seq, 1)
      .find((row) => row.seq === seq)
  }

  /** The OUTCOME of an INTENT; undefined while there is none. */
  outcomeOf(index: IndexReader, intent: number): LeafRow | undefined {
    const within = index.outcomeOf(intent)
    if (within !== undefined) return this.leaf(within)
    const row = this.leaf(intent)
    const record = row === undefined ? undefined : decodeLeaf(row.leaf).record
    if (record?.kind !== 'intent') return undefined
    const id = record.id.replaceAll('-', '')
    for (const later of this.indexesOf()) {
      if (later.first <= index.first) continue
      const stray = later.stray(id)
      if (stray !== undefined) return this.leaf(stray)
    }
    return undefined
  }

  /** Takes every entry about these subjects' keys out of every index; how many there were. */
  forget(subjects: readonly number[]): number {
    let gone = 0
    for (const first of this.pool.firsts) {
      const growing = this.#growing.get(first)
      if (growing !== undefined) gone += growing.forget(subjects)
      else if (this.parts.indexes.has(first)) {
        this.#closeIndex(first)
        gone += this.parts.indexes.forget(first, subjects)
      }
    }
    return gone
  }

  /** A segment is gone. */
  drop(first: number): void {
    this.#closeIndex(first)
    this.#growing.delete(first)
    this.pool.release()
  }

  close(): void {
    for (const first of [...this.#indexes.keys()]) this.#closeIndex(first)
    this.pool.close()
  }

  async #read(segment: Segment, builder: IndexBuilder): Promise<void> {
    const end = segment.end()
    let ownersFrom = builder.end
    let owners: { readonly from: number; readonly ids: Buffer } | undefined
    while (builder.end < end) {
      const rows = segment.leaves(builder.end, PAGE)
      if (rows.length === 0) return
      for (const { seq, leaf } of rows) {
        if (owners === undefined || seq >= owners.from + owners.ids.length / OWNER_BYTES) {
          const next = segment.owners(Math.max(seq, ownersFrom), 1)[0]
          owners = next && withFrom(next)
          ownersFrom = owners === undefined ? end : ownersFrom
        }
        const place = owners === undefined ? -1 : seq - owners.from
        const owner = owners === undefined || place < 0 ? 0 : owners.ids.readUIntBE(place * OWNER_BYTES, OWNER_BYTES)
        builder.add(Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length), owner)
      }
      await this.parts.breathe()
    }
  }

  async #seal(segment: Segment, builder: IndexBuilder): Promise<void> {
    this.parts.indexes.write(builder.contents())
    await this.parts.breathe()
    const { first } = segment
    for (let rows = segment.owners(0, PAGE); rows.length > 0; ) {
      this.parts.dropOwners(
        first,
        rows.map(({ size }) => ({ size, ids: new Uint8Array(0) })),
      )
      rows = segment.owners(rows.at(-1)!.size, PAGE)
    }
    this.#growing.delete(first)
    this.pool.release()
  }

  #index(first: number): IndexReader {
    let index = this.#indexes.get(first)
    if (index === undefined) {
      index = this.parts.indexes.open(first)
      this.#indexes.set(first, index)
      if (this.#indexes.size > MOST_INDEXES) this.#closeIndex(this.#indexes.keys().next().value ?? first)
    }
    return index
  }

  #closeIndex(first: number): void {
    this.#indexes.get(first)?.close()
    this.#indexes.delete(first)
  }
}

function withFrom({ size, ids }: OwnersRow): { readonly from: number; readonly ids: Buffer } {
  return { from: size - ids.length / OWNER_BYTES, ids: Buffer.from(ids.buffer, ids.byteOffset, ids.length) }
}
