import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readBits } from './bits.ts'
import { readRanges, readRangesFibonacci, readVendorIds } from './vendor-ids.ts'

/** Bits as text, to base64url by the alphabet of RFC 4648. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
function encoded(bits: string): string {
  const padded = bits.replaceAll(' ', '').padEnd(Math.ceil(bits.replaceAll(' ', '').length / 6) * 6, '0')
  return (padded.match(/.{6}/g) ?? []).map((six) => ALPHABET[Number.parseInt(six, 2)]).join('')
}
const reader = (bits: string) => readBits(encoded(bits))!

describe('bits of a base64url text', () => {
  test('whole numbers of any width are read in order', () => {
    const bits = reader('000101 1 0110 111111111111111111111111111111111111')
    deepEqual([bits.int(6), bits.bool(), bits.int(4), bits.int(36)], [5, true, 6, 2 ** 36 - 1])
    equal(bits.failed, false)
  })

  test('reading past the end gives zeros and is remembered', () => {
    const bits = reader('101')
    deepEqual([bits.int(7), bits.failed, bits.int(1)], [0, true, 0])
  })

  test('what is no base64url has no reader', () => {
    for (const text of ['a+b', 'a/b', 'a=', 'é', 'a b']) equal(readBits(text), undefined, text)
  })

  // The examples of the GPP specification, "About Fibonacci encoding".
  for (const [code, number] of [
    ['11', 1],
    ['011', 2],
    ['0011', 3],
    ['1011', 4],
    ['00011', 5],
    ['10011', 6],
    ['01011', 7],
  ] as const) {
    test(`Fibonacci ${code} is ${number}`, () => {
      equal(reader(code).fibonacci(), number)
    })
  }

  test('a Fibonacci code without an end fails', () => {
    const bits = reader('0'.repeat(60))
    bits.fibonacci()
    equal(bits.failed, true)
  })

  test('what is left over is padding only where it is all zeros', () => {
    const [zeros, others] = [reader('1 00000'), reader('1 00010')]
    zeros.int(1)
    others.int(1)
    deepEqual([zeros.onlyPaddingLeft(), others.onlyPaddingLeft()], [true, false])
  })
})

describe('lists of vendors', () => {
  const int = (value: number, width: number): string => value.toString(2).padStart(width, '0')

  test('the example of the specification: [3,5,6,7,8] in Fibonacci ranges', () => {
    deepEqual(readRangesFibonacci(reader('000000000010 0 0011 1 011 0011'), 255), [
      [3, 3],
      [5, 8],
    ])
  })
  test('a bit field', () => {
    deepEqual(readVendorIds(reader(`${int(5, 16)} 0 10010`)).ids(), [1, 4])
  })
  test('ranges that cross words', () => {
    const ids = readVendorIds(
      reader(`${int(100, 16)} 1 ${int(2, 12)} 1 ${int(30, 16)} ${int(67, 16)} 0 ${int(100, 16)}`),
    )
    deepEqual(ids.ids(), [...Array.from({ length: 38 }, (_, index) => index + 30), 100])
    deepEqual(
      [ids.has(29), ids.has(30), ids.has(67), ids.has(68), ids.has(0), ids.has(1_000_000)],
      [false, true, true, false, false, false],
    )
  })

  const malformed: readonly (readonly [string, string])[] = [
    ['names vendor 0', `${int(9, 16)} 1 ${int(1, 12)} 0 ${int(0, 16)}`],
    ['names one above the maximum', `${int(9, 16)} 1 ${int(1, 12)} 0 ${int(10, 16)}`],
    ['ends before it begins', `${int(9, 16)} 1 ${int(1, 12)} 1 ${int(7, 16)} ${int(3, 16)}`],
    ['claims more entries than there are bits', `${int(9, 16)} 1 ${int(4_095, 12)} 0 ${int(1, 16)}`],
    ['is cut short', `${int(60, 16)} 0 1010`],
  ]
  for (const [what, bits] of malformed) {
    test(`a list that ${what} fails`, () => {
      const list = reader(bits)
      readVendorIds(list)
      equal(list.failed, true)
    })
  }

  test('ranges that name far more vendors than there can be fail, and none is kept', () => {
    const all = `1 ${int(1, 16)} ${int(65_535, 16)}`
    const list = reader(`${int(5, 12)} ${Array(5).fill(all).join('')}`)
    deepEqual([readRanges(list), list.failed], [[], true])
  })
})
