import { strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { csvHeading, csvRow, recordCells } from './table.ts'

describe('a table', () => {
  const rows: [string, unknown, string][] = [
    ['a plain text', 'meta', 'meta'],
    ['a comma and a quote', 'a, "b"', '"a, ""b"""'],
    ['a line end', 'a\nb', '"a\nb"'],
    ['nothing', undefined, ''],
    ['a list', ['US', 'IE'], 'US IE'],
    ['treatments', { ip: '24/48', os: 'pass' }, 'ip=24/48 os=pass'],
    ['a number below zero', -5, '-5'],
    ['a formula', '=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
    ['a text that begins with +', '+1', `'+1`],
    ['a text that begins with -', '-1+cmd', `'-1+cmd`],
    ['a text that begins with @', '@SUM(A1)', `'@SUM(A1)`],
    ['a text that begins with a tab', '\t=1', `'\t=1`],
    ['a text that begins with a line end', '\r=1', `"'\r=1"`],
    ['a fact that begins with a formula', { '=1+1': 2 }, `'=1+1=2`],
  ]
  for (const [what, value, expected] of rows) {
    test(`${what} as a cell of CSV that no spreadsheet runs`, () => {
      strictEqual(csvRow(['a', 'b'], { a: value, b: 1 }), `${expected},1\r\n`)
    })
  }
  test('a record’s time and outcome are cells of their own', () => {
    const cells = recordCells({ time: 0, outcome: { kind: 'delivered', status: 204 } })
    strictEqual(csvHeading(['time', 'outcome', 'status']), 'time,outcome,status\r\n')
    strictEqual(csvRow(['time', 'outcome', 'status'], cells), '1970-01-01T00:00:00.000Z,delivered,204\r\n')
  })
})
