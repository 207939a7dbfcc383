import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { threadMs } from '../../test/support/cpu-time.ts'
import { createManySearch } from './many.ts'

test('many texts: those are found that are there, whatever they share', () => {
  const unit = fc.constantFrom(...'aab0', 'é')
  const sought = fc.uniqueArray(fc.string({ unit, minLength: 1, maxLength: 6 }), { maxLength: 12 })
  fc.assert(
    fc.property(sought, fc.string({ unit, maxLength: 40 }), (texts, within) => {
      deepEqual(
        [...createManySearch(new Set(texts))(within)].sort(),
        texts.filter((text) => within.includes(text)).sort(),
      )
    }),
    { numRuns: 2_000 },
  )
})

test('many texts of one letter in a run of that letter take no longer than their sum', () => {
  const texts = new Set(Array.from({ length: 500 }, (_, index) => 'a'.repeat(index + 1)))
  const search = createManySearch(texts)
  const took = threadMs(() => ok(search('a'.repeat(200_000)).size === 500))
  ok(took < 400, `${took} ms`)
})
