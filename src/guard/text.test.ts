import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { dissect, squeeze } from './text.ts'

/** True where the token’s equals signs are at its end and not before a query’s value. */
function isPadded(text: string, all: readonly string[], index: number): boolean {
  let at = 0
  for (const token of all.slice(0, index)) at = text.indexOf(token, at) + token.length
  const end = text.indexOf(all[index]!, at) + all[index]!.length
  return all[index]!.endsWith('=') && !/[A-Za-z0-9+/_-]/.test(text.charAt(end))
}

describe('guard: the pass over a text', () => {
  test('squeezing keeps letters, in lower case, and digits and nothing else', () => {
    equal(squeeze('A-1.b_c d'), 'a1bcd')
    equal(squeeze('abc123'), 'abc123')
    equal(squeeze('-–:'), '')
    equal(squeeze(''), '')
    // Characters whose low byte is a letter or digit.
    equal(squeeze('a\u0131\u0261z'), 'az')
  })

  const rows: [string, string, { hasHex: boolean; isMixed: boolean; mayBeDigest: boolean } | undefined][] = [
    ['a UUID', '6d92078a-8246-4ba4-ae5b-76104861e7dc', undefined],
    ['a capital UUID', '6D92078A-8246-4BA4-AE5B-76104861E7DC', undefined],
    ['a name in a request', 'limit_ad_tracking', undefined],
    ['a run of nine', 'aGVsbG8gd', undefined],
    ['13 hex digits', '0123456789abc', undefined],
    ['14 hex digits', '0123456789abcd', { hasHex: true, isMixed: false, mayBeDigest: false }],
    ['hex of either case', '0123456789abCD', { hasHex: true, isMixed: true, mayBeDigest: false }],
    ['hex digits with padding', '0123456789abcd==', { hasHex: true, isMixed: true, mayBeDigest: false }],
    ['a word with padding', 'abcdefghijkl=', { hasHex: false, isMixed: true, mayBeDigest: false }],
    ['a query’s name', 'limit_ad_tracking=abc', undefined],
    ['text in base64', 'aGVsbG8gd29ybGQ=', { hasHex: false, isMixed: true, mayBeDigest: false }],
    ['an MD5 in hex', 'd41d8cd98f00b204e9800998ecf8427e', { hasHex: true, isMixed: false, mayBeDigest: true }],
    [
      'an MD5 in hex behind a word',
      'h-d41d8cd98f00b204e9800998ecf8427e',
      { hasHex: true, isMixed: false, mayBeDigest: true },
    ],
    ['an MD5 in base64', '1B2M2Y8AsgTpgAmY7PhCfg==', { hasHex: false, isMixed: true, mayBeDigest: true }],
  ]
  for (const [what, text, expected] of rows) {
    test(`${what} ${expected === undefined ? 'hides nothing' : 'could hide something'}`, () => {
      deepEqual(dissect(`{"x":"${text}"}`).tokens, expected === undefined ? [] : [{ text, ...expected }])
    })
  }

  test('whatever the text, squeezing is what the pattern says', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'abYZ9-_. ', 'é', '\u0131', '\u{1f600}') })
    fc.assert(
      fc.property(texts, (text) => {
        const expected = text.replace(/[^A-Za-z0-9]+/g, '').toLowerCase()
        equal(squeeze(text), expected)
        equal(dissect(text).squeezed, expected)
      }),
    )
  })
  test('whatever the text, tokens are what the patterns say', () => {
    const texts = fc.string({ unit: fc.constantFrom(...'abcXYZ019+/_-', '=', ' ', '"', 'é'), maxLength: 80 })
    fc.assert(
      fc.property(texts, (text) => {
        const expected = (text.match(/[A-Za-z0-9+/_-]{10,}(?:={1,2}(?![A-Za-z0-9+/_-])|={0,2})/g) ?? []).filter(
          (token, index, all) =>
            /[0-9a-f]{14}/i.test(token) ||
            isPadded(text, all, index) ||
            (/[a-z]/.test(token) && /[A-Z]/.test(token)) ||
            (/[g-z]/i.test(token) && /^[^=]{22}/.test(token)) ||
            /[0-9a-f]{32}/i.test(token),
        )
        deepEqual(
          dissect(text).tokens.map((token) => token.text),
          expected,
        )
      }),
      { numRuns: 2_000 },
    )
  })
})
