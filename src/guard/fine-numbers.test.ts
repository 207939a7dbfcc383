import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { fineNumbersIn } from './fine-numbers.ts'

/** The same in the words of a pattern. */
const PATTERN = /(?<!\d\d:\d\d:\d{0,2})-?\d{1,3}\.\d{3,}/g

describe('numbers as fine as a degree', () => {
  const rows: readonly [text: string, numbers: readonly number[]][] = [
    ['{"lat":-33.8688,"lon":151.2093}', [-33.8688, 151.2093]],
    ['2.625', [2.625]],
    ['2.62', []],
    ['1234.5678', [234.5678]],
    ['at 12:34:56.789, not 56.789', [56.789]],
    ['2026-01-02T03:04:05.1234Z', []],
    ['1.2345.678', [1.2345]],
    ['.1234', []],
    ['no number', []],
    ['', []],
  ]
  for (const [text, numbers] of rows)
    test(`${JSON.stringify(text)}: ${numbers.join(', ')}`, () => {
      deepEqual(fineNumbersIn(text), numbers)
    })

  test('are those of the pattern, whatever the text', () => {
    const text = fc.array(fc.constantFrom('0', '1', '12', '345', '.', '.', ':', '-', 'a', '12:34:', ' '), {
      maxLength: 24,
    })
    fc.assert(
      fc.property(text, (parts) => {
        const joined = parts.join('')
        deepEqual(fineNumbersIn(joined), (joined.match(PATTERN) ?? []).map(Number))
      }),
      { numRuns: 3_000 },
    )
  })
})
