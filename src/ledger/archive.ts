/**
 * The reading side of the ledger: keeps up with the writer, builds the index of each sealed segment off the commit path,
 * and finds records. One thread owns it; it never writes a segment that still grows.
 */
import type { IdentityKey } from '../model/brand.ts'
import { TreeHashes } from './hashes.ts'
import { IndexBuilder } from './index/builder.ts'
import type { IndexFiles, IndexReader } from './index/store.ts'
import { decodeLeaf } from './leaf.ts'
import { SegmentPool } from './segment-pool.ts'
import type { KeptHashes, LeafRow, LedgerFiles, Segment, WritableSegment } from './store.ts'

/** Leaves read at a time: what other work of the thread waits for is a few milliseconds at most. */
const PAGE = 2_048
/** Commits whose owners are dropped at a time. */
const OWNERS_PAGE = 512
const OWNER_BYTES = 6

export interface ArchiveParts {
  readonly files: LedgerFiles
  readonly indexes: IndexFiles
  readonly kept: KeptHashes
  /** Opens a sealed segment to take out what the index has replaced. */
  readonly openSealed: (first: number) => WritableSegment
  /** Numbers of all keys of these identities that there are. */
  readonly subjectsOf: (identities: readonly IdentityKey[]) => readonly number[]
  /** The lowest number of all keys that the person with this one has; undefined where it is gone. */
  readonly lowestKeyOf: (key: number) => number | undefined
  /** Lets other work of the thread run. */
  readonly breathe: () => Promise<void>
}

/** Segments whose index is open. */
const MOST_INDEXES = 160

export class Archive {
  readonly pool: SegmentPool
  readonly hashes: TreeHashes
  readonly parts: ArchiveParts
  /** Of segments that have no index file yet. */
  readonly #growing = new Map<number, IndexBuilder>()
  readonly #indexes = new Map<number, IndexReader>()
  /** Segments whose owners are known to be dropped. */
  readonly #tidy = new Set<number>()
  readonly #reading = sharedRuns(() => this.#readNew())
  readonly #sealing = sharedRuns(() => this.#sealAll())
  #closed = false

  constructor(parts: ArchiveParts) {
    this.parts = parts
    this.pool = new SegmentPool(parts.files)
    this.hashes = new TreeHashes(this.pool, parts.kept)
  }

  /** Resolves when everything that was durable at the call can be found. Calls that wait for the same share one run. */
  catchUp(): Promise<void> {
    return this.#reading()
  }

  /**
   * Writes the index of every segment that was sealed at the call and has none, and takes out what it replaces. May be
   * cut off at any point, and is then done again.
   */
  seal(): Promise<void> {
    return this.#sealing()
  }

  async #readNew(): Promise<void> {
    this.pool.refresh()
    for (const first of this.pool.firsts) {
      if (this.#closed) return
      if (this.#growing.get(first) === undefined && this.parts.indexes.has(first)) continue
      const builder = this.#growing.get(first) ?? new IndexBuilder(first)
      this.#growing.set(first, builder)
      await this.#read(this.pool.segment(first), builder)
    }
  }

  async #sealAll(): Promise<void> {
    await this.catchUp()
    for (const first of this.pool.firsts) {
      if (this.#closed) return
      const builder = this.#growing.get(first)
      if (builder === undefined) await this.#tidyUp(first)
      else if (this.#isComplete(first, builder)) await this.#seal(first, builder)
    }
  }

  #isComplete(first: number, builder: IndexBuilder): boolean {
    const segment = this.pool.segment(first)
    return segment.sealedAt() !== undefined && builder.end === segment.end()
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
  async forget(subjects: readonly number[]): Promise<number> {
    // An index that is being written still holds them: it is finished first, and then has a name.
    await this.seal()
    let gone = 0
    for (const first of this.pool.firsts) {
      const growing = this.#growing.get(first)
      if (growing !== undefined) gone += growing.forget(subjects)
      else if (this.parts.indexes.has(first)) {
        // Most segments say nothing of one person, and to write a file costs a hundred times as much as to look.
        if (this.#index(first).seqsAbout(subjects).length === 0) continue
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
    this.pool.refresh()
  }

  close(): void {
    this.#closed = true
    for (const first of [...this.#indexes.keys()]) this.#closeIndex(first)
    this.pool.closeAll()
  }

  async #read(segment: Segment, builder: IndexBuilder): Promise<void> {
    const end = segment.end()
    let owners = ownersFrom(segment, builder.end)
    while (builder.end < end && !this.#closed) {
      for (const leaf of segment.records(builder.end, Math.min(PAGE, end - builder.end))) {
        const seq = builder.end
        if (owners !== undefined && seq >= owners.to) owners = ownersFrom(segment, seq)
        const at = owners === undefined || seq < owners.from ? -1 : (seq - owners.from) * OWNER_BYTES
        builder.add(bufferOf(leaf), at < 0 ? 0 : owners!.ids.readUIntBE(at, OWNER_BYTES))
      }
      await this.parts.breathe()
    }
  }

  async #seal(first: number, builder: IndexBuilder): Promise<void> {
    await this.parts.indexes.write(builder.contents(), this.parts.breathe)
    if (this.#closed) return
    this.#growing.delete(first)
    await this.#dropOwners(first)
  }

  /** After the index has its name, nothing else may say whom a record is about. */
  async #tidyUp(first: number): Promise<void> {
    if (this.#tidy.has(first)) return
    if (this.pool.segment(first).owners(0, 1).length > 0) await this.#dropOwners(first)
    this.#tidy.add(first)
  }

  async #dropOwners(first: number): Promise<void> {
    // Whoever closes a segment last moves its write-ahead log into it, and only who may write can.
    this.pool.close(first)
    const segment = this.parts.openSealed(first)
    try {
      for (let rows = segment.owners(0, OWNERS_PAGE); rows.length > 0 && !this.#closed; ) {
        const written = segment.putOwners(rows.map(({ size }) => ({ size, ids: new Uint8Array(0) })))
        if (written === 'disk_full') throw new Error('the disk is full')
        await this.parts.breathe()
        rows = segment.owners(0, OWNERS_PAGE)
      }
    } finally {
      this.pool.close(first)
      segment.close()
    }
    if (!this.#closed) this.#tidy.add(first)
  }

  #index(first: number): IndexReader {
    const known = this.#indexes.get(first)
    if (known !== undefined) {
      this.#indexes.delete(first)
      this.#indexes.set(first, known)
      return known
    }
    const index = this.parts.indexes.open(first)
    this.#indexes.set(first, index)
    if (this.#indexes.size > MOST_INDEXES) this.#closeIndex(this.#indexes.keys().next().value ?? first)
    return index
  }

  #closeIndex(first: number): void {
    this.#indexes.get(first)?.close()
    this.#indexes.delete(first)
  }
}

/** One run at a time; a call during a run is answered by the next one, which all such calls share. */
function sharedRuns(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const run = (): Promise<void> => {
    running = work().finally(() => {
      running = undefined
    })
    return running
  }
  return () => {
    if (running === undefined && next === undefined) return run()
    // What is under way may have passed by what came meanwhile.
    next ??= (running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return run()
      })
    return next
  }
}

interface Owners {
  readonly from: number
  readonly to: number
  readonly ids: Buffer
}

/** Of the first commit that says whom a record at or after `seq` is about. */
function ownersFrom(segment: Segment, seq: number): Owners | undefined {
  const row = segment.owners(seq, 1)[0]
  if (row === undefined) return undefined
  return { from: row.size - row.ids.length / OWNER_BYTES, to: row.size, ids: bufferOf(row.ids) }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}
