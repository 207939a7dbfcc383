import { deepEqual, equal, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isUnreadable, parseJson, tryJson } from './json-text.ts'

describe('JSON from outside: numbers', () => {
  const rows: [string, unknown, string][] = [
    ['0', 0, 'nothing'],
    ['-0.0', -0, 'nothing, with a sign'],
    ['4711', 4711, 'a small id'],
    ['9007199254740991', 9007199254740991, 'the last safe integer'],
    ['9007199254740992', 9007199254740992, '2^53, which a double holds'],
    ['9007199254740993', '9007199254740993', '2^53 + 1'],
    ['-9007199254740993', '-9007199254740993', 'below zero'],
    ['9223372036854775807', '9223372036854775807', 'the largest 64-bit id'],
    ['18446744073709551615', '18446744073709551615', 'the largest unsigned one'],
    ['340282366920938463463374607431768211455', '340282366920938463463374607431768211455', 'a UUID as a number'],
    ['1700000000000000000', 1700000000000000000, 'nanoseconds that a double holds'],
    ['1700000000123456789', '1700000000123456789', 'nanoseconds that it does not'],
    ['9007199254740993.0', '9007199254740993', 'a whole number with a point'],
    ['9.007199254740993e15', '9007199254740993', 'a whole number with an exponent'],
    ['9.007199254740993E+15', '9007199254740993', 'its other spelling'],
    ['12345678901234567e30', '12345678901234567e30', 'an exponent that would fill the memory'],
    ['1000000000000000000000', '1000000000000000000000', 'digits that would be written with an exponent'],
    ['1e21', 1e21, 'an exponent as it came'],
    ['1e23', 1e23, 'a power of ten that a double does not hold and writes all the same'],
    ['1E400', Number.POSITIVE_INFINITY, 'beyond the range'],
    ['-1e400', Number.NEGATIVE_INFINITY, 'beyond it below'],
    ['1e+0400', Number.POSITIVE_INFINITY, 'with zeros in the exponent'],
    [`1${'0'.repeat(400)}`, Number.POSITIVE_INFINITY, 'by its digits'],
    ['1e-400', Number.POSITIVE_INFINITY, 'too small to tell from 0'],
    ['0e400', 0, 'nothing times anything'],
    ['0.1', 0.1, 'a fraction'],
    ['19.989999999999998', 19.99, 'a double as 17 digits'],
    ['37.774929999999998', 37.77493, 'a coordinate as 17 digits'],
    ['3.141592653589793238462643383279', '3.141592653589793238462643383279', 'more digits than any double'],
    ['12345678901234567890.5', '12345678901234567890.5', 'a fraction behind a large number'],
    // What parsers differ on: https://github.com/nst/JSONTestSuite, test_transform and test_parsing `i_…`
    ['-9223372036854775808', '-9223372036854775808', 'held, but written otherwise'],
    ['10000000000000000999', '10000000000000000999', 'one that rounds to a round number'],
    ['1.000000000000000005', '1.000000000000000005', 'one that rounds to 1'],
    ['100000000000000000000', 100000000000000000000, 'a power of ten that is written as it came'],
    ['123.456e-789', Number.POSITIVE_INFINITY, 'an exponent far below'],
    ['0.4e00669999999999999999999999999999999999999999999999999999999', Number.POSITIVE_INFINITY, 'one far above'],
  ]
  for (const [source, value, what] of rows) {
    test(`${source.slice(0, 40)}: ${what}`, () => {
      deepEqual(parseJson(`{"properties":{"x":${source}}}`), { properties: { x: value } })
      deepEqual(parseJson(`[${source} , ${source}]`), [value, value])
      deepEqual(parseJson(source), value)
    })
  }

  test('an id of many digits is its digits, whatever a double makes of them', () => {
    for (const key of ['userId', 'anonymousId', 'previousId', 'groupId', 'id', 'user', 'idfa', 'value'])
      deepEqual(parseJson(`{"${key}": 0.12345678901234567}`), { [key]: '0.12345678901234567' })
  })

  test('digits inside a text stay, and a number in a key stays a mistake', () => {
    const text = '{"a":"id: 9007199254740993, 1e400","b\\"9007199254740993":[":9007199254740993"]}'
    deepEqual(parseJson(text), JSON.parse(text))
    for (const spoilt of [
      '{9007199254740993:1}',
      '{"a":1,9007199254740993 :2}',
      '[09007199254740993]',
      '[9007199254740993.]',
      '[-]',
      '[--9007199254740993]',
      '[9007199254740993"a"]',
      '["\\ud83d]',
      '["\\ud83',
      '',
    ])
      equal(tryJson(spoilt), undefined, spoilt)
    throws(() => parseJson('['), SyntaxError)
  })

  test('whatever it reads, it reads as JSON.parse does, but for what that would change', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(4), (json, indent) => {
        const text = JSON.stringify(JSON.parse(json), undefined, indent)
        deepEqual(parseJson(text), JSON.parse(text.isWellFormed() ? text : text.toWellFormed()))
      }),
      { numRuns: 300 },
    )
  })

  test('a double is the same double however many digits its sender writes', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 17, max: 17 }),
        (value, digits) => {
          const written = value.toPrecision(digits)
          const read = parseJson(`{"x":${written}}`) as { x: number | string }
          equal(Number(read.x), value === 0 ? 0 : value)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('every whole number keeps its digits', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }), (id) => {
        const { userId } = parseJson(`{"userId":${id}}`) as { userId: string | number }
        equal(String(userId), String(id))
      }),
      { numRuns: 500 },
    )
  })
})

describe('JSON from outside: texts', () => {
  const rows: [string, string, string][] = [
    ['cut \\ud83d', 'cut \uFFFD', 'the first half'],
    ['\\uDE00 cut', '\uFFFD cut', 'the second half'],
    ['\\ud83d\\ud83d\\ude00', '\uFFFD😀', 'a half before a pair'],
    ['\\ud83d\\ude00', '😀', 'a pair'],
    ['\\\\ud83d', '\\ud83d', 'a backslash and letters'],
    ['\\\\\\ud83d', '\\\uFFFD', 'a backslash and half a pair'],
    ['\\ud83d\\n', '\uFFFD\n', 'another escape behind it'],
    ['\\u00e9\\ud7ff', 'é\ud7ff', 'no surrogates'],
  ]
  for (const [source, value, what] of rows) {
    test(`${what}: ${source}`, () => {
      deepEqual(parseJson(`{"k":"${source}","${source}":1}`), { k: value, [value]: 1 })
    })
  }

  test('a byte order mark is left out, once and only at the start', () => {
    deepEqual(parseJson('\uFEFF{"a":"\uFEFFb"}'), { a: '\uFEFFb' })
    equal(tryJson('\uFEFF\uFEFF{}'), undefined)
  })

  test('what was spoilt on the way names nobody', () => {
    deepEqual(['J\uFFFDrg', 'x\ud83d'].map(isUnreadable), [true, true])
    deepEqual(['Jörg', '😀', '', 'u-1'].map(isUnreadable), [false, false, false, false])
  })

  test('a text nested 200,000 deep beside a long number is read, not fallen over', () => {
    const depth = 200_000
    const read = tryJson(`[9007199254740993,${'['.repeat(depth)}${']'.repeat(depth)}]`) as
      | readonly unknown[]
      | undefined
    equal(read?.[0], '9007199254740993')
  })
})
