/** Hashes of the ledger's tree, read from wherever they are kept: leaves, upper levels of tiles, what pruning left. */
import type { KeptHashes, LedgerFiles, Segment } from './store.ts'
import { joinHashes } from './tree.ts'

const TILE_LEVELS = 8
const TILE_WIDTH = 256
/** Sealed segments kept open. */
const MOST_OPEN = 16

/** What was asked for lies below the lowest record that is still kept. */
export class Pruned extends RangeError {
  constructor(below: number) {
    super(`records below ${below} are no longer kept`)
    this.name = 'Pruned'
  }
}

/** Segments opened for reading. Those that still grow are opened anew after every `release`. */
export class SegmentPool {
  readonly #files: LedgerFiles
  readonly #open = new Map<number, { readonly segment: Segment; readonly sealed: boolean }>()
  #firsts: readonly number[] = []

  constructor(files: LedgerFiles) {
    this.#files = files
    this.#firsts = files.segments()
  }

  get firsts(): readonly number[] {
    return this.#firsts
  }

  segment(first: number): Segment {
    const known = this.#open.get(first)
    if (known !== undefined) return known.segment
    const segment = this.#files.read(first)
    this.#open.set(first, { segment, sealed: segment.sealedAt() !== undefined })
    if (this.#open.size > MOST_OPEN) {
      const oldest = [...this.#open.keys()].find((other) => other !== first)
      if (oldest !== undefined) this.#close(oldest)
    }
    return segment
  }

  /** The segment that holds record `seq`; undefined below the lowest. */
  of(seq: number): Segment | undefined {
    let low = 0
    let high = this.#firsts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#firsts[middle]! <= seq) low = middle + 1
      else high = middle
    }
    const first = this.#firsts[low - 1]
    return first === undefined ? undefined : this.segment(first)
  }

  /** Lets go of every view that may be old, and of segments that are gone. */
  release(): void {
    this.#firsts = this.#files.segments()
    const there = new Set(this.#firsts)
    for (const [first, { sealed }] of [...this.#open]) if (!sealed || !there.has(first)) this.#close(first)
  }

  close(): void {
    for (const first of [...this.#open.keys()]) this.#close(first)
  }

  #close(first: number): void {
    this.#open.get(first)?.segment.close()
    this.#open.delete(first)
  }
}

export class TreeHashes {
  readonly #pool: SegmentPool
  readonly #kept: KeptHashes

  constructor(pool: SegmentPool, kept: KeptHashes) {
    this.#pool = pool
    this.#kept = kept
  }

  /** Root of the complete subtree of leaves `index * 2^level` to `(index + 1) * 2^level`. Throws `Pruned`. */
  node(level: number, index: number): Uint8Array {
    const found = level % TILE_LEVELS === 0 ? this.#stored(level, index) : this.#kept.root(level, index)
    if (found !== undefined) return found
    if (level === 0) throw new Pruned(this.#kept.floor())
    return joinHashes(this.node(level - 1, 2 * index), this.node(level - 1, 2 * index + 1))
  }

  /** RFC 6962's MTH(D[from:to]). */
  range(from: number, to: number): Uint8Array {
    const level = Math.floor(Math.log2(to - from))
    const width = 2 ** level
    if (to - from === width && from % width === 0) return this.node(level, from / width)
    const split = from + (to - from === width ? width / 2 : width)
    return joinHashes(this.range(from, split), this.range(split, to))
  }

  /** Hashes `index * 256` and on of a tile level, `width` of them, end to end. */
  tile(tileLevel: number, index: number, width: number): Buffer {
    const level = tileLevel * TILE_LEVELS
    return Buffer.concat(Array.from({ length: width }, (_, i) => this.node(level, index * TILE_WIDTH + i)))
  }

  #stored(level: number, index: number): Uint8Array | undefined {
    const last = (index + 1) * 2 ** level - 1
    const segment = last < this.#kept.floor() ? undefined : this.#pool.of(last)
    const found = level === 0 ? segment?.leafHash(last) : segment?.node(level, index)
    return found ?? this.#kept.root(level, index) ?? this.#kept.node(level, index)
  }
}
