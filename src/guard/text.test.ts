import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { squeeze, tokensIn } from './text.ts'

describe('guard: the passes over a text', () => {
  test('squeezing keeps lower-case letters and digits and nothing else', () => {
    equal(squeeze('a-1.b_c d'), 'a1bcd')
    equal(squeeze('abc123'), 'abc123')
    equal(squeeze('-–:'), '')
    equal(squeeze(''), '')
    // Characters whose low byte is a letter or digit.
    equal(squeeze('a\u0131\u0261z'), 'az')
  })
  test('whatever the text, squeezing is what the pattern says', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'ab9Z-_. ', 'é', '\u0131', '\u{1f600}') })
    fc.assert(fc.property(texts, (text) => equal(squeeze(text), text.replace(/[^a-z0-9]+/g, ''))))
  })
  test('whatever the text, tokens are what the pattern says', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'abcXYZ019+/_-', '=', ' ', '"', 'é'), maxLength: 60 })
    fc.assert(fc.property(texts, (text) => deepEqual(tokensIn(text), text.match(/[A-Za-z0-9+/_-]{10,}={0,2}/g) ?? [])))
  })
})
