/**
 * The reading side of the ledger: keeps up with the writer, builds the index of each sealed segment off the commit path,
 * and finds records. One thread owns it; it never writes a segment that still grows.
 */
import type { IdentityKey } from '../model/brand.ts'
import { TreeHashes } from './hashes.ts'
import { IndexBuilder } from './index/builder.ts'
import type { IndexFiles, IndexReader } from './index/store.ts'
import { decodeLeaf } from './leaf.ts'
import { EPOCH_AT } from './leaf-layout.ts'
import { announces } from './open-intents.ts'
import { type Forgotten, forgetOwners, ownerIn, ownersFrom } from './owners.ts'
import { SegmentPool } from './segment-pool.ts'
import type { KeptHashes, LeafRow, LedgerFiles, Segment, WritableSegment } from './store.ts'

/** Leaves read at a time: what other work of the thread waits for is a few milliseconds at most. */
const PAGE = 2_048

export interface ArchiveParts {
  readonly files: LedgerFiles
  readonly indexes: IndexFiles
  readonly kept: KeptHashes
  /** Opens a sealed segment to overwrite whom its records are about. */
  readonly openSealed: (first: number) => WritableSegment
  /** Numbers of all keys of these identities that there are. */
  readonly subjectsOf: (identities: readonly IdentityKey[]) => readonly number[]
  /** The lowest number of all keys that the person with this one has; undefined where it is gone. */
  readonly lowestKeyOf: (key: number) => number | undefined
  /** Whose key has this number; undefined where it is gone. */
  readonly identityOf: (key: number) => IdentityKey | undefined
  /** True for whoever owns the folder; others write nothing. */
  readonly owns: boolean
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
  /** Segments whose index was looked through. */
  readonly #checked = new Set<number>()
  /** Of these whom the records are about is not known, or not of all. */
  readonly #lacking = new Set<number>()
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

  /** Writes the index of every segment that was sealed at the call and has none. May be cut off, and is then done again. */
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
      if (builder !== undefined && this.#isComplete(first, builder)) await this.#seal(first, builder)
    }
  }

  /**
   * Looks through every index once, for entries about people that are gone, too many or exchanged; one that is damaged is
   * made again of its segment. False where people's records may be missing from answers.
   */
  async requireWhole(): Promise<boolean> {
    for (const first of this.pool.firsts) {
      if (this.#checked.has(first) || this.#growing.has(first) || !this.parts.indexes.has(first)) continue
      if (this.parts.owns) this.parts.indexes.requireTotals(first)
      if (!this.#index(first).isWhole()) {
        this.#closeIndex(first)
        const builder = new IndexBuilder(first)
        await this.#read(this.pool.segment(first), builder)
        this.#growing.set(first, builder)
        if (!builder.knowsPeople) this.#lacking.add(first)
      }
      this.#checked.add(first)
      await this.parts.breathe()
    }
    return this.#lacking.size === 0 && [...this.#growing.values()].every(({ knowsPeople }) => knowsPeople)
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
    if (record?.kind !== 'intent' && record?.kind !== 'notice') return undefined
    const id = record.id.replaceAll('-', '')
    for (const later of this.indexesOf()) {
      if (later.first <= index.first) continue
      const stray = later.stray(id)
      if (stray !== undefined) return this.leaf(stray)
    }
    return undefined
  }

  /** Takes every entry about these subjects' keys and by these identities out of every index; how many there were. */
  async forget(what: Forgotten): Promise<number> {
    // An index that is being written still holds them: it is finished first, and then has a name.
    await this.seal()
    await this.requireWhole()
    let gone = 0
    for (const first of this.pool.firsts) {
      const growing = this.#growing.get(first)
      const index = growing ?? (this.parts.indexes.has(first) ? this.#index(first) : undefined)
      // Most segments say nothing of one person, and to write a file costs a hundred times as much as to look.
      // Sound: what is forgotten came as identity keys.
      if (index?.seqsAbout(what.subjects, what.identities as readonly IdentityKey[]).length === 0) continue
      if (growing === undefined || this.pool.segment(first).sealedAt() !== undefined) this.#forgetIn(first, what)
      if (growing !== undefined) gone += growing.forget(what)
      else if (index !== undefined) {
        this.#closeIndex(first)
        gone += this.parts.indexes.forget(first, what)
      }
      await this.parts.breathe()
    }
    return gone
  }

  #forgetIn(first: number, what: Forgotten): void {
    this.pool.close(first)
    const segment = this.parts.openSealed(first)
    try {
      if (forgetOwners(segment, what) === 'disk_full') throw new Error('the disk is full')
    } finally {
      this.pool.close(first)
      segment.close()
    }
  }

  /** A segment is gone. */
  drop(first: number): void {
    this.#closeIndex(first)
    this.#growing.delete(first)
    this.#lacking.delete(first)
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
      const from = builder.end
      for (const leaf of segment.records(builder.end, Math.min(PAGE, end - builder.end))) {
        const seq = builder.end
        if (owners !== undefined && seq >= owners.to) owners = ownersFrom(segment, seq)
        const { subject, set } = ownerIn(owners, seq)
        const bytes = bufferOf(leaf)
        // What was about somebody has an entry, zeros once they were erased: none at all means that it was dropped.
        if (isAboutSomebody(bytes) && (owners === undefined || seq < owners.from)) builder.knowsPeople = false
        builder.add(bytes, subject, set)
      }
      // Read again it would be missing again, for ever.
      if (builder.end === from) throw new Error(damagedAt(from))
      await this.parts.breathe()
    }
  }

  async #seal(first: number, builder: IndexBuilder): Promise<void> {
    await this.parts.indexes.write(builder.contents(), this.parts.breathe)
    if (this.#closed) return
    this.#growing.delete(first)
    this.#checked.add(first)
    if (!builder.knowsPeople) this.#lacking.add(first)
    if (this.parts.owns) this.#closeLog(first)
  }

  /** Whoever closes a segment last moves its write-ahead log into it, and only who may write can. */
  #closeLog(first: number): void {
    this.pool.close(first)
    this.parts.openSealed(first).close()
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

function isAboutSomebody(leaf: Buffer): boolean {
  return announces(leaf) && leaf.readUInt16BE(EPOCH_AT) !== 0
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function damagedAt(seq: number): string {
  return (
    `the ledger is damaged: a record from number ${seq} on is missing from its segment. \`sluice ledger fsck DATA\` says which. ` +
    'Put the folder back from a backup (docs/bad-days.md).'
  )
}
