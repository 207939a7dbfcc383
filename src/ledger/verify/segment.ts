/**
 * Verifies one segment from its files alone: reads and hashes every record, builds the tree and compares it with every
 * root, mark and checkpoint. `verify.ts` then checks that the segment continues the one before.
 */
import { Cursor } from './cursor.ts'
import { LeafReading } from './leaf.ts'
import { NodeCheck } from './nodes.ts'
import { openCheckpoint, type TrustedKey } from './note.ts'
import { OrderCheck } from './order.ts'
import { PageWalk } from './page.ts'
import type { SegmentView } from './ports.ts'
import { ProtocolCheck, type SegmentProtocol } from './protocol.ts'
import { addWrongSize, Findings, type Problem, recordsFrom } from './report.ts'
import { RootCheck } from './roots.ts'
import { hashOf, VerifierTree } from './tree.ts'

type Head = ReturnType<SegmentView['heads']>[number]
type Note = ReturnType<SegmentView['checkpoints']>[number]

/** A tree known from outside the segment that the ledger must pass through. */
export interface KnownTree {
  readonly size: number
  /** A hash as a string, see `tree.ts`. */
  readonly root: string
  /** Its source: a given checkpoint, the roster, the file beside the segments, what pruning kept, or the segment's mark. */
  readonly by: 'outside' | 'roster' | 'latest' | 'floor' | 'mark'
}

/** The result for one segment. */
export interface SegmentResult {
  /** As stored in the segment. */
  readonly first: number
  /** Root of the tree before its first record, as stored; undefined if malformed. */
  readonly beginRoot: string | undefined
  /** Number after the last record read. */
  readonly size: number
  /** Where the next segment must begin. */
  readonly next: number
  /** Root of the tree after its last record; undefined if records are missing or extra. */
  readonly endRoot: string | undefined
  readonly problems: readonly Problem[]
  readonly problemCount: number
  readonly protocol: SegmentProtocol
  /** Checkpoints with a valid signature. */
  readonly checkpoints: number
  /** Size of the newest valid checkpoint in the segment; -1 if there is none. */
  readonly signedSize: number
  /** It takes no more records: sealed or cleanly closed. */
  readonly complete: boolean
  /** Cleanly closed and not sealed: no INTENT may be open. */
  readonly closed: boolean
  /** Every INTENT before it has its OUTCOME, by the mark. */
  readonly settledBelow: number
  /** How long records were written without a checkpoint, ignoring clock jumps. */
  readonly unsignedMs: number
}

/** Called for every readable leaf, in order. */
export type OnRecord = (row: number, reading: LeafReading) => void

const PAGE = 2_048
const MISMATCHES = {
  outside: ['forked', 'a checkpoint that you gave'],
  roster: ['roster_mismatch', 'the roster'],
  latest: ['checkpoint_mismatch', 'the newest checkpoint, kept outside the segments,'],
  floor: ['kept_altered', 'what is kept of the tree'],
} as const

/** The tree in the segment's mark, from which a start continues. */
function markedTree(segment: SegmentView): readonly KnownTree[] {
  const mark = segment.mark()
  const root = mark && VerifierTree.from(mark.size, mark.range)?.root()
  return mark === undefined ? [] : [{ size: mark.size, root: root ?? '', by: 'mark' }]
}

export class SegmentCheck {
  readonly #segment: SegmentView
  readonly #trusted: readonly TrustedKey[]
  /** By size. */
  readonly #known: readonly KnownTree[]
  /** Index in `#known` of the first tree not yet reached. */
  #ahead = 0
  readonly #onRecord: OnRecord | undefined
  readonly #findings = new Findings()
  readonly #protocol = new ProtocolCheck(this.#findings)
  readonly #reading = new LeafReading()
  #roots: RootCheck
  #size: number
  #checkpoints = 0
  #signedSize = -1
  #markFits = false

  constructor(segment: SegmentView, trusted: readonly TrustedKey[], known: readonly KnownTree[], onRecord?: OnRecord) {
    this.#segment = segment
    this.#trusted = trusted
    this.#known = [...known, ...markedTree(segment)].toSorted((a, b) => a.size - b.size)
    this.#onRecord = onRecord
    this.#size = segment.first
    this.#roots = new RootCheck(this.#findings, new VerifierTree(), () => undefined)
  }

  /** @param onPage called and awaited after every page, with the records read so far */
  async run(onPage: (records: number) => Promise<void> | void): Promise<SegmentResult> {
    const segment = this.#segment
    const own = VerifierTree.from(segment.first, segment.range)
    const nodes = new NodeCheck(segment.allNodes())
    this.#roots = new RootCheck(this.#findings, own ?? new VerifierTree(), nodes.see)
    if (own === undefined) this.#roots.lose()
    const beginRoot = own?.root()
    addWrongSize(
      this.#findings,
      segment.hasWrongSize(),
      segment.first,
      `the segment file from record ${segment.first} on`,
    )
    const next = await this.#read(onPage)
    if (this.#findings.count === 0) {
      nodes.finish(this.#findings)
      this.#requireMark()
    }
    const closed = segment.sealedAt() === undefined && segment.mark()?.closed === true
    return {
      first: segment.first,
      beginRoot,
      size: this.#size,
      next,
      endRoot: this.#roots.knows(next) ? this.#roots.tree.root() : undefined,
      problems: this.#findings.problems,
      problemCount: this.#findings.count,
      protocol: this.#protocol.result(),
      checkpoints: this.#checkpoints,
      signedSize: this.#signedSize,
      complete: closed || segment.sealedAt() !== undefined,
      closed,
      settledBelow: segment.mark()?.settledBelow ?? 0,
      unsignedMs: this.#unsignedMs(),
    }
  }

  async #read(onPage: (records: number) => Promise<void> | void): Promise<number> {
    const segment = this.#segment
    const heads = new Cursor<Head>((above) => segment.heads(above, PAGE))
    const checkpoints = new Cursor<Note>((above) => segment.checkpoints(above, PAGE))
    const lastHead = segment.lastHead()
    const limit = Math.max(lastHead?.size ?? segment.first, segment.end())
    const order = new OrderCheck(this.#findings, segment.first)
    this.#requireNoneBelow()
    let nextKnown = this.#compare(segment.first, heads, checkpoints)
    for (let from = segment.first, rows = PAGE; rows === PAGE; from = this.#size) {
      const page = segment.page(from, PAGE)
      rows = page.rows
      const walk = new PageWalk(page)
      while (walk.next()) {
        this.#leaf(walk, order, limit)
        if (walk.row + 1 >= nextKnown) nextKnown = this.#compare(walk.row + 1, heads, checkpoints)
      }
      await onPage(this.#size - segment.first)
    }
    let covered = lastHead?.size ?? segment.first
    if (order.next > covered)
      this.#findings.add('leaf_extra', covered, `no commit covers ${recordsFrom(covered, order.next)}`)
    for (const { size, note } of checkpoints.rest()) {
      this.#checkpoint(size, note)
      covered = Math.max(covered, size)
    }
    order.finish()
    this.#roots.finish()
    if (order.next < covered) {
      const says = `${recordsFrom(order.next, covered)} are gone from the end of a segment`
      this.#findings.add('truncated', order.next, says)
    }
    return lastHead === undefined ? Math.max(this.#size, covered) : covered
  }

  #requireMark(): void {
    const mark = this.#segment.mark()
    if (mark === undefined || (this.#markFits && mark.settledBelow <= mark.size)) return
    const says = this.#markFits
      ? `the mark at which a start begins speaks of records up to ${mark.settledBelow}, and of ${mark.size}`
      : `the mark at which a start begins speaks of another tree of ${mark.size} records`
    this.#findings.add('mark_altered', mark.size, says)
  }

  #requireNoneBelow(): void {
    const lowest = this.#segment.lowest()
    if (lowest !== undefined && lowest < this.#segment.first)
      this.#findings.add(
        'leaf_extra',
        lowest,
        `record ${lowest} stands in the segment that begins at ${this.#segment.first}`,
      )
  }

  #leaf(walk: PageWalk, order: OrderCheck, limit: number): void {
    const { row, bytes, leafAt, leafEnd, stored } = walk
    const own = walk.ownHash()
    if (row !== this.#size) this.#roots.lose()
    this.#roots.add(row, stored, own)
    this.#size = row + 1
    const refused = this.#reading.read(bytes, leafAt, leafEnd)
    if (refused === undefined) {
      order.see(row, own === stored ? this.#reading.seq : row, limit)
      this.#protocol.see(row, this.#reading)
      this.#onRecord?.(row, this.#reading)
      return
    }
    order.see(row, row, limit)
    if (own === stored) this.#findings.add('leaf_malformed', row, `record ${row} is not a leaf: ${refused}`)
  }

  /** Compares the tree of `size` leaves with every known root of that size; returns the next size with a known root. */
  #compare(size: number, heads: Cursor<Head>, checkpoints: Cursor<Note>): number {
    for (let head = heads.upTo(size); head !== undefined; head = heads.upTo(size))
      this.#roots.head(head.size, hashOf(head.root))
    for (let row = checkpoints.upTo(size); row !== undefined; row = checkpoints.upTo(size))
      this.#checkpoint(row.size, row.note)
    const next = Math.min(heads.nextSize, checkpoints.nextSize)
    for (; this.#ahead < this.#known.length; this.#ahead++) {
      const known = this.#known[this.#ahead]!
      if (known.size > size) return Math.min(next, known.size)
      if (known.size < size || !this.#roots.knows(size)) continue
      const fits = this.#roots.tree.root() === known.root
      if (known.by === 'mark') this.#markFits = fits
      if (fits || known.by === 'mark') continue
      const [name, what] = MISMATCHES[known.by]
      this.#findings.add(name, size, `${what} of ${size} records speaks of other records`)
    }
    return next
  }

  #checkpoint(size: number, note: string): void {
    const opened = openCheckpoint(note, this.#trusted)
    const which = `the checkpoint of ${size} records`
    if (opened.state === 'invalid') this.#findings.add('checkpoint_signature', size, `${which}: ${opened.why}`)
    else if (opened.state === 'unknown_key')
      this.#findings.add('checkpoint_key_unknown', size, `${which} is signed by no trusted key`)
    else {
      this.#checkpoints++
      if (opened.size !== size)
        this.#findings.add(
          'checkpoint_mismatch',
          size,
          `the checkpoint kept for ${size} records speaks of ${opened.size}`,
        )
      else if (this.#roots.checkpoint(size, hashOf(opened.root))) this.#signedSize = Math.max(this.#signedSize, size)
    }
  }

  /**
   * Time from the first commit that no checkpoint covers to the last, without the longest step: the clock may have jumped.
   */
  #unsignedMs(): number {
    let above = Math.max(this.#signedSize, this.#segment.first)
    let last: number | undefined
    let sum = 0
    let longest = 0
    for (let heads = this.#segment.heads(above, PAGE); heads.length > 0; heads = this.#segment.heads(above, PAGE)) {
      for (const { size, time } of heads) {
        const step = Math.abs(time - (last ?? time))
        sum += step
        longest = Math.max(longest, step)
        last = time
        above = size
      }
    }
    return sum - longest
  }
}
