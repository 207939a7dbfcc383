import { deepStrictEqual } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Packer, unpack } from './packed.ts'

test('packed lists come back as one, in order, from wherever one goes on', () => {
  const lists = fc.array(fc.array(fc.nat({ max: 3_000_000 }), { maxLength: 30 }), { maxLength: 4 })
  fc.assert(
    fc.property(lists, fc.nat({ max: 1_000 }), fc.integer({ min: -1, max: 3_001_000 }), (given, first, after) => {
      const all = [...new Set(given.flat())].sort((a, b) => a - b)
      const packed = given.map((_, i) => {
        const packer = new Packer()
        // Each number is in the first list that has it: no two lists of an index share a record.
        for (const value of all) if (given.findIndex((list) => list.includes(value)) === i) packer.add(value)
        return packer.bytes()
      })
      deepStrictEqual(
        [...unpack(packed, first, after)],
        all.map((value) => value + first).filter((value) => value > after),
      )
    }),
    { numRuns: 200 },
  )
})
