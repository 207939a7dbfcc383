import { deepEqual, doesNotMatch, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type ImportFormat, type ParsedRow, parseChoiceRows } from './import.ts'

const NOW = Date.UTC(2026, 10, 3)
const DEFAULTS = { now: NOW, saidBy: 'import', namespaceOf: () => ({ ok: true as const, of: undefined }) }

async function* inChunks(text: string | Uint8Array, size: number): AsyncIterable<string | Uint8Array> {
  for (let start = 0; start < text.length; start += size) yield text.slice(start, start + size)
}
async function rowsOf(text: string | Uint8Array, format: ImportFormat, size = 7): Promise<ParsedRow[]> {
  return Array.fromAsync(parseChoiceRows(inChunks(text, size), format, DEFAULTS))
}
const row = (line: number, kind: string, value: string, said: object = {}) => ({
  line,
  row: {
    identity: { kind, value },
    statement: { denies: 7, permits: 0, child: false, channel: 'import', saidBy: 'import', at: NOW, ...said },
  },
})

describe('import from JSON lines', () => {
  test('reads rows with and without the optional columns', async () => {
    const text = [
      '{"kind":"user","value":"u-1"}',
      '',
      '{"kind":"advertising_id","value":"ab01cd23ef4547898a1b2c3d4e5f6071","denies":["sale","precise_location"],"at":"2025-02-03","said_by":"crm"}',
      '{"kind":"vendor_id","value":"v","denies":"sharing|targeted_advertising","at":1700000000000}',
    ].join('\r\n')
    deepEqual(await rowsOf(text, 'jsonl'), [
      row(1, 'user', 'u-1'),
      row(3, 'advertising_id', 'ab01cd23ef4547898a1b2c3d4e5f6071', {
        denies: 9,
        at: Date.UTC(2025, 1, 3),
        saidBy: 'crm',
      }),
      row(4, 'vendor_id', 'v', { denies: 6, at: 1_700_000_000_000 }),
    ])
  })

  const bad = [
    'not json',
    '[]',
    '{"kind":"email","value":"jane@example.org"}',
    '{"kind":"user"}',
    '{"kind":"user","value":4711}',
    '{"kind":"user","value":" "}',
    '{"kind":"advertising_id","value":"00000000-0000-0000-0000-000000000000"}',
    '{"kind":"user","value":"jane@example.org","denies":""}',
    '{"kind":"user","value":"jane@example.org","denies":[]}',
    '{"kind":"user","value":"jane@example.org","denies":["everything"]}',
    '{"kind":"user","value":"jane@example.org","denies":["toString"]}',
    '{"kind":"user","value":"jane@example.org","at":"3 May 2025"}',
    '{"kind":"user","value":"jane@example.org","at":"2025-02-03T04:05:06"}',
    '{"kind":"user","value":"jane@example.org","at":"2026-11-04"}',
    '{"kind":"user","value":"jane@example.org","said_by":"Jane Doe"}',
    '{"kind":"user","value":"jane@example.org","permits":["sale"]}',
    '{"kind":"user","value":"u","jane@example.org":1}',
  ]
  for (const text of bad) {
    test(`${text} is a problem that repeats no value, and loses nothing else`, async () => {
      const [first, second, ...rest] = await rowsOf(`${text}\n{"kind":"user","value":"u-2"}\n`, 'jsonl')
      equal(first !== undefined && 'problem' in first && first.line, 1)
      doesNotMatch(JSON.stringify(first), /jane|4711|Doe/i)
      deepEqual(second, row(2, 'user', 'u-2'))
      equal(rest.length, 0)
    })
  }

  test('takes bytes cut inside a character and a byte order mark', async () => {
    const text = new TextEncoder().encode('\uFEFF{"kind":"user","value":"Amélie"}\n')
    deepEqual(await rowsOf(text, 'jsonl', 1), [row(1, 'user', 'Amélie')])
  })

  test('does not collect a line that never ends', async () => {
    const rows = await rowsOf(`${'x'.repeat(3_000_000)}\n{"kind":"user","value":"u-1"}`, 'jsonl', 65_536)
    deepEqual(rows.at(-1) && 'row' in (rows.at(-1) as object), true)
    equal(
      rows.slice(0, -1).every((one) => 'problem' in one),
      true,
    )
  })
})

describe('import from CSV', () => {
  test('reads quoted fields, columns in any order, and empty fields as absent', async () => {
    const text = [
      'said_by,value,kind,denies,at',
      ',"a, ""b""",user,,',
      'crm:2025,v-1,vendor_id,sale sharing,2025-02-03T04:05:06Z',
      ' crm , "a-1" ,anonymous,sale,',
    ].join('\n')
    deepEqual(await rowsOf(text, 'csv'), [
      row(2, 'user', 'a, "b"'),
      row(3, 'vendor_id', 'v-1', { denies: 3, at: Date.UTC(2025, 1, 3, 4, 5, 6), saidBy: 'crm:2025' }),
      row(4, 'anonymous', 'a-1', { denies: 1, saidBy: 'crm' }),
    ])
  })

  const headless = ['user,u-1\nuser,u-2', 'kind\nuser', 'kind,value,value\nuser,a,b', 'kind,value,email\nuser,a,b']
  for (const text of headless) {
    test(`${JSON.stringify(text)} has no header that can be used: one problem, no row`, async () => {
      const rows = await rowsOf(text, 'csv')
      equal(rows.length, 1)
      equal(rows[0] !== undefined && 'problem' in rows[0] && rows[0].line, 1)
    })
  }

  test('a record of the wrong width or with a stray quote is a problem with its line; the rest is read', async () => {
    const rows = await rowsOf('kind,value\nuser\nuser,a"b\nuser,u-1\nuser,"never closed\nuser,u-2', 'csv')
    deepEqual(
      rows.map((one) => [one.line, 'problem' in one]),
      [
        [2, true],
        [3, true],
        [4, false],
        [5, true],
        [6, false],
      ],
    )
    doesNotMatch(JSON.stringify(rows.filter((one) => 'problem' in one)), /never closed|a\\"b/)
  })
})

describe('lines that name nobody', () => {
  const values: [string, string][] = [
    ['user', 'undefined'],
    ['user', 'NULL'],
    ['anonymous', '{{anonymous_id}}'],
    ['advertising_id', 'N/A'],
    ['advertising_id', '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8'],
    ['advertising_id', '5d41402abc4b2a76b9719d911017c592'],
    ['advertising_id', '6D92078A-8246-4BA4-AE5B-76104861E7D'],
    ['advertising_id', 'not-a-uuid'],
    ['vendor_id', '6D92078A-8246-4BA4-AE5B-76104861E7D'],
  ]
  for (const [kind, value] of values) {
    test(`${kind} ${value} is refused with its line and the reason, which repeats no value`, async () => {
      const [first, second] = await rowsOf(`kind,value\n${kind},${value}\nuser,u-2\n`, 'csv')
      equal(first !== undefined && 'problem' in first && first.line, 2)
      equal(JSON.stringify(first).includes(value), false)
      deepEqual(second, row(3, 'user', 'u-2'))
    })
  }

  test('a user id needs its namespace where there are several', async () => {
    const several = {
      ...DEFAULTS,
      namespaceOf: (name: string | undefined) =>
        name === 'b' ? ({ ok: true, of: { namespace: 'b' } } as const) : ({ ok: false, known: ['a', 'b'] } as const),
    }
    const text = 'kind,value,namespace\nuser,1001,\nuser,1001,b\nadvertising_id,ab01cd23ef4547898a1b2c3d4e5f6071,\n'
    const rows = await Array.fromAsync(parseChoiceRows(inChunks(text, 99), 'csv', several))
    deepEqual(
      rows.map((one) => ('problem' in one ? one.problem : one.row.identity.of?.namespace)),
      ['namespace must be one of a, b', 'b', undefined],
    )
  })
})

describe('lists as spreadsheets write them', () => {
  const tables = [
    'kind;value;denies\nuser;"a; b";sale sharing\n',
    'kind\tvalue\tdenies\nuser\t"a; b"\tsale|sharing\n',
    'sep=;\r\nKind;Value;Denies\r\nuser;"a; b";sale sharing\r\n',
    '\uFEFFkind,value,denies\nuser,a; b,sale sharing\n',
    'kind,value,denies\ruser,a; b,sale sharing\r',
    'kind,value,denies\r\nuser,="a; b",sale sharing\r\n',
    'kind,value,denies\nuser,"=""a; b""",sale sharing\n',
  ]
  for (const text of tables) {
    test(JSON.stringify(text), async () => {
      const rows = await rowsOf(text, 'csv')
      deepEqual(
        rows.map((one) => ('row' in one ? [one.row.identity.value, one.row.statement.denies] : one.problem)),
        [['a; b', 3]],
      )
    })
  }

  test('Unicode text, which is UTF-16, is read by its byte order mark', async () => {
    const bytes = Buffer.from('\uFEFFkind\tvalue\nuser\tJürgen\n', 'utf16le')
    for (const text of [bytes, Buffer.from(bytes).swap16()])
      deepEqual(await rowsOf(new Uint8Array(text), 'csv'), [row(2, 'user', 'Jürgen')])
  })

  test('an id that a spreadsheet rounded is refused: it would be nobody’s', async () => {
    const text = 'kind,value\nuser,4.91512E+12\nuser,"4,91512E+12"\nuser,1E+11\nuser,1e5\nuser,E+11\n'
    deepEqual(
      (await rowsOf(text, 'csv')).map((one) => 'problem' in one && one.problem.includes('spreadsheet')),
      [true, true, true, false, false],
    )
  })

  test('UTF-16 without its mark is named as what it is not', async () => {
    const [first] = await rowsOf(new Uint8Array(Buffer.from('kind,value\nuser,u-1\n', 'utf16le')), 'csv')
    equal(first !== undefined && 'problem' in first && first.problem.includes('UTF-8'), true)
  })
})
