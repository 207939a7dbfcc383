/**
 * Builds proofs from C2SP tlog-tiles of any source. Tiles are untrusted: a proof counts only after `proof.ts` has checked
 * it against a signed root.
 */
import { joined } from './tree.ts'

const TILE_LEVELS = 8
const TILE_WIDTH = 256
const HASH_BYTES = 32
/** Tiles cached: 8 KB each. */
const MOST_TILES = 256

export interface TileSource {
  /**
   * `width` hashes of the tile level from `index * 256` on, end to end. Rejects if unavailable. The result is checked by
   * the caller.
   */
  tile(level: number, index: number, width: number): Promise<Uint8Array>
}

/** A tile is unavailable or malformed. */
export class TileMissing extends Error {
  constructor(level: number, index: number, why: string) {
    super(`tile ${level}/${index}: ${why}`)
    this.name = 'TileMissing'
  }
}

/** The tree of `size` leaves, read from its tiles. */
export class TileTree {
  readonly #source: TileSource
  readonly #size: number
  readonly #tiles = new Map<string, readonly string[]>()

  constructor(source: TileSource, size: number) {
    this.#source = source
    this.#size = size
  }

  /** Hash of leaf `index`. */
  leaf(index: number): Promise<string> {
    return this.#node(0, index)
  }

  /** Sibling hashes of leaf `index`, from the leaf up: RFC 6962, 2.1.1. */
  async inclusion(index: number): Promise<readonly string[]> {
    const path: string[] = []
    let from = 0
    let to = this.#size
    while (to - from > 1) {
      const split = from + largestPowerBelow(to - from)
      if (index < split) {
        path.unshift(await this.#range(split, to))
        to = split
      } else {
        path.unshift(await this.#range(from, split))
        from = split
      }
    }
    return path
  }

  /** Proves that this tree extends the one of `old` leaves: RFC 6962, 2.1.2. Empty for 0 and for equal sizes. */
  async consistency(old: number): Promise<readonly string[]> {
    if (old === 0 || old === this.#size) return []
    const path: string[] = []
    let from = 0
    let to = this.#size
    let whole = true
    while (old !== to) {
      const split = from + largestPowerBelow(to - from)
      if (old <= split) {
        path.unshift(await this.#range(split, to))
        to = split
      } else {
        path.unshift(await this.#range(from, split))
        from = split
        whole = false
      }
    }
    return whole ? path : [await this.#range(from, to), ...path]
  }

  async #range(from: number, to: number): Promise<string> {
    const width = 2 ** Math.floor(Math.log2(to - from))
    if (width === to - from && from % width === 0) return this.#node(Math.log2(width), from / width)
    const split = from + (width === to - from ? width / 2 : width)
    return joined(await this.#range(from, split), await this.#range(split, to))
  }

  async #node(level: number, index: number): Promise<string> {
    const tileLevel = Math.floor(level / TILE_LEVELS)
    const within = level % TILE_LEVELS
    const first = index * 2 ** within
    const tile = await this.#tile(tileLevel, Math.floor(first / TILE_WIDTH))
    let row = tile.slice(first % TILE_WIDTH, (first % TILE_WIDTH) + 2 ** within)
    if (row.length !== 2 ** within) throw new TileMissing(tileLevel, Math.floor(first / TILE_WIDTH), 'is too narrow')
    while (row.length > 1) row = Array.from({ length: row.length / 2 }, (_, i) => joined(row[2 * i]!, row[2 * i + 1]!))
    return row[0]!
  }

  async #tile(level: number, index: number): Promise<readonly string[]> {
    const key = `${level} ${index}`
    const known = this.#tiles.get(key)
    if (known !== undefined) return known
    const width = Math.min(TILE_WIDTH, Math.floor(this.#size / TILE_WIDTH ** level) - index * TILE_WIDTH)
    const bytes = Buffer.from(await this.#source.tile(level, index, width))
    if (bytes.length !== width * HASH_BYTES) throw new TileMissing(level, index, `has ${bytes.length} bytes`)
    const hashes = Array.from({ length: width }, (_, i) =>
      bytes.toString('latin1', i * HASH_BYTES, (i + 1) * HASH_BYTES),
    )
    if (this.#tiles.size >= MOST_TILES) this.#tiles.clear()
    this.#tiles.set(key, hashes)
    return hashes
  }
}

function largestPowerBelow(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1))
}
