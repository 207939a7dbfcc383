/** RFC 6962 Merkle tree hashing, and the compact range: the state needed to append leaves. */
import { hash } from 'node:crypto'

const HASH_BYTES = 32
/** RFC 6962 section 2.1: the byte hashed before a leaf. */
export const LEAF_PREFIX = 0
const NODE_PREFIX = 1

/** Levels of the tree in one tile: 256 hashes side by side. */
const TILE_LEVELS = 8

/** The root of the complete subtree over leaves `index * 2^level` to `(index + 1) * 2^level`. */
export interface TreeNode {
  readonly level: number
  readonly index: number
  readonly hash: Uint8Array
}

/** Via a string: a digest Buffer has its own memory, whose allocation costs twice as much as the hash. */
const sha256 = (bytes: Uint8Array): Buffer => Buffer.from(hash('sha256', bytes, 'binary'), 'binary')

/** The hash of a leaf that already has `LEAF_PREFIX` before it. */
export function prefixedLeafHash(prefixed: Uint8Array): Buffer {
  return sha256(prefixed)
}

export function leafHash(leaf: Uint8Array): Buffer {
  const prefixed = Buffer.allocUnsafe(leaf.length + 1)
  prefixed[0] = LEAF_PREFIX
  prefixed.set(leaf, 1)
  return sha256(prefixed)
}

/** RFC 6962's node hash. */
export function joinHashes(left: Uint8Array, right: Uint8Array): Buffer {
  const node = Buffer.allocUnsafe(1 + 2 * HASH_BYTES)
  node[0] = NODE_PREFIX
  node.set(left, 1)
  node.set(right, 1 + HASH_BYTES)
  return sha256(node)
}

/**
 * The roots of the complete subtrees that make up a tree of `size` leaves, largest first: one for each 1 in the
 * binary of `size`, so 53 at most. Adding a leaf costs one node hash on average.
 */
export class CompactRange {
  readonly #hashes: Uint8Array[]
  readonly #node = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX)
  #size: number

  /** `bytes` come from `toBytes`. Throws `RangeError` if their length does not match `size`. */
  constructor(size = 0, bytes: Uint8Array = new Uint8Array(0)) {
    if (bytes.length !== onesIn(size) * HASH_BYTES)
      throw new RangeError('a compact range has one hash per 1 in its size')
    this.#size = size
    this.#hashes = []
    for (let at = 0; at < bytes.length; at += HASH_BYTES) this.#hashes.push(bytes.slice(at, at + HASH_BYTES))
  }

  get size(): number {
    return this.#size
  }

  /** Adds a leaf's hash. Upper tile nodes that it completes are added to `nodes`. */
  append(leaf: Uint8Array, nodes?: TreeNode[]): void {
    let node = leaf
    let level = 0
    let size = this.#size
    for (; size % 2 === 1; size = Math.floor(size / 2)) {
      node = this.#join(this.#hashes.pop()!, node)
      level++
      if (level % TILE_LEVELS === 0 && nodes !== undefined)
        nodes.push({ level, index: Math.floor(size / 2), hash: node })
    }
    this.#hashes.push(node)
    this.#size++
  }

  /** The tree's root: SHA-256 of nothing for the empty tree. */
  root(): Buffer {
    let root = this.#hashes.at(-1)
    if (root === undefined) return sha256(new Uint8Array(0))
    for (let i = this.#hashes.length - 2; i >= 0; i--) root = this.#join(this.#hashes[i]!, root)
    return Buffer.from(root)
  }

  toBytes(): Buffer {
    return Buffer.concat(this.#hashes)
  }

  /** An independent copy. */
  fork(): CompactRange {
    return new CompactRange(this.#size, this.toBytes())
  }

  #join(left: Uint8Array, right: Uint8Array): Buffer {
    this.#node.set(left, 1)
    this.#node.set(right, 1 + HASH_BYTES)
    return sha256(this.#node)
  }
}

function onesIn(size: number): number {
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}
