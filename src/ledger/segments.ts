/** The segments as one row of leaves: the one that takes new leaves, and those that are only read. */
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

  /** Opens the newest segment, if there is one, for writing. */
  constructor(store: LedgerStore) {
    this.#store = store
    this.#firsts = [...store.segments()]
    const newest = this.#firsts.at(-1)
    this.#active = newest === undefined ? undefined : store.open(newest)
  }

  /** Undefined before the first segment, and between two of them. */
  get active(): WritableSegment | undefined {
    return this.#active
  }

  /** Closes the active segment, which must be sealed, and begins the next. */
  begin(tree: CompactRange, now: EpochMs): WritableSegment | 'disk_full' {
    this.#active?.close()
    this.#active = undefined
    const created = this.#store.create(tree.size, tree.toBytes(), now)
    if (created === 'disk_full') return created
    this.#firsts.push(created.first)
    this.#active = created
    return created
  }

  /** Segments from the newest to the oldest. Each is only good until the next one is asked for. */
  *newestFirst(): Generator<Segment> {
    for (const first of this.#firsts.toReversed()) yield this.#segment(first)
  }

  /** At least one leaf from `seq` on, ascending, where the ledger has any. */
  page(seq: number, max = PAGE_LEAVES): readonly LeafRow[] {
    for (let i = this.#indexOf(seq); i < this.#firsts.length; i++) {
      const rows = this.#segment(this.#firsts[i]!).leaves(seq, max)
      if (rows.length > 0) return rows
    }
    return []
  }

  /** Nothing below is read any more; the files may go. */
  dropBelow(floor: number): void {
    while (this.#firsts.length > 1 && this.#firsts[1]! <= floor) this.#firsts.shift()
    if (this.#reading !== undefined && this.#reading.first < this.#firsts[0]!) {
      this.#reading.close()
      this.#reading = undefined
    }
  }

  /** Lets go of an older segment that was read last: who reads one holds up what is overwritten there. */
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
