/**
 * Lists of vendor ids in consent strings: a bit field, or ranges. TCF writes ranges as fixed 16-bit numbers, GPP in Fibonacci
 * codes. Nothing is expanded before its size is known to be bounded: ranges fill whole words; an id outside 1…maximum and a
 * list that names far more ids than can exist are malformed.
 */
import type { BitReader } from './bits.ts'
import { addRange, type IdSet, idSetOf } from './id-set.ts'

/** First and last id, inclusive. */
export type IdRange = readonly [first: number, last: number]

/** The largest 16-bit id. */
const MAX_ID = 65_535
/** Total ids that the ranges of one list may name, counting overlaps. */
const MAX_NAMED = 4 * MAX_ID

/** TCF: maximum id (16), one bit for the encoding, then a bit field or ranges. */
export function readVendorIds(bits: BitReader): IdSet {
  const max = bits.int(16)
  return bits.bool() ? fill(bits, max, readRanges(bits)) : idSetOf(bits.words(max))
}

/** GPP's OptimizedRange: as TCF's, with Fibonacci-coded ranges. */
export function readVendorIdsFibonacci(bits: BitReader): IdSet {
  const max = bits.int(16)
  return bits.bool() ? fill(bits, max, readRangesFibonacci(bits, max)) : idSetOf(bits.words(max))
}

/** Number of entries (12), each one bit for a range, then 16-bit ids. */
export function readRanges(bits: BitReader): IdRange[] {
  const count = bits.int(12)
  // An entry takes at least 17 bits: reject impossible counts.
  if (count * 17 > bits.left) bits.fail()
  const ranges: IdRange[] = []
  for (let index = 0; index < count && !bits.failed; index++) {
    const isGroup = bits.bool()
    const first = bits.int(16)
    ranges.push([first, isGroup ? bits.int(16) : first])
  }
  return checked(bits, ranges, MAX_ID)
}

/** The same with Fibonacci-coded offsets from the last id. */
export function readRangesFibonacci(bits: BitReader, max: number): IdRange[] {
  const count = bits.int(12)
  if (count * 3 > bits.left) bits.fail()
  const ranges: IdRange[] = []
  let last = 0
  for (let index = 0; index < count && !bits.failed; index++) {
    const isGroup = bits.bool()
    const first = last + bits.fibonacci()
    last = isGroup ? first + bits.fibonacci() : first
    ranges.push([first, last])
  }
  return checked(bits, ranges, max)
}

function checked(bits: BitReader, ranges: IdRange[], max: number): IdRange[] {
  let named = 0
  for (const [first, last] of ranges) {
    named += last - first + 1
    if (first < 1 || last < first || last > max || named > MAX_NAMED) bits.fail()
  }
  return bits.failed ? [] : ranges
}

function fill(bits: BitReader, max: number, ranges: readonly IdRange[]): IdSet {
  const words = new Uint32Array(Math.ceil(max / 32))
  for (const [first, last] of ranges) {
    if (last > max) bits.fail()
    else addRange(words, first, last)
  }
  return idSetOf(words)
}
