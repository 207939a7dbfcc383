import { deepStrictEqual } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FIELD_CLASSES, LADDERS } from '../model/field-class.ts'
import { LEAF_PROBLEMS } from './leaf-error.ts'
import {
  CLASS_NUMBERS,
  KIND_NUMBERS,
  OUTCOME_NUMBERS,
  PURPOSE_NUMBERS,
  REASON_NUMBERS,
  ROLE_NUMBERS,
  VERB_NUMBERS,
} from './numbers.ts'
import { PROBLEMS } from './verify/report.ts'

const DOC = readFileSync(new URL('../../docs/ledger-format.md', import.meta.url), 'utf8')

/** The cells of the table that follows this header row. */
function tableUnder(header: string): readonly (readonly string[])[] {
  const [, after = ''] = DOC.split(`| ${header} |\n`)
  const lines = after.split('\n').slice(1)
  return lines.slice(0, lines.indexOf('')).map((line) => line.slice(2, -2).split(' | '))
}
const numbersUnder = (header: string): Readonly<Record<string, number>> =>
  Object.fromEntries(tableUnder(header).map(([number, word]) => [word!.replaceAll('`', ''), Number(number)]))

const TABLES: readonly [string, Readonly<Record<string, number>>][] = [
  ['number | kind', KIND_NUMBERS],
  ['number | outcome', OUTCOME_NUMBERS],
  ['number | role', ROLE_NUMBERS],
  ['number | verb', VERB_NUMBERS],
  ['bit | purpose', PURPOSE_NUMBERS],
  ['number | reason', REASON_NUMBERS],
  ['number | class | levels', CLASS_NUMBERS],
]
for (const [header, numbers] of TABLES) {
  test(`docs/ledger-format.md and the code give the same numbers: ${header}`, () => {
    deepStrictEqual(numbersUnder(header), { ...numbers })
  })
}

test("docs/ledger-format.md names every class's levels as the model counts them", () => {
  const written = Object.fromEntries(
    tableUnder('number | class | levels').map(([, name, levels]) => [name!.replaceAll('`', ''), levels]),
  )
  const counted = FIELD_CLASSES.map((name) => {
    const ladder: readonly string[] | 'ip' = LADDERS[name]
    const levels =
      ladder === 'ip'
        ? 'two numbers: bits kept of v4 (0–32), of v6 (0–128)'
        : ladder.map((level, i) => `${i} ${level}`).join(' ')
    return [name, levels]
  })
  deepStrictEqual(written, Object.fromEntries(counted))
})

test('no number is given twice', () => {
  for (const [, numbers] of TABLES) {
    deepStrictEqual(new Set(Object.values(numbers)).size, Object.keys(numbers).length)
  }
})

test('docs/ledger-format.md lists every problem the verifier can name', () => {
  deepStrictEqual(
    Object.fromEntries(tableUnder('name | meaning').map(([name, meaning]) => [name!.replaceAll('`', ''), meaning])),
    { ...PROBLEMS },
  )
})

test('docs/ledger-format.md lists every refusal of a leaf', () => {
  const [, sentence = ''] = /A leaf is refused as ([^.]+)\./u.exec(DOC) ?? []
  deepStrictEqual(sentence.match(/[a-z_]+(?=`)/gu), Object.keys(LEAF_PROBLEMS))
})
