/** Reads primitive values from a leaf, front to back, and rejects non-canonical ones. */
import { LeafError } from './leaf-error.ts'
import { bufferOf, MAX_LONG_TEXT_BYTES } from './leaf-layout.ts'

/** Refuses ill-formed, over-long and surrogate encodings; keeps a byte order mark as the character it is. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class LeafReader {
  readonly #bytes: Buffer
  #at = 0
  constructor(leaf: Uint8Array) {
    this.#bytes = bufferOf(leaf)
  }

  byte(field: string): number {
    return this.#bytes[this.#advance(1, field)]!
  }
  u16(field: string): number {
    const at = this.#advance(2, field)
    return (this.#bytes[at]! << 8) | this.#bytes[at + 1]!
  }
  u32(field: string): number {
    const at = this.#advance(4, field)
    const b = this.#bytes
    return b[at]! * 0x100_0000 + ((b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!)
  }
  u48(field: string): number {
    return this.u16(field) * 0x1_0000_0000 + this.u32(field)
  }
  f64(field: string): number {
    const value = this.#bytes.readDoubleBE(this.#advance(8, field))
    if (!Number.isFinite(value)) throw new LeafError('out_of_range', field)
    if (Object.is(value, -0)) throw new LeafError('not_canonical', field)
    return value
  }
  text(field: string): string {
    return this.#text(this.byte(field), field)
  }
  longText(field: string): string {
    const length = this.u16(field)
    if (length > MAX_LONG_TEXT_BYTES) throw new LeafError('too_long', field)
    return this.#text(length, field)
  }
  hex(count: number, field: string): string {
    const at = this.#advance(count, field)
    return this.#bytes.toString('hex', at, at + count)
  }
  uuid(field: string): string {
    const hex = this.hex(16, field)
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
  bytes(count: number, field: string): Uint8Array {
    const at = this.#advance(count, field)
    return this.#bytes.subarray(at, at + count)
  }
  end(): void {
    if (this.#at !== this.#bytes.length) throw new LeafError('trailing_bytes', 'record')
  }

  #text(length: number, field: string): string {
    const at = this.#advance(length, field)
    for (let i = at; i < at + length; i++) {
      if (this.#bytes[i]! >= 0x80) return this.#unicode(at, at + length, field)
    }
    return this.#bytes.toString('latin1', at, at + length)
  }

  #unicode(from: number, to: number, field: string): string {
    try {
      return UTF8.decode(this.#bytes.subarray(from, to))
    } catch {
      throw new LeafError('not_text', field)
    }
  }
  #advance(count: number, field: string): number {
    const at = this.#at
    if (at + count > this.#bytes.length) throw new LeafError('cut_short', field)
    this.#at = at + count
    return at
  }
}
