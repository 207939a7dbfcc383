/**
 * Field class → treatment, packed. Each class has half a byte by its number (class 1 is the high half of the first byte):
 * 0 = absent, otherwise 1 + level. The highest class present sets the length. The two prefix lengths of `ip` (v4, v6)
 * follow as two bytes, and its half-byte is 1.
 */
import { DROP, type FieldClass, ipBits, ipLevel, type Level, topOf } from '../model/field-class.ts'
import { LeafError } from './leaf-error.ts'
import type { LeafReader } from './leaf-take.ts'
import { CLASS_NUMBERS, wordsOf } from './numbers.ts'

const CLASSES = wordsOf(CLASS_NUMBERS)
const MAX_PACKED_BYTES = CLASSES.length >> 1
const TOPS: readonly Level[] = CLASSES.map((name) => (name === undefined ? DROP : topOf(name)))
const IP = CLASS_NUMBERS.ip
const FIELD = 'treatments'

export type Treatments = Readonly<Partial<Record<FieldClass, Level>>>

export function putTreatments(into: Uint8Array, at: number, treatments: Treatments): number {
  const start = at + 1
  for (let i = 0; i < MAX_PACKED_BYTES; i++) into[start + i] = 0
  let highest = 0
  let ip: Level | undefined
  for (const name in treatments) {
    const number = CLASS_NUMBERS[name as FieldClass] as number | undefined
    if (number === undefined) throw new LeafError('number_unknown', FIELD)
    const level = treatments[name as FieldClass]!
    if (number === IP) ip = requireIpLevel(level)
    else if (!(level >= 0 && level <= TOPS[number]! && Number.isInteger(level))) {
      throw new LeafError('out_of_range', FIELD)
    }
    const byte = start + ((number - 1) >> 1)
    const half = number === IP ? 1 : level + 1
    into[byte] = into[byte]! | (number & 1 ? half << 4 : half)
    if (number > highest) highest = number
  }
  const length = (highest + 1) >> 1
  into[at] = length
  if (ip === undefined) return start + length
  into[start + length] = ip >> 8
  into[start + length + 1] = ip & 255
  return start + length + 2
}

export function takeTreatments(from: LeafReader): Treatments {
  const packed = from.bytes(from.byte(FIELD), FIELD)
  if (packed.length > 0 && packed[packed.length - 1] === 0) throw new LeafError('not_canonical', FIELD)
  const treatments: Partial<Record<FieldClass, Level>> = {}
  for (let i = 0; i < packed.length; i++) {
    const byte = packed[i]!
    if (byte >> 4 !== 0) take(treatments, 2 * i + 1, byte >> 4, from)
    if ((byte & 15) !== 0) take(treatments, 2 * i + 2, byte & 15, from)
  }
  return treatments
}

function take(into: Partial<Record<FieldClass, Level>>, number: number, half: number, from: LeafReader): void {
  const name = CLASSES[number]
  if (name === undefined) throw new LeafError('number_unknown', FIELD)
  if (number === IP) {
    if (half !== 1) throw new LeafError('not_canonical', FIELD)
    into.ip = requireIpLevel(from.u16(FIELD))
  } else {
    if (half - 1 > TOPS[number]!) throw new LeafError('out_of_range', FIELD)
    into[name] = half - 1
  }
}

function requireIpLevel(level: Level): Level {
  const { v4, v6 } = ipBits(level)
  if (!(v4 >= 0 && v4 <= 32 && v6 <= 128 && ipLevel(v4, v6) === level)) throw new LeafError('out_of_range', FIELD)
  return level
}
