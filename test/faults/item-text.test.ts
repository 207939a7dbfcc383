import { deepEqual, throws } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { itemTexts } from './item-text.ts'

describe('the items of a body', () => {
  const rows: [string, string, readonly string[], boolean][] = [
    ['one item', '{"a":1}', ['{"a":1}'], false],
    ['a batch of one', '{"batch":[{"a":1}]}', ['{"a":1}'], false],
    [
      'a batch of two, spaces and number forms kept',
      '{"batch":[{"a": 1.0},{"b":1e1}]}',
      ['{"a": 1.0}', '{"b":1e1}'],
      false,
    ],
    ['nested objects and lists', '{"batch":[{"a":{"b":[1,{"c":2}]}},{}]}', ['{"a":{"b":[1,{"c":2}]}}', '{}'], false],
    [
      'brackets, quotes and commas within strings',
      '{"batch":[{"a":"},{\\"]\\\\"},{"b":"]}"}]}',
      ['{"a":"},{\\"]\\\\"}', '{"b":"]}"}'],
      false,
    ],
    ['a cut in the second item', '{"batch":[{"a":1},{"b":', ['{"a":1}'], true],
    ['a cut after a comma', '{"batch":[{"a":1},', ['{"a":1}'], true],
    ['a cut before the end', '{"batch":[{"a":1}]', ['{"a":1}'], true],
    ['a cut in the beginning', '{"bat', [], true],
    ['a cut in a string', '{"a":"}', [], true],
    ['nothing', '', [], true],
  ]
  for (const [what, body, items, isCut] of rows) {
    test(`${what}`, () => deepEqual(itemTexts(body), { items, isCut }))
  }

  for (const body of ['x', '{"a":1}{"b":2}', '{"batch":[{"a":1};{"b":2}]}', '{"batch":[{"a":1}]}}', '{"batch":[1]}']) {
    test(`${body} is refused`, () => throws(() => itemTexts(body), SyntaxError))
  }
})
