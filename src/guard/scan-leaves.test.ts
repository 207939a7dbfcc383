import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Leaves } from './leaves.ts'
import { scanLeaves } from './scan-leaves.ts'

type Leaf = readonly [slot: string, text: string]
const leaves = (all: readonly Leaf[]): Leaves => ({
  slots: all.map(([slot]) => slot),
  texts: all.map(([, text]) => text),
})

/** More leaves that pass than are looked through one by one. */
const MANY: readonly Leaf[] = Array.from({ length: 300 }, (_, index): Leaf => ['plain', `word ${index}`])

function scan(raw: readonly Leaf[], passed: readonly Leaf[], bytes: string, constants: readonly string[] = []) {
  return scanLeaves({
    raw: leaves(raw),
    passed: leaves(passed),
    bytes,
    constants: new Set(constants),
    ownNumbers: [],
  })
}

for (const [how, more] of [
  ['few leaves', []],
  ['many leaves', MANY],
] as const) {
  describe(`guard: a request of ${how}`, () => {
    const rows: readonly [what: string, raw: readonly Leaf[], passed: readonly Leaf[], bytes: string, hit: boolean][] =
      [
        ['a withheld word, whole in the body', [['place', 'Paris']], [], 'POST /bid\n\n{"city":"Paris"}', true],
        ['a withheld number, whole in the body', [['unknown', '14']], [], 'POST /bid\n\n{"a":[1,14]}', true],
        ['a withheld word in the query', [['place', 'Paris']], [], 'GET /bid?a=1&city=Paris', true],
        [
          'a withheld word of two in the query, a plus between',
          [['place', 'New York']],
          [],
          'GET /bid?c=New+York',
          true,
        ],
        ['a withheld word in a header', [['place', 'Paris']], [], 'POST /bid\nx-city: Paris', true],
        ['a withheld word in a form', [['place', 'Paris']], [], 'POST /bid\n\na=1&city=Paris', true],
        [
          'a withheld number in JSON of several lines in a text',
          [['unknown', '14']],
          [],
          'POST /bid\n\n{"a":"{\\n\\"b\\":\\n14}"}',
          true,
        ],
        [
          'a withheld word with signs that JSON escapes',
          [['place', 'a\\b"']],
          [],
          'POST /bid\n\n{"city":"a\\\\b\\""}',
          true,
        ],
        ['a withheld word inside a longer one', [['place', 'Paris']], [], 'POST /bid\n\n{"a":"Parisian"}', false],
        ['a withheld word as the path’s own', [['place', 'Paris']], [], 'POST /Paris\n\n{}', false],
        [
          'an id that passes in its place',
          [['user_id', 'user-1234567']],
          [['user_id', 'user-1234567']],
          'POST /\n\n{"id":"user-1234567"}',
          false,
        ],
        [
          'an id that passes openly as another',
          [['user_id', 'user-1234567']],
          [['partner_id', 'user-1234567']],
          'POST /\n\n{"id":"user-1234567"}',
          false,
        ],
        [
          'an id that something plain repeats',
          [['user_id', 'alice']],
          [['plain', 'alice']],
          'POST /\n\n{"a":"alice"}',
          true,
        ],
        [
          'a word that no place names, plain elsewhere',
          [['unknown', 'Paris']],
          [['plain', 'Paris']],
          'POST /\n\n{"a":"Paris"}',
          false,
        ],
        [
          'an e-mail address that no place names, plain elsewhere',
          [['unknown', 'bob@mail.example']],
          [['plain', 'bob@mail.example']],
          'POST /\n\n{"a":"bob@mail.example"}',
          true,
        ],
        [
          'a withheld address in another spelling',
          [['ip', '203.0.113.77']],
          [],
          'POST /\n\n{"a":"203-0-113-77"}',
          true,
        ],
      ]
    for (const [what, raw, passed, bytes, hit] of rows)
      test(`${what}: ${hit ? 'found' : 'nothing'}`, () => {
        equal(scan([...more, ...raw], [...more, ...passed], bytes).clear, !hit)
      })

    test('what is written of its own accord is no withheld value', () => {
      deepEqual(scan([...more, ['unknown', '14']], more, 'POST /\n\n{"a":14}', ['14']), { clear: true })
    })

    test('leaves that come in another order than they pass in are found all the same', () => {
      const raw: readonly Leaf[] = [
        ['user_id', 'user-1234567'],
        ['plain', 'a'],
        ['place', 'Paris'],
        ['plain', 'b'],
      ]
      const passed: readonly Leaf[] = [
        ['plain', 'b'],
        ['place', 'Paris'],
        ['user_id', 'user-1234567'],
        ['plain', 'a'],
      ]
      const bytes = 'POST /\n\n["b","Paris","user-1234567","a"]'
      deepEqual(scan([...more, ...raw], [...passed, ...more], bytes), { clear: true })
    })
  })
}
