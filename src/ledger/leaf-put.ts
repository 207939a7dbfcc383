/**
 * Writes primitive values, big-endian. Each function returns the offset after its value. A write past the end of `into`
 * is dropped but counted: a returned offset beyond `into.length` means that the buffer is too small.
 */
import { LeafError } from './leaf-error.ts'
import { MAX_LONG_TEXT_BYTES, MAX_TEXT_BYTES, MAX_U48 } from './leaf-layout.ts'

export function putByte(into: Uint8Array, at: number, value: number, field: string): number {
  if (!(value >= 0 && value <= 255 && Number.isInteger(value))) throw new LeafError('out_of_range', field)
  into[at] = value
  return at + 1
}

export function putU16(into: Uint8Array, at: number, value: number, field: string): number {
  if (!(value >= 0 && value <= 0xffff && Number.isInteger(value))) throw new LeafError('out_of_range', field)
  into[at] = value >>> 8
  into[at + 1] = value
  return at + 2
}

export function putU32(into: Uint8Array, at: number, value: number, field: string): number {
  if (!(value >= 0 && value <= 0xffff_ffff && Number.isInteger(value))) throw new LeafError('out_of_range', field)
  into[at] = value >>> 24
  into[at + 1] = value >>> 16
  into[at + 2] = value >>> 8
  into[at + 3] = value
  return at + 4
}

export function putU48(into: Uint8Array, at: number, value: number, field: string): number {
  if (!(value >= 0 && value <= MAX_U48 && Number.isInteger(value))) throw new LeafError('out_of_range', field)
  return putU32(into, putU16(into, at, Math.floor(value / 0x1_0000_0000), field), value >>> 0, field)
}

/** Eight bytes, IEEE 754. Negative zero becomes zero; only finite numbers. */
export function putF64(into: Uint8Array, at: number, value: number, field: string): number {
  if (!Number.isFinite(value)) throw new LeafError('out_of_range', field)
  const bytes = new DataView(new ArrayBuffer(8))
  bytes.setFloat64(0, value === 0 ? 0 : value)
  for (let i = 0; i < 8; i++) into[at + i] = bytes.getUint8(i)
  return at + 8
}

/** One byte of length, then UTF-8. */
export function putText(into: Uint8Array, at: number, text: string, field: string): number {
  const end = putUtf8(into, at + 1, text, MAX_TEXT_BYTES, field)
  into[at] = end - at - 1
  return end
}

/** Two bytes of length, then UTF-8. */
export function putLongText(into: Uint8Array, at: number, text: string, field: string): number {
  const end = putUtf8(into, at + 2, text, MAX_LONG_TEXT_BYTES, field)
  putU16(into, at, end - at - 2, field)
  return end
}

function putUtf8(into: Uint8Array, at: number, text: string, maxBytes: number, field: string): number {
  const length = text.length
  if (length > maxBytes) throw new LeafError('too_long', field)
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) return putUnicode(into, at, text, maxBytes, field)
    into[at + i] = code
  }
  return at + length
}

function putUnicode(into: Uint8Array, at: number, text: string, maxBytes: number, field: string): number {
  const bytes = utf8Of(text, field)
  if (bytes.length > maxBytes) throw new LeafError('too_long', field)
  return putBytes(into, at, bytes)
}

/** Throws on a lone surrogate. */
export function utf8Of(text: string, field: string): Buffer {
  if (!text.isWellFormed()) throw new LeafError('not_text', field)
  return Buffer.from(text, 'utf8')
}

function putBytes(into: Uint8Array, at: number, bytes: Uint8Array): number {
  if (at + bytes.length <= into.length) into.set(bytes, at)
  return at + bytes.length
}

/** Exactly `count` bytes from lower-case hex digits. */
export function putHex(into: Uint8Array, at: number, hex: string, count: number, field: string): number {
  if (hex.length !== count * 2) throw new LeafError('out_of_range', field)
  for (let i = 0; i < count; i++) {
    into[at + i] = (digit(hex.charCodeAt(2 * i), field) << 4) | digit(hex.charCodeAt(2 * i + 1), field)
  }
  return at + count
}

/** Sixteen bytes from `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`, lower case. */
export function putUuid(into: Uint8Array, at: number, uuid: string, field: string): number {
  if (uuid.length !== 36) throw new LeafError('out_of_range', field)
  let from = 0
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) {
      if (uuid.charCodeAt(from++) !== 45) throw new LeafError('out_of_range', field)
    }
    into[at + i] = (digit(uuid.charCodeAt(from), field) << 4) | digit(uuid.charCodeAt(from + 1), field)
    from += 2
  }
  return at + 16
}

function digit(code: number, field: string): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 97 && code <= 102) return code - 87
  throw new LeafError('out_of_range', field)
}
