import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { intent, outcome, TIME, withheld } from '../../../test/ledger/fixtures.ts'
import { importsOf } from '../../../test/support/import-rules.ts'
import type { IntentRecord, LedgerRecord } from '../../model/disclosure.ts'
import { decodeLeaf, leafOf } from '../leaf.ts'
import { LeafError } from '../leaf-error.ts'
import { LeafReading } from './leaf.ts'
import { BytesReader } from './reader.ts'
import { CLASSES, KINDS, OUTCOMES, PURPOSES, REASONS, ROLES, VERBS } from './words.ts'

const DOC = readFileSync(new URL('../../../docs/ledger-format.md', import.meta.url), 'utf8')

function tableUnder(header: string): readonly (readonly string[])[] {
  const [, after = ''] = DOC.split(`| ${header} |\n`)
  const lines = after.split('\n').slice(1)
  return lines.slice(0, lines.indexOf('')).map((line) => line.slice(2, -2).replaceAll('`', '').split(' | '))
}

describe('the verifier’s own numbers are those of docs/ledger-format.md', () => {
  const tables: readonly [string, readonly string[], number][] = [
    ['number | kind', KINDS, 1],
    ['number | outcome', OUTCOMES, 1],
    ['number | role', ROLES, 1],
    ['number | verb', VERBS, 1],
    ['bit | purpose', PURPOSES, 0],
    ['number | reason', REASONS, 1],
  ]
  for (const [header, words, from] of tables) {
    test(header, () => {
      const rows = words
        .map((word, number) => [String(number), word])
        .slice(from)
        .filter(([, word]) => word !== '')
      deepStrictEqual(tableUnder(header), rows, 'add the new word to src/ledger/verify/words.ts, as the page says it')
    })
  }

  test('a reserved number is refused, as one beyond the last is', () => {
    deepStrictEqual(REASONS[6], '')
    for (const number of [0, 6, 27, REASONS.length])
      throws(() => new BytesReader(Buffer.from([number]), 0, 1).word(REASONS), { why: 'number_unknown' })
    deepStrictEqual(new BytesReader(Buffer.from([7]), 0, 1).word(REASONS), 'event_not_granted')
  })

  test('number | class | levels', () => {
    const rows = CLASSES.slice(1).map(({ name, levels }, i) => {
      const counted = levels.map((level, n) => `${n} ${level}`).join(' ')
      return [String(i + 1), name, name === 'ip' ? 'two numbers: bits kept of v4 (0–32), of v6 (0–128)' : counted]
    })
    deepStrictEqual(tableUnder('number | class | levels'), rows)
  })
})

const RECORDS: readonly LedgerRecord[] = [
  intent(1),
  { ...intent(2), event: 'Größe 🎈', countries: ['DE', 'IE', 'US'], purposes: ['advertising', 'service'] },
  { ...intent(3), sealed: Buffer.from('nonce and text and tag').toString('base64') },
  { ...intent(4), treatments: { ip: 0, payment: 0, advertising_id: 0 } },
  outcome(1),
  outcome(2, { kind: 'refused', status: 429, retry: true, retryAfterMs: 1_000 }),
  outcome(3, { kind: 'unknown_after_write', code: 'UND_ERR_SOCKET' }),
  outcome(4, { kind: 'cancelled_not_sent', why: 'choice' }),
  outcome(5, { kind: 'unresolved_assume_disclosed' }),
  withheld(6),
  { ...withheld(7), count: 12 },
  { kind: 'control', time: TIME, nonce: 'ab'.repeat(16), action: 'started', facts: { revision: 3, digest: 'c0ffee' } },
  { kind: 'request', time: TIME, nonce: 'cd'.repeat(16), action: 'choice', facts: { ü: 'ä', z: 0.5 } },
]
const DAY = Date.UTC(2026, 10, 24)
const LATER: readonly LedgerRecord[] = [
  { ...intent(1), extension: { law: 'gdpr' }, sealed: Buffer.from('nonce and text and tag').toString('base64') },
  { ...withheld(2), count: 3, extension: {} },
  {
    ...pick(intent(3)),
    kind: 'notice',
    time: DAY,
    verb: 'erase',
    identifier: 'vendor_id',
    extension: { a: 1 },
  },
  { ...outcome(3), kind: 'notice_outcome', time: DAY },
  { kind: 'receipt', time: DAY, nonce: 'ef'.repeat(16), action: 'choice', facts: { hash: 'aa' } },
  { kind: 'cell', time: TIME, nonce: 'ef'.repeat(16), action: 'cell_closed', facts: { size: 41 } },
  { kind: 'later', number: 64, time: TIME, nonce: 'ef'.repeat(16), action: 'x', facts: {} },
]
function pick({ id, eventRef, epoch, blind, commitment, bytes, attempt, partner, type, revision }: IntentRecord) {
  return { id, eventRef, epoch, blind, commitment, bytes, attempt, partner, type, revision }
}
const VERSION_4 = [...RECORDS, ...LATER].map((record, i) => Buffer.from(leafOf(record, i)))
/** Of what version 3 could say the bytes are the same, but for the first. */
const VERSION_3 = VERSION_4.slice(0, RECORDS.length).map((leaf) => Buffer.concat([Buffer.of(3), leaf.subarray(1)]))
const LEAVES = [...VERSION_3, ...VERSION_4]

/** What each of the two says of the same bytes. */
function verdicts(leaf: Buffer): { readonly writers: string; readonly verifiers: string } {
  const reading = new LeafReading()
  // Somewhere within a larger page, as it reads them.
  const page = Buffer.concat([Buffer.from('before'), leaf, Buffer.from('after')])
  const verifiers = reading.read(page, 6, 6 + leaf.length) ?? `${reading.shape?.kind} ${reading.seq} ${reading.time}`
  try {
    const { seq, record } = decodeLeaf(leaf)
    return { writers: `${record.kind} ${seq} ${record.time}`, verifiers }
  } catch (error) {
    if (!(error instanceof LeafError)) throw error
    return { writers: error.problem, verifiers }
  }
}

describe('the verifier reads leaves by itself', () => {
  test('and reads what was written', () => {
    for (const leaf of LEAVES) {
      const { writers, verifiers } = verdicts(leaf)
      strictEqual(verifiers, writers)
    }
  })

  test('and refuses every cut for the reason the format gives', () => {
    for (const leaf of LEAVES) {
      for (let end = 0; end < leaf.length; end++) {
        const { writers, verifiers } = verdicts(leaf.subarray(0, end))
        strictEqual(verifiers, writers)
      }
    }
  })

  test('and agrees with the format on any bytes that are nearly a leaf', () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.constantFrom('put', 'insert', 'remove'))
    const input = fc.tuple(fc.constantFrom(...LEAVES), fc.array(change, { minLength: 1, maxLength: 3 }))
    fc.assert(
      fc.property(input, ([leaf, changes]) => {
        const { writers, verifiers } = verdicts(changed(leaf, changes))
        strictEqual(verifiers, writers)
      }),
      { numRuns: 3_000 },
    )
  })
})

function changed(leaf: Buffer, changes: readonly (readonly [number, number, string])[]): Buffer {
  let bytes = Buffer.from(leaf)
  for (const [where, value, how] of changes) {
    const at = where % (bytes.length + 1)
    if (how === 'put' && at < bytes.length) bytes[at] = value
    else if (how === 'insert') bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(value), bytes.subarray(at)])
    else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
  }
  return bytes
}

describe('the verifier shares nothing with the writer', () => {
  const folder = import.meta.dirname
  const isOwn = (target: string | undefined): boolean => target?.startsWith('ledger/verify/') === true

  test('no file of it imports what writes, encodes or proves', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    ok(files.length > 10)
    for (const name of files) {
      const imports = importsOf(`ledger/verify/${name}`, readFileSync(join(folder, name), 'utf8'))
      const foreign = imports.filter(({ target, module }) => !isOwn(target) && module !== 'node:crypto')
      deepStrictEqual(foreign, [], `${name} is the verifier's`)
    }
  })

  test('the rule is one that can be broken', () => {
    const planted = importsOf('ledger/verify-x.ts', "import { leafHash } from '../tree.ts'")
    strictEqual(
      planted.every(({ target }) => isOwn(target)),
      false,
    )
  })
})
