/** A set of small whole numbers, a bit each: a million of them take some 130 KB where they lie close together. */

const CHUNK_IDS = 32_768

export class IdSet {
  readonly #chunks = new Map<number, Uint32Array>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(id: number): void {
    const at = Math.floor(id / CHUNK_IDS)
    let chunk = this.#chunks.get(at)
    if (chunk === undefined) {
      chunk = new Uint32Array(CHUNK_IDS / 32)
      this.#chunks.set(at, chunk)
    }
    const bit = id % CHUNK_IDS
    const word = bit >> 5
    const mask = 1 << (bit & 31)
    if ((chunk[word]! & mask) !== 0) return
    chunk[word] = chunk[word]! | mask
    this.#size++
  }

  has(id: number): boolean {
    const bit = id % CHUNK_IDS
    const word = this.#chunks.get(Math.floor(id / CHUNK_IDS))?.[bit >> 5] ?? 0
    return (word & (1 << (bit & 31))) !== 0
  }

  /** Ascending within each chunk; chunks in the order in which they were first needed. */
  *[Symbol.iterator](): Generator<number> {
    for (const [at, chunk] of this.#chunks) {
      for (const [word, bits] of chunk.entries()) {
        for (let rest = bits >>> 0, bit = 0; rest !== 0; rest >>>= 1, bit++)
          if ((rest & 1) === 1) yield at * CHUNK_IDS + word * 32 + bit
      }
    }
  }
}
