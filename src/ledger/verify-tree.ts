/** The verifier's own RFC 6962 tree: a stack of complete subtrees. It shares nothing with the writer's. */
import { hash } from 'node:crypto'

interface Subtree {
  readonly leaves: number
  readonly root: Buffer
}

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

export class VerifierTree {
  readonly #stack: Subtree[]
  #size = 0

  constructor(stack: readonly Subtree[] = []) {
    this.#stack = [...stack]
    for (const { leaves } of stack) this.#size += leaves
  }

  /** Of the subtree roots of a tree of `size` leaves, largest first, end to end; undefined where they do not fit. */
  static from(size: number, roots: Uint8Array): VerifierTree | undefined {
    const stack: Subtree[] = []
    let at = 0
    for (let rest = size; rest > 0; at += 32) {
      const leaves = 2 ** Math.floor(Math.log2(rest))
      if (at + 32 > roots.length) return undefined
      stack.push({ leaves, root: Buffer.from(roots.subarray(at, at + 32)) })
      rest -= leaves
    }
    return at === roots.length ? new VerifierTree(stack) : undefined
  }

  get size(): number {
    return this.#size
  }

  /** MTH({d(0)}) = SHA-256(0x00 || d(0)). */
  static leafHash(leaf: Uint8Array): Buffer {
    const bytes = Buffer.allocUnsafe(1 + leaf.length)
    bytes[0] = 0
    bytes.set(leaf, 1)
    return sha256(bytes)
  }

  add(leafHash: Uint8Array): void {
    let top: Subtree = { leaves: 1, root: Buffer.from(leafHash) }
    for (let left = this.#stack.at(-1); left?.leaves === top.leaves; left = this.#stack.at(-1)) {
      this.#stack.pop()
      top = { leaves: 2 * top.leaves, root: node(left.root, top.root) }
    }
    this.#stack.push(top)
    this.#size++
  }

  root(): Buffer {
    const root = this.#stack.reduceRight<Buffer | undefined>(
      (right, left) => (right === undefined ? left.root : node(left.root, right)),
      undefined,
    )
    return root ?? sha256(new Uint8Array(0))
  }

  copy(): VerifierTree {
    return new VerifierTree(this.#stack)
  }
}

/** MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n])). */
function node(left: Buffer, right: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(65)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 33)
  return sha256(bytes)
}
