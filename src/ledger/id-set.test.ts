import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IdSet } from './id-set.ts'

test('a set of numbers holds each once, and gives them all back', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat({ max: 70 }), fc.nat({ max: 100_000 }))), (ids) => {
      const set = new IdSet()
      for (const id of ids) set.add(id)
      const expected = [...new Set(ids)].sort((a, b) => a - b)
      strictEqual(set.size, expected.length)
      deepStrictEqual(
        [...set].sort((a, b) => a - b),
        expected,
      )
    }),
    { numRuns: 100 },
  )
})
