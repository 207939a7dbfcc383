import { deepEqual, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeAscending, encodeAscending } from './sequence-list.ts'

describe('a list of ascending numbers', () => {
  test('takes a byte for each close neighbour', () => {
    deepEqual([...encodeAscending([1, 2, 130, 131])], [1, 1, 128, 1, 1])
  })

  test('comes back as it was, up to the largest safe number', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })), (numbers) => {
        const sorted = numbers.sort((a, b) => a - b)
        deepEqual(decodeAscending(encodeAscending(sorted)), sorted)
      }),
    )
  })

  test('must ascend, and must not be cut', () => {
    throws(() => encodeAscending([2, 2]), RangeError)
    throws(() => decodeAscending(encodeAscending([300]).subarray(0, 1)), RangeError)
  })
})
