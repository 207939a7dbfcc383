/** Walks the rows of a `LeafPage`. Fields are valid until the next `next`. */
import type { LeafPage } from './ports.ts'
import { leafHashIn } from './tree.ts'

const HEAD_BYTES = 32
const HASH_BYTES = 32

export class PageWalk {
  /** The row's number in the database; the leaf may hold another. */
  row = 0
  leafAt = 0
  leafEnd = 0
  /** The stored hash; empty if it has the wrong length. */
  stored = ''
  readonly bytes: Buffer
  #next = 0

  constructor({ bytes }: LeafPage) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  next(): boolean {
    const { bytes } = this
    const at = this.#next
    if (at === bytes.length) return false
    this.row = hexIn(bytes, at, 16)
    this.leafAt = at + HEAD_BYTES
    this.leafEnd = this.leafAt + hexIn(bytes, at + 16, 8)
    const hashBytes = hexIn(bytes, at + 24, 8)
    this.#next = this.leafEnd + hashBytes
    if (this.#next > bytes.length) throw new RangeError('a page of leaves ends before its last row')
    this.stored = hashBytes === HASH_BYTES ? bytes.toString('latin1', this.leafEnd, this.#next) : ''
    // The row's head has been read, so the byte before the leaf can take the RFC 6962 prefix.
    bytes[this.leafAt - 1] = 0
    return true
  }

  ownHash(): string {
    return leafHashIn(this.bytes, this.leafAt, this.leafEnd)
  }
}

function hexIn(bytes: Buffer, at: number, digits: number): number {
  let value = 0
  for (let i = at; i < at + digits; i++) {
    const code = bytes[i]!
    value = value * 16 + (code <= 57 ? code - 48 : code - 87)
  }
  return value
}
