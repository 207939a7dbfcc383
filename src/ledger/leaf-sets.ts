/** A leaf's sets and lists: purposes, countries, facts. Each has one order and so one encoding. */
import type { Purpose } from '../model/contract.ts'
import { LeafError } from './leaf-error.ts'
import { putByte, putF64, putLongText, putText, putU16, utf8Of } from './leaf-put.ts'
import type { LeafReader } from './leaf-take.ts'
import { PURPOSE_NUMBERS, wordsOf } from './numbers.ts'

const PURPOSES = wordsOf(PURPOSE_NUMBERS)
const FACT_TEXT = 1
const FACT_NUMBER = 2

export type Facts = Readonly<Record<string, string | number>>

/** Two bytes, a bit for each purpose. */
export function putPurposes(into: Uint8Array, at: number, purposes: readonly Purpose[]): number {
  let bits = 0
  for (const purpose of purposes) {
    const bit = PURPOSE_NUMBERS[purpose] as number | undefined
    if (bit === undefined) throw new LeafError('number_unknown', 'purposes')
    bits |= 1 << bit
  }
  return putU16(into, at, bits, 'purposes')
}

/** In the order of their numbers. */
export function takePurposes(from: LeafReader): readonly Purpose[] {
  const bits = from.u16('purposes')
  const purposes = PURPOSES.filter(
    (purpose, bit): purpose is Purpose => purpose !== undefined && (bits & (1 << bit)) !== 0,
  )
  if (bits >> PURPOSES.length !== 0) throw new LeafError('number_unknown', 'purposes')
  return purposes
}

/** One byte of count, then two capital letters each, ascending, none twice. */
export function putCountries(into: Uint8Array, at: number, countries: readonly string[]): number {
  const sorted = isAscending(countries) ? countries : [...new Set(countries)].sort()
  if (sorted.length > 255) throw new LeafError('too_long', 'countries')
  into[at] = sorted.length
  let to = at + 1
  for (const country of sorted) {
    const first = country.charCodeAt(0)
    const second = country.charCodeAt(1)
    if (country.length !== 2 || !isCapital(first) || !isCapital(second))
      throw new LeafError('out_of_range', 'countries')
    into[to] = first
    into[to + 1] = second
    to += 2
  }
  return to
}

export function takeCountries(from: LeafReader): readonly string[] {
  const countries: string[] = []
  for (let left = from.byte('countries'); left > 0; left--) {
    const first = from.byte('countries')
    const second = from.byte('countries')
    if (!isCapital(first) || !isCapital(second)) throw new LeafError('out_of_range', 'countries')
    countries.push(String.fromCharCode(first, second))
  }
  if (!isAscending(countries)) throw new LeafError('not_canonical', 'countries')
  return countries
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90
}

function isAscending(texts: readonly string[]): boolean {
  for (let i = 1; i < texts.length; i++) if (texts[i - 1]! >= texts[i]!) return false
  return true
}

/** One byte of count, then name, type and value each, ascending by the bytes of the name. */
export function putFacts(into: Uint8Array, at: number, facts: Facts): number {
  const named = Object.entries(facts).map(([name, value]) => ({ name, value, bytes: utf8Of(name, 'facts') }))
  if (named.length > 255) throw new LeafError('too_long', 'facts')
  named.sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  into[at] = named.length
  let to = at + 1
  for (const { name, value } of named) {
    to = putText(into, to, name, 'facts')
    to =
      typeof value === 'number'
        ? putNumber(into, to, value)
        : putLongText(into, putByte(into, to, FACT_TEXT, 'facts'), value, 'facts')
  }
  return to
}

function putNumber(into: Uint8Array, at: number, value: number): number {
  return putF64(into, putByte(into, at, FACT_NUMBER, 'facts'), value, 'facts')
}

export function takeFacts(from: LeafReader): Facts {
  const facts: [string, string | number][] = []
  let previous: Buffer | undefined
  for (let left = from.byte('facts'); left > 0; left--) {
    const name = from.text('facts')
    const bytes = Buffer.from(name, 'utf8')
    if (previous !== undefined && Buffer.compare(previous, bytes) >= 0) throw new LeafError('not_canonical', 'facts')
    previous = bytes
    facts.push([name, takeFact(from)])
  }
  return Object.fromEntries(facts)
}

function takeFact(from: LeafReader): string | number {
  const type = from.byte('facts')
  if (type === FACT_NUMBER) return from.f64('facts')
  if (type !== FACT_TEXT) throw new LeafError('number_unknown', 'facts')
  return from.longText('facts')
}
