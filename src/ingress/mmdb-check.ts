/**
 * Checks that a MaxMind-format database is complete: the reader decodes lazily and accepts a damaged file silently.
 * Walks the whole data section and checks every value's size and every pointer (MaxMind DB file format specification
 * 2.0, "Data Section"). Yields between chunks: city databases have 70 MB.
 */
import { setImmediate } from 'node:timers/promises'

const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const SEPARATOR_BYTES = 16
const CHUNK_BYTES = 512 * 1_024
const MAX_DEPTH = 32
const [EXTENDED, POINTER, STRING, DOUBLE, MAP, ARRAY, BOOLEAN, FLOAT] = [0, 1, 2, 3, 7, 11, 14, 15]
/** Maximum bytes of a number, by type. */
const NUMBER_BYTES: Readonly<Record<number, number>> = { 5: 2, 6: 4, 8: 4, 9: 8, 10: 16 }
const BYTES = 4

/** @param treeBytes size of the search tree, from the metadata. Throws with the reason if the file is damaged. */
export async function checkDatabase(file: Buffer, treeBytes: number): Promise<void> {
  const end = file.lastIndexOf(MARKER)
  const start = treeBytes + SEPARATOR_BYTES
  if (end < start) throw new Error('the search tree is larger than the file')
  if (file.subarray(treeBytes, start).some((byte) => byte !== 0))
    throw new Error('the search tree does not end where it should')
  const data = file.subarray(start, end)
  let offset = 0
  let pause = CHUNK_BYTES
  while (offset < data.length) {
    offset = skipValue(data, offset, 0)
    if (offset >= pause) {
      pause = offset + CHUNK_BYTES
      await setImmediate()
    }
  }
}

/** The offset after the value at `offset`. */
function skipValue(data: Buffer, offset: number, depth: number): number {
  if (depth > MAX_DEPTH) throw new Error('values are nested too deeply')
  const control = at(data, offset)
  let next = offset + 1
  let type = control >> 5
  if (type === POINTER) return skipPointer(data, control, next)
  if (type === EXTENDED) {
    type = at(data, next) + 7
    next += 1
  }
  let size = control & 31
  if (size >= 29) {
    const extra = size - 28
    const base = [29, 285, 65_821][extra - 1]!
    if (next + extra > data.length) throw new Error('a size is cut short')
    size = base + data.readUIntBE(next, extra)
    next += extra
  }
  switch (type) {
    case MAP:
    case ARRAY: {
      const values = type === MAP ? size * 2 : size
      for (let index = 0; index < values; index++) next = skipValue(data, next, depth + 1)
      return next
    }
    case BOOLEAN:
      if (size > 1) throw new Error('a boolean is neither 0 nor 1')
      return next
    case DOUBLE:
    case FLOAT:
      if (size !== (type === DOUBLE ? 8 : 4)) throw new Error('a number has the wrong size')
      break
    case STRING:
    case BYTES:
      break
    default:
      if (size > (NUMBER_BYTES[type] ?? -1)) throw new Error('a number has the wrong size, or a type is unknown')
  }
  if (next + size > data.length) throw new Error('a value is cut short')
  return next + size
}

function skipPointer(data: Buffer, control: number, next: number): number {
  const bytes = ((control >> 3) & 3) + 1
  if (next + bytes > data.length) throw new Error('a pointer is cut short')
  const written = data.readUIntBE(next, bytes)
  const high = bytes === 4 ? 0 : (control & 7) * 2 ** (8 * bytes)
  const base = [0, 2_048, 526_336, 0][bytes - 1]!
  if (high + written + base >= data.length) throw new Error('a pointer leads out of the file')
  return next + bytes
}

function at(data: Buffer, offset: number): number {
  const byte = data[offset]
  if (byte === undefined) throw new Error('a value is cut short')
  return byte
}
