/** Reads hashes of the ledger's tree from leaves, from stored upper tile levels, and from what pruning kept. */
import type { SegmentPool } from './segment-pool.ts'
import type { KeptHashes } from './store.ts'
import { joinHashes } from './tree.ts'

const TILE_LEVELS = 8
const TILE_WIDTH = 256

/** The requested hash lies below the lowest kept record. */
export class Pruned extends RangeError {
  constructor(below: number) {
    super(`records below ${below} are no longer kept`)
    this.name = 'Pruned'
  }
}

export class TreeHashes {
  readonly #pool: SegmentPool
  readonly #kept: KeptHashes

  constructor(pool: SegmentPool, kept: KeptHashes) {
    this.#pool = pool
    this.#kept = kept
  }

  /** Root of the complete subtree over leaves `index * 2^level` to `(index + 1) * 2^level`. Throws `Pruned`. */
  node(level: number, index: number): Uint8Array {
    const found = level % TILE_LEVELS === 0 ? this.#stored(level, index) : this.#kept.root(level, index)
    if (found !== undefined) return found
    if (level === 0) throw new Pruned(this.#kept.floor())
    return joinHashes(this.node(level - 1, 2 * index), this.node(level - 1, 2 * index + 1))
  }

  /** RFC 6962's MTH(D[from:to]), of at least one leaf. Throws `Pruned`. */
  range(from: number, to: number): Uint8Array {
    const level = Math.floor(Math.log2(to - from))
    const width = 2 ** level
    if (to - from === width && from % width === 0) return this.node(level, from / width)
    const split = from + (to - from === width ? width / 2 : width)
    return joinHashes(this.range(from, split), this.range(split, to))
  }

  /** `width` hashes of a tile level from `index * 256` on, end to end. Throws `Pruned`. */
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
