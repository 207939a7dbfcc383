/**
 * The verifier's own RFC 6962 tree: a stack of complete subtrees. Shares no code with the writer's. A hash is a string of
 * 32 one-byte characters, which Node creates twice as fast as a buffer.
 */
import { hash } from 'node:crypto'

const HASH_BYTES = 32
/** MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])). */
const PAIR = Buffer.alloc(1 + 2 * HASH_BYTES, 1)

export function joined(left: string, right: string): string {
  PAIR.write(left, 1, 'latin1')
  PAIR.write(right, 1 + HASH_BYTES, 'latin1')
  return hash('sha256', PAIR, 'binary')
}

/** Hashes `bytes` from `at` to `end`; the byte before MUST be 0: MTH({d(0)}) = SHA-256(0x00 || d(0)). */
export function leafHashIn(bytes: Buffer, at: number, end: number): string {
  return hash('sha256', bytes.subarray(at - 1, end), 'binary')
}

export function hashOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** Called for every subtree of 256, 65,536, … leaves when it is complete. */
export type OnNode = (level: number, index: number, root: string) => void
const TILE_LEVELS = 8

export class VerifierTree {
  /** Roots of complete subtrees, largest first: one for each 1 bit in the size. */
  readonly #roots: string[]
  #size: number

  constructor(size = 0, roots: readonly string[] = []) {
    this.#size = size
    this.#roots = [...roots]
  }

  /** From the subtree roots of a tree of `size` leaves, largest first, end to end; undefined if they do not match. */
  static from(size: number, roots: Uint8Array): VerifierTree | undefined {
    const range = rangeOf(size, roots)
    if (!Number.isSafeInteger(size) || size < 0 || roots.length !== range.length * HASH_BYTES) return undefined
    return new VerifierTree(
      size,
      range.map(({ root }) => root),
    )
  }

  get size(): number {
    return this.#size
  }

  add(leafHash: string, onNode?: OnNode): void {
    let top = leafHash
    let level = 0
    for (let index = this.#size; index % 2 === 1; ) {
      top = joined(this.#roots.pop()!, top)
      index = (index - 1) / 2
      level++
      if (level % TILE_LEVELS === 0) onNode?.(level, index, top)
    }
    this.#roots.push(top)
    this.#size++
  }

  root(): string {
    let root = this.#roots.at(-1)
    if (root === undefined) return hash('sha256', new Uint8Array(0), 'binary')
    for (let i = this.#roots.length - 2; i >= 0; i--) root = joined(this.#roots[i]!, root)
    return root
  }

  copy(): VerifierTree {
    return new VerifierTree(this.#size, this.#roots)
  }
}

/** The complete subtrees of a tree of `size` leaves, largest first, with their roots from `roots`, end to end. */
export function rangeOf(
  size: number,
  roots: Uint8Array,
): readonly { readonly level: number; readonly index: number; readonly root: string }[] {
  const range: { level: number; index: number; root: string }[] = []
  for (let from = 0, level = 52; level >= 0 && from < size; level--) {
    const width = 2 ** level
    if (size - from < width) continue
    const at = range.length * HASH_BYTES
    range.push({ level, index: from / width, root: hashOf(roots.subarray(at, at + HASH_BYTES)) })
    from += width
  }
  return range
}
