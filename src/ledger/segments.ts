/** The segments as one sequence of leaves: one active segment for writing, the others for reading. */
import type { EpochMs } from '../model/brand.ts'
import type { LeafRow, LedgerStore, Segment, WritableSegment } from './store.ts'
import type { CompactRange } from './tree.ts'

/** Leaves read at a time. */
const PAGE_LEAVES = 4_096

export class Segments {
  readonly #store: LedgerStore
  readonly #firsts: number[]
  #active: WritableSegment | undefined
  #reading: Segment | undefined

  /** Opens the newest segment, if any, for writing. */
  constructor(store: LedgerStore) {
    this.#store = store
    this.#firsts = [...store.segments()]
    const newest = this.#firsts.at(-1)
    this.#active = newest === undefined ? undefined : store.open(newest)
  }

  /** Undefined before the first segment and while switching to the next. */
  get active(): WritableSegment | undefined {
    return this.#active
  }

  /** Closes the active segment, which MUST be sealed, and begins the next. */
  begin(tree: CompactRange, now: EpochMs): WritableSegment | 'disk_full' {
    this.#active?.close()
    this.#active = undefined
    const created = this.#store.create(tree.size, tree.toBytes(), now)
    if (created === 'disk_full') return created
    this.#firsts.push(created.first)
    this.#active = created
    return created
  }

  /** Each yielded segment is valid only until the next one. */
  *newestFirst(): Generator<Segment> {
    for (const first of this.#firsts.toReversed()) yield this.#segment(first)
  }

  /** Leaves from `seq` on, ascending; at least one if any exists. */
  page(seq: number, max = PAGE_LEAVES): readonly LeafRow[] {
    for (let i = this.#indexOf(seq); i < this.#firsts.length; i++) {
      const rows = this.#segment(this.#firsts[i]!).leaves(seq, max)
      if (rows.length > 0) return rows
    }
    return []
  }

  /** Stops reading below `floor`: those files may be unlinked. */
  dropBelow(floor: number): void {
    while (this.#firsts.length > 1 && this.#firsts[1]! <= floor) this.#firsts.shift()
    if (this.#reading !== undefined && this.#reading.first < this.#firsts[0]!) {
      this.#reading.close()
      this.#reading = undefined
    }
  }

  /** Closes the older segment read last: an open reader blocks overwriting in it. */
  release(): void {
    this.#reading?.close()
    this.#reading = undefined
  }

  close(): void {
    this.#active?.close()
    this.#reading?.close()
    this.#active = undefined
    this.#reading = undefined
  }

  #indexOf(seq: number): number {
    const after = this.#firsts.findIndex((first) => first > seq)
    return Math.max(0, (after < 0 ? this.#firsts.length : after) - 1)
  }

  #segment(first: number): Segment {
    if (this.#active?.first === first) return this.#active
    if (this.#reading?.first === first) return this.#reading
    this.#reading?.close()
    this.#reading = undefined
    this.#reading = this.#store.read(first)
    return this.#reading
  }
}
