/**
 * The ledger's reading side: follows the writer, builds the index of each sealed segment off the commit path, and finds
 * records. One thread owns it. It never writes the active segment.
 */
import type { IdentityKey } from '../model/brand.ts'
import { TreeHashes } from './hashes.ts'
import { IdSet } from './id-set.ts'
import { IndexBuilder } from './index/builder.ts'
import type { IndexFiles, IndexReader } from './index/store.ts'
import { decodeLeaf } from './leaf.ts'
import { bufferOf, EPOCH_AT } from './leaf-layout.ts'
import { announces } from './open-intents.ts'
import { type Forgotten, forgetOwners, ownerIn, ownersFrom } from './owners.ts'
import { SegmentPool } from './segment-pool.ts'
import type { KeptHashes, LeafRow, LedgerFiles, Segment, WritableSegment } from './store.ts'

/** Leaves read before the thread yields: a few milliseconds. */
const PAGE = 2_048

export interface ArchiveParts {
  readonly files: LedgerFiles
  readonly indexes: IndexFiles
  readonly kept: KeptHashes
  /** Opens a sealed segment to overwrite its owners. */
  readonly openSealed: (first: number) => WritableSegment
  /** Numbers of all existing keys of these identities. */
  readonly subjectsOf: (identities: readonly IdentityKey[]) => readonly number[]
  /** The lowest key number of the subject that has this key; undefined if it was destroyed. */
  readonly lowestKeyOf: (key: number) => number | undefined
  /** The identity behind a key number; undefined if the key was destroyed. */
  readonly identityOf: (key: number) => IdentityKey | undefined
  /** True for the process that owns the folder; others write nothing. */
  readonly owns: boolean
  /** Lets other work of the thread run. */
  readonly breathe: () => Promise<void>
}

/** Indexes kept open. */
const MOST_INDEXES = 160
/** Subject keys looked up before the thread yields. */
const KEYS_AT_ONCE = 1_024

export class Archive {
  readonly pool: SegmentPool
  readonly hashes: TreeHashes
  readonly parts: ArchiveParts
  /** Indexes of segments that have no index file yet. */
  readonly #growing = new Map<number, IndexBuilder>()
  readonly #indexes = new Map<number, IndexReader>()
  /** Segments whose index was checked. */
  readonly #checked = new Set<number>()
  /** Segments in which the owners of some records are lost. */
  readonly #incomplete = new Set<number>()
  readonly #reading = sharedRuns(() => this.#readNew())
  readonly #sealing = sharedRuns(() => this.#sealAll())
  #closed = false

  constructor(parts: ArchiveParts) {
    this.parts = parts
    this.pool = new SegmentPool(parts.files)
    this.hashes = new TreeHashes(this.pool, parts.kept)
  }

  /** Resolves once everything durable at the call can be found. Concurrent calls share one run. */
  catchUp(): Promise<void> {
    return this.#reading()
  }

  /** Writes the index of every sealed segment that has none. An interrupted run is repeated later. */
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
   * Checks every index once for missing, extra or exchanged subject entries, and rebuilds a damaged one from its segment.
   * False if a subject's records may be missing from answers.
   */
  async checkIndexes(): Promise<boolean> {
    for (const first of this.pool.firsts) {
      if (this.#checked.has(first) || this.#growing.has(first) || !this.parts.indexes.has(first)) continue
      if (this.parts.owns) this.parts.indexes.requireTotals(first)
      if (!this.#index(first).isIntact()) {
        this.#closeIndex(first)
        const builder = new IndexBuilder(first)
        await this.#read(this.pool.segment(first), builder)
        this.#growing.set(first, builder)
        if (!builder.hasAllOwners) this.#incomplete.add(first)
      }
      this.#checked.add(first)
      await this.parts.breathe()
    }
    return this.#incomplete.size === 0 && [...this.#growing.values()].every(({ hasAllOwners }) => hasAllOwners)
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

  /** The distinct subjects behind these key numbers, each by its lowest key. Destroyed keys are skipped. */
  async distinctSubjects(keys: Iterable<number>): Promise<IdSet> {
    const subjects = new IdSet()
    let seen = 0
    for (const key of keys) {
      const lowest = this.parts.lowestKeyOf(key)
      if (lowest !== undefined) subjects.add(lowest)
      if (++seen % KEYS_AT_ONCE === 0) await this.parts.breathe()
    }
    return subjects
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

  /** Removes all entries of these subject keys and identities from every index; returns how many there were. */
  async forget(what: Forgotten): Promise<number> {
    // An index under construction still holds them: finish it first.
    await this.seal()
    await this.checkIndexes()
    let gone = 0
    for (const first of this.pool.firsts) {
      const growing = this.#growing.get(first)
      const index = growing ?? (this.parts.indexes.has(first) ? this.#index(first) : undefined)
      // Most segments hold nothing about one subject, and writing a file costs a hundred times as much as reading it.
      // Sound: these came in as identity keys.
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

  /** Forgets a removed segment. */
  drop(first: number): void {
    this.#closeIndex(first)
    this.#growing.delete(first)
    this.#incomplete.delete(first)
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
        // Every record about a subject has an owner entry, zeroed by an erasure. A missing entry means that it was lost.
        if (hasSubject(bytes) && (owners === undefined || seq < owners.from)) builder.hasAllOwners = false
        builder.add(bytes, subject, set)
      }
      // Without this check the loop would never end.
      if (builder.end === from) throw new Error(damagedAt(from))
      await this.parts.breathe()
    }
  }

  async #seal(first: number, builder: IndexBuilder): Promise<void> {
    await this.parts.indexes.write(builder.contents(), this.parts.breathe)
    if (this.#closed) return
    this.#growing.delete(first)
    this.#checked.add(first)
    if (!builder.hasAllOwners) this.#incomplete.add(first)
    if (this.parts.owns) this.#closeLog(first)
  }

  /** The last connection to close a segment moves the write-ahead log into it, which needs write access. */
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

/** One run at a time; calls during a run share the next one. */
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
    // The current run may already have passed what came in meanwhile.
    next ??= (running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        next = undefined
        return run()
      })
    return next
  }
}

function hasSubject(leaf: Buffer): boolean {
  return announces(leaf) && leaf.readUInt16BE(EPOCH_AT) !== 0
}

function damagedAt(seq: number): string {
  return (
    `the ledger is damaged: a record from number ${seq} on is missing from its segment. \`sluice ledger fsck DATA\` says which. ` +
    'Put the folder back from a backup (docs/bad-days.md).'
  )
}
