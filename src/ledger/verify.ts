/**
 * Verifies a whole ledger by reading every record again. Works on files opened for reading only, also while the gateway
 * writes. Its tree, its order of steps and its reading of signatures are its own; it shares only the leaf decoder.
 */
import { Cursor } from './cursor.ts'
import { decodeLeaf } from './leaf.ts'
import { LeafError } from './leaf-error.ts'
import { openCheckpoint, parseTrust, type TrustedKey } from './note.ts'
import type { Checkpoint, Head, LeafRow, LedgerFiles, Segment } from './store.ts'
import { OrderCheck } from './verify-order.ts'
import { ProtocolCheck } from './verify-protocol.ts'
import { Findings, recordsFrom, type VerifyReport } from './verify-report.ts'
import { RootCheck } from './verify-roots.ts'
import { VerifierTree } from './verify-tree.ts'

export interface VerifyOptions {
  /** Verifier keys to believe, one a line. Default: the folder's own `trust` file, which whoever wrote the folder chose. */
  readonly trust?: string
  /** Checkpoints kept from earlier: the ledger must be a continuation of each. */
  readonly checkpoints?: readonly string[]
  /** Called now and then with the records read so far. */
  readonly onProgress?: (records: number) => void
}

const PAGE = 4_096
/** A running writer signs about once a second; after a crash the next start does. */
const MOST_UNSIGNED_MS = 60_000

/** Never throws for what it finds in the ledger; throws `TypeError` where `trust` is malformed. */
export async function verifyFiles(
  files: LedgerFiles,
  breathe: () => Promise<void>,
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const verification = new Verification(files, breathe, options)
  return await verification.run()
}

class Verification {
  readonly #files: LedgerFiles
  readonly #breathe: () => Promise<void>
  readonly #onProgress: (records: number) => void
  readonly #trusted: readonly TrustedKey[]
  readonly #findings = new Findings()
  readonly #protocol = new ProtocolCheck(this.#findings)
  /** Checkpoints from outside the segments that the tree must pass through, ascending by size. */
  readonly #known: { readonly size: number; readonly root: Buffer; readonly given: boolean }[] = []
  #roots = new RootCheck(this.#findings, new VerifierTree())
  /** Sequence number after the last record read. */
  #size = 0
  /** Where the next segment must begin; undefined after one that could not be read. */
  #next: number | undefined = 0
  #segments = 0
  #checkpoints = 0
  #signedSize = 0
  #anySigned = false

  constructor(files: LedgerFiles, breathe: () => Promise<void>, options: VerifyOptions) {
    this.#files = files
    this.#breathe = breathe
    this.#onProgress = options.onProgress ?? (() => undefined)
    this.#trusted = options.trust === undefined ? this.#ownTrust() : parseTrust(options.trust)
    // Before any segment is opened: a checkpoint is published after its records, so they are all seen then.
    const latest = files.latestCheckpoint()
    if (latest !== undefined) this.#know(latest, false)
    for (const note of options.checkpoints ?? []) this.#know(note, true)
    this.#known.sort((a, b) => a.size - b.size)
  }

  #ownTrust(): readonly TrustedKey[] {
    try {
      return parseTrust(this.#files.trust())
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      this.#findings.add('trust_malformed', undefined, `the folder's own trust file: ${error.message}`)
      return []
    }
  }

  async run(): Promise<VerifyReport> {
    for (let first = this.#after(-1); first !== undefined; first = this.#after(first)) {
      this.#segments++
      await this.#segment(first)
    }
    this.#requireKnownPassed()
    return {
      size: this.#size,
      root: this.#roots.tree.root().toString('hex'),
      verified: this.#findings.count === 0,
      problems: this.#findings.problems,
      problemCount: this.#findings.count,
      records: this.#protocol.records,
      openIntents: this.#protocol.openIntents,
      segments: this.#segments,
      checkpoints: this.#checkpoints,
      signedSize: this.#signedSize,
    }
  }

  /** Looked up anew each time: a running writer may have begun another segment meanwhile. */
  #after(first: number): number | undefined {
    return this.#files.segments().find((next) => next > first)
  }

  #know(note: string, given: boolean): void {
    const opened = openCheckpoint(note, this.#trusted)
    const which = given ? 'a checkpoint that you gave' : 'the file `checkpoint` beside the segments'
    if (opened.state === 'valid') this.#known.push({ size: opened.size, root: opened.root, given })
    else if (opened.state === 'invalid')
      this.#findings.add('checkpoint_signature', undefined, `${which}: ${opened.why}`)
    else this.#findings.add('checkpoint_key_unknown', undefined, `${which} is signed by no trusted key`)
  }

  async #segment(first: number): Promise<void> {
    let segment: Segment | undefined
    try {
      segment = this.#files.read(first)
      this.#follow(segment, first)
      await this.#read(segment)
    } catch (error) {
      const why = error instanceof Error ? error.message : 'unknown error'
      this.#findings.add(
        'segment_unreadable',
        this.#size,
        `the segment file from record ${first} on cannot be read: ${why}`,
      )
      this.#roots.lose()
      this.#next = undefined
    } finally {
      segment?.close()
    }
  }

  /** The segment must begin where and as the one before it ended. */
  #follow(segment: Segment, first: number): void {
    if (segment.first !== first)
      this.#findings.add(
        'segment_misplaced',
        first,
        `the segment file from ${first} on holds the one from ${segment.first} on`,
      )
    const own = VerifierTree.from(segment.first, segment.range)
    if (this.#next !== undefined && segment.first > this.#next) {
      this.#findings.add(
        'segment_missing',
        this.#next,
        `no segment file holds ${recordsFrom(this.#next, segment.first)}`,
      )
    } else if (this.#next !== undefined && segment.first < this.#next) {
      const says = `the segment file from ${segment.first} on repeats records of the one before`
      this.#findings.add('segment_misplaced', segment.first, says)
    } else if (this.#roots.knows(segment.first)) {
      if (own?.root().equals(this.#roots.tree.root())) {
        this.#roots = new RootCheck(this.#findings, this.#roots.tree)
        return
      }
      this.#findings.add(
        'range_mismatch',
        segment.first,
        `the segment from ${segment.first} on begins from another tree`,
      )
    }
    this.#size = segment.first
    this.#roots = new RootCheck(this.#findings, own ?? new VerifierTree())
    if (own === undefined) this.#roots.lose()
  }

  async #read(segment: Segment): Promise<void> {
    const heads = new Cursor<Head>((above) => segment.heads(above, PAGE))
    const checkpoints = new Cursor<Checkpoint>((above) => segment.checkpoints(above, PAGE))
    const lastHead = segment.lastHead()
    const limit = Math.max(lastHead?.size ?? segment.first, segment.end())
    const order = new OrderCheck(this.#findings, segment.first)
    this.#compare(segment.first, heads, checkpoints)
    for (
      let rows = segment.leaves(segment.first, PAGE);
      rows.length > 0;
      rows = segment.leaves(rows.at(-1)!.seq + 1, PAGE)
    ) {
      for (const row of rows) {
        this.#leaf(row, order, limit)
        this.#compare(row.seq + 1, heads, checkpoints)
      }
      this.#onProgress(this.#size)
      await this.#breathe()
    }
    let covered = lastHead?.size ?? segment.first
    if (order.next > covered) {
      this.#findings.add('leaf_extra', covered, `no commit covers ${recordsFrom(covered, order.next)}`)
    }
    for (const { size, note } of checkpoints.rest()) {
      this.#checkpoint(size, note)
      covered = Math.max(covered, size)
    }
    this.#finish(segment, order, covered)
    this.#requireSigned(segment, lastHead)
  }

  #leaf({ seq, leaf, hash }: LeafRow, order: OrderCheck, limit: number): void {
    const own = VerifierTree.leafHash(leaf)
    if (seq !== this.#size) this.#roots.lose()
    this.#roots.add(seq, hash, own)
    this.#size = seq + 1
    try {
      const decoded = decodeLeaf(leaf)
      order.see(seq, own.equals(hash) ? decoded.seq : seq, limit)
      this.#protocol.see(seq, decoded.record)
    } catch (error) {
      if (!(error instanceof LeafError)) throw error
      order.see(seq, seq, limit)
      if (own.equals(hash))
        this.#findings.add('leaf_malformed', seq, `record ${seq} is not a leaf: ${error.problem} (${error.field})`)
    }
  }

  /** Everything that was said of the tree of exactly `size` leaves. */
  #compare(size: number, heads: Cursor<Head>, checkpoints: Cursor<Checkpoint>): void {
    for (let head = heads.upTo(size); head !== undefined; head = heads.upTo(size))
      this.#roots.head(head.size, head.root)
    for (let row = checkpoints.upTo(size); row !== undefined; row = checkpoints.upTo(size))
      this.#checkpoint(row.size, row.note)
    while (this.#known[0] !== undefined && this.#known[0].size <= size) {
      const known = this.#known.shift()!
      if (this.#roots.knows(known.size) && !this.#roots.tree.root().equals(known.root)) {
        const name = known.given ? 'forked' : 'checkpoint_mismatch'
        this.#findings.add(
          name,
          known.size,
          `a checkpoint of ${known.size} records kept outside the segments speaks of other records`,
        )
      }
    }
  }

  #checkpoint(size: number, note: string): void {
    const opened = openCheckpoint(note, this.#trusted)
    if (opened.state === 'invalid')
      this.#findings.add('checkpoint_signature', size, `the checkpoint of ${size} records: ${opened.why}`)
    else if (opened.state === 'unknown_key')
      this.#findings.add(
        'checkpoint_key_unknown',
        size,
        `the checkpoint of ${size} records is signed by no trusted key`,
      )
    else {
      this.#checkpoints++
      this.#anySigned = true
      if (opened.size !== size)
        this.#findings.add(
          'checkpoint_mismatch',
          size,
          `the checkpoint kept for ${size} records speaks of ${opened.size}`,
        )
      else if (this.#roots.checkpoint(size, opened.root)) this.#signedSize = Math.max(this.#signedSize, size)
    }
  }

  #finish(segment: Segment, order: OrderCheck, covered: number): void {
    order.finish()
    this.#roots.finish()
    if (order.next < covered) {
      this.#findings.add(
        'truncated',
        order.next,
        `${recordsFrom(order.next, covered)} are gone from the end of a segment`,
      )
    }
    this.#next = segment.lastHead() === undefined ? Math.max(this.#size, covered) : covered
    if (segment.sealedAt() === undefined && segment.mark()?.closed === true) this.#protocol.requireNoneOpen()
  }

  #requireSigned(segment: Segment, lastHead: Head | undefined): void {
    const from = Math.min(this.#signedSize, this.#size)
    const complete = segment.sealedAt() !== undefined || segment.mark()?.closed === true
    const signedHead = segment.heads(from - 1, 1)[0]
    const unsignedMs = (lastHead?.time ?? 0) - (signedHead?.time ?? segment.openedAt)
    const overdue = complete || !this.#anySigned || unsignedMs > MOST_UNSIGNED_MS
    if (from < this.#size && overdue)
      this.#findings.add('unsigned', from, `${recordsFrom(from, this.#size)} are under no good checkpoint`)
  }

  #requireKnownPassed(): void {
    for (const { size } of this.#known) {
      this.#findings.add(
        'rolled_back',
        this.#size,
        `the ledger ends at ${this.#size} records, and a checkpoint of ${size} was signed`,
      )
    }
  }
}
