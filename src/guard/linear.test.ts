import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { threadMs } from '../../test/support/cpu-time.ts'
import type { JsonObject } from '../model/brand.ts'
import { scanLeaves, screen } from './index.ts'
import { shapeOf } from './shape.ts'

/** Far more than any of these takes, and far less than what grows by the square. */
const MAX_MS = 50

/** Texts that a pattern could read in several ways: few characters, in runs, and one that fits nowhere at the end. */
const nasty = fc
  .tuple(
    fc.constantFrom(
      'Aa',
      'A',
      'a_',
      'aA /',
      '0f:',
      ':',
      '0.',
      '1-',
      '=',
      '%4',
      '@.',
      'a@',
      '+() ',
      '0x',
      '\\u0',
      '{[',
      'Aa0+/=',
    ),
    fc.array(fc.tuple(fc.nat(15), fc.integer({ min: 1, max: 200 })), { minLength: 1, maxLength: 12 }),
    fc.constantFrom('', '=', '!', ' ', '\n', 'g', ':'),
  )
  .map(([alphabet, runs, end]) => {
    let text = ''
    for (const [letter, times] of runs) text += alphabet[letter % alphabet.length]!.repeat(times)
    return text.slice(0, 511) + end
  })

/** The least of three: a garbage collection is no fault of the text. */
function leastMs(work: () => void): number {
  return Math.min(threadMs(work), threadMs(work), threadMs(work))
}

const ASKED: readonly [what: string, ask: (text: string) => unknown][] = [
  ['its shape', shapeOf],
  [
    'screening',
    (text) =>
      screen(
        {
          type: 'track',
          userId: 'u-4',
          properties: { note: text, x: text },
          context: { ip: '2001:db8::7' },
        } as JsonObject,
        { property: { note: text } },
      ),
  ],
  [
    'scanning a relayed request',
    (text) =>
      scanLeaves({
        raw: { slots: ['unknown', 'ip', 'user_id'], texts: [text, '2001:db8::7', text.slice(0, 40)] },
        passed: { slots: ['plain'], texts: [text] },
        bytes: `POST /bid\n\n${JSON.stringify({ a: text })}`,
        constants: new Set(),
        ownNumbers: [],
      }),
  ],
]

describe('guard: no text takes longer than its length', () => {
  for (const [what, ask] of ASKED)
    test(`${what}, of any 512 characters`, () => {
      fc.assert(
        fc.property(nasty, (text) => {
          if (threadMs(() => ask(text)) > MAX_MS) ok(leastMs(() => ask(text)) < MAX_MS, `${text.length} characters`)
        }),
        { numRuns: Number(process.env.SLUICE_CASES ?? 300) },
      )
    })

  const long: readonly [what: string, unit: string][] = [
    ['one letter', 'a'],
    ['a hex digit and a colon', 'f:'],
    ['colons', ':'],
    ['digits', '7'],
    ['digits and points', '7.'],
    ['zeros', '0'],
    ['padding', '='],
    ['capitals', 'A'],
    ['words of one letter', 'a '],
    ['at signs', 'a@'],
    ['base64', 'aB'],
    ['percent signs', '%41'],
    ['backslashes', '\\'],
    ['braces', '{'],
    ['links', ' ://u-4?a=/'],
    ['letters that were read wrongly', 'Ã©'],
    ['letters of a script without spaces', '山 '],
  ]
  for (const [what, unit] of long)
    test(`31,000 characters, ${what}: a second half costs no more than the first`, () => {
      for (const [asked, ask] of ASKED) {
        const [half, whole] = [unit.repeat(15_500 / unit.length), unit.repeat(31_000 / unit.length)]
        ask(half)
        const ms = leastMs(() => ask(whole))
        if (ms > MAX_MS) ok(ms < 4 * leastMs(() => ask(half)) && ms < 10 * MAX_MS, `${asked}: ${ms} ms`)
      }
    })
})

describe('guard: words, as the pattern of many readings told them', () => {
  test('whatever the letters, the same texts are words', () => {
    const before = /^[A-Za-z][a-z]+([A-Z_/. -][A-Za-z]+)*$/
    const letters = fc.string({ unit: fc.constantFrom(...'abAB_/-'), minLength: 8, maxLength: 14 })
    fc.assert(
      fc.property(letters, (text) => {
        // Long enough to be an id where it is none of the words.
        const padded = text.replaceAll('a', 'xyzzy')
        if (padded.length < 20) return
        equal(shapeOf(padded) === 'value', before.test(padded))
      }),
      { numRuns: 2_000 },
    )
  })

  test('what looks like an e-mail address', () => {
    const is = (text: string) => shapeOf(text) === 'contact'
    deepEqual(['a@b.co', 'a@b.c.de', 'a@.b.co', 'a@b..co', 'x@mail.example'].map(is), [true, true, true, true, true])
    deepEqual(['a@b.c', 'a@@b.co', 'a b@c.de', 'a@bcdef', '@b.coo', 'a@.coo'].map(is), [
      false,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})
