import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { didYouMean, editDistance, suggest } from './suggest.ts'

describe('did you mean', () => {
  const rows: readonly (readonly [word: string, candidates: readonly string[], meant: string | undefined])[] = [
    ['advertsing_id', ['advertising_id', 'vendor_id'], 'advertising_id'],
    ['advertisingId', ['advertising_id', 'vendor_id'], 'advertising_id'],
    ['webhok', ['webhook', 'pixel'], 'webhook'],
    ['lmits', ['limits', 'name'], 'limits'],
    ['thrid_party', ['third_party', 'service_provider'], 'third_party'],
    ['is', ['ip', 'os'], 'ip'],
    ['banana', ['limits', 'name'], undefined],
    ['name', ['share'], undefined],
    ['x', [], undefined],
  ]
  for (const [word, candidates, meant] of rows) {
    test(`${word} among ${candidates.join(', ')}: ${meant ?? 'nothing'}`, () => {
      assert.equal(suggest(word, candidates), meant)
    })
  }

  test('the phrase is empty where nothing is near', () => {
    assert.equal(didYouMean('banana', ['limits']), '')
    assert.equal(didYouMean('limit', ['limits']), 'Did you mean limits?')
  })

  test('a very long word costs nothing and means nothing', () => {
    assert.equal(suggest('a'.repeat(1_000_000), ['limits']), undefined)
  })
})

test('edit distance counts insertions, deletions, replacements and swaps as one each', () => {
  const rows: readonly (readonly [string, string, number])[] = [
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', 'abc', 0],
    ['abc', 'abd', 1],
    ['abc', 'abcd', 1],
    ['abc', 'bc', 1],
    ['abcd', 'abdc', 1],
    ['kitten', 'sitting', 3],
  ]
  for (const [a, b, distance] of rows) assert.equal(editDistance(a, b), distance, `${a} → ${b}`)
})
