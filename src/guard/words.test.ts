import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { unescapeText } from './normal.ts'
import { namePhrases, nameSpellings, streetPhrase, wordsOf } from './words.ts'

describe('guard: names and streets in words', () => {
  const MARKS = '\u0301\u0334'.repeat(600)

  test('a name is found whatever marks were put behind its letters, on either side', () => {
    const [plain, marked] = ['Robert Alicen', `Robert${MARKS} Alicen${MARKS}`]
    for (const [name, text] of [
      [plain, marked],
      [marked, plain],
      [marked, marked],
    ] as const)
      ok(wordsOf(unescapeText(`to ${text} today`)).includes(namePhrases(name)[0]!))
  })

  test('more than 512 letters and digits are looked for by their beginning, and hashed whole', () => {
    const [most, more] = [`${'rob '.repeat(127)}al`, `${'rob '.repeat(127)}alice`]
    equal(namePhrases(most).length, 3)
    ok(wordsOf(`to ${more} today`).includes(namePhrases(more)[0]!))
    ok(namePhrases(more).every((phrase) => phrase.length <= 512))
    deepEqual(namePhrases('a'.repeat(600)), [])
    ok(nameSpellings(most).includes('rob'))
    deepEqual([...new Set(nameSpellings(more))], [more, more.toUpperCase()])
    const marked = `rob alicen ${'\u0301'.repeat(9_000)}`
    deepEqual([namePhrases(marked)[0], nameSpellings(marked).includes('rob')], [' rob alicen ', false])
    ok(wordsOf(`to 1 ${more} today`).includes(streetPhrase(`1 ${more}`)!))
  })
})
