import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseTrust } from '../../src/ledger/verify/note.ts'
import { checkTlogProof } from '../../src/ledger/verify/proof.ts'
import { ranSluice } from '../support/sluice.ts'
import { disclosureId } from './fixtures.ts'
import { type Handed, writeLedgerOfPeople } from './of-people.ts'

let folder: string
let handed: Handed
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-subject-'))
  handed = await writeLedgerOfPeople(folder)
})
after(() => rm(folder, { recursive: true, force: true }))

async function sluiceLedger(
  ...args: readonly string[]
): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const { code, out, err } = await ranSluice(['ledger', ...args])
  return { status: code, stdout: out, stderr: err }
}
function judged(export_: unknown, ...more: string[]) {
  const file = join(folder, 'export.json')
  writeFileSync(file, JSON.stringify(export_))
  return sluiceLedger('subject', file, ...more)
}
const trust = (): string[] => ['--trust', join(folder, 'ledger', 'trust')]
const data = (): string[] => ['--data', folder]

describe('sluice ledger subject', () => {
  test('finds nothing wrong with a whole export, at home and beside the ledger', async () => {
    strictEqual(handed.disclosures.length, 20)
    const home = await judged(handed, ...trust())
    deepStrictEqual([home.status, home.stderr], [0, ''])
    match(home.stdout, /^20 disclosures, and each record is about this person. Each is in a ledger that a trusted key/)
    const beside = await judged(handed, ...trust(), ...data())
    strictEqual(beside.status, 0)
    match(beside.stdout, /None is missing: the ledger has no other about them\.\n$/)
  })

  const [first, second] = [3, 7]
  const rows: [string, (whole: Handed) => Handed, string[], RegExp][] = [
    [
      'a disclosure left out',
      (whole) => ({ ...whole, disclosures: whole.disclosures.toSpliced(first, 1) }),
      ['data'],
      /^left_out: record \d+ is a disclosure about this person, and the statement does not name it\n$/,
    ],
    [
      'a disclosure about somebody else put in',
      (whole) => ({ ...whole, disclosures: [...whole.disclosures, { id: disclosureId(1), seq: 2 }] }),
      ['data'],
      /^not_theirs: the statement names record 2,/,
    ],
    [
      'a disclosure that was never sent put in',
      (whole) => ({ ...whole, disclosures: [...whole.disclosures, { id: disclosureId(99), seq: 9 }] }),
      ['data'],
      /^not_theirs: the statement names record 9,/,
    ],
    [
      'another person’s keys',
      (whole) => ({ ...whole, keys: [{ epoch: 682, key: Buffer.alloc(32, 1).toString('base64') }] }),
      [],
      /^not_theirs: record \d+ is about somebody else\n/,
    ],
    [
      'a record under another’s number',
      (whole) => ({
        ...whole,
        disclosures: whole.disclosures.with(first, {
          ...whole.disclosures[first]!,
          leaf: whole.disclosures[second]!.leaf!,
        }),
      }),
      [],
      /^not_theirs: record \d+ is another record than it is said to be\n$/,
    ],
    [
      'a proof of another record',
      (whole) => ({
        ...whole,
        disclosures: whole.disclosures.with(first, {
          ...whole.disclosures[first]!,
          proof: whole.disclosures[second]!.proof!,
        }),
      }),
      ['trust'],
      /^not_included: the proof of record \d+ is not good/,
    ],
    [
      'no proof',
      ({ keys, disclosures }) => ({ keys, disclosures: disclosures.map(({ id, seq }) => ({ id, seq })).slice(0, 1) }),
      ['trust'],
      /^unproven: record \d+ has no proof\n$/,
    ],
  ]
  for (const [what, change, flags, says] of rows) {
    test(`finds ${what}`, async () => {
      const more = [...(flags.includes('trust') ? trust() : []), ...(flags.includes('data') ? data() : [])]
      const { status, stdout } = await judged(change(handed), ...more)
      strictEqual(status, 1)
      match(stdout, says)
    })
  }

  test('judges a page of an export only as far as it goes', async () => {
    const page = { ...handed, disclosures: handed.disclosures.slice(0, 5), next: handed.disclosures[4]!.seq }
    strictEqual((await judged(page, ...data())).status, 0)
  })

  test('refuses what is no export', async () => {
    const { status, stderr } = await judged({ disclosures: [] })
    strictEqual(status, 1)
    match(stderr, /is no export with keys/)
  })
})

describe('sluice ledger proof', () => {
  test('makes a proof of a disclosure that verify checks with the trusted keys alone', async () => {
    const { stdout } = await sluiceLedger('proof', disclosureId(123), ...data())
    const file = join(folder, 'proof')
    writeFileSync(file, stdout)
    const checked = await sluiceLedger('verify', file, ...trust())
    deepStrictEqual([checked.status, checked.stderr], [0, ''])
    match(
      checked.stdout,
      /^The proof is good: this is record 246 of ledger\.example\/test, in the ledger of 401 records/,
    )
    strictEqual((await sluiceLedger('proof', '246', ...data())).stdout, stdout)
  })

  test('does not hold when any line of it is changed', async () => {
    const proof = (await sluiceLedger('proof', '100', ...data())).stdout
    const lines = proof.split('\n')
    const trusted = parseTrust(readFileSync(join(folder, 'ledger', 'trust'), 'utf8'))
    strictEqual(checkTlogProof(proof, trusted).state, 'valid')
    let tried = 0
    for (const [i, line] of lines.entries()) {
      if (line === '') continue
      // Before the padding: the last character of base64 may hold bits that mean nothing.
      const changed = line.replace(
        /(..)(=*)$/u,
        (_, last: string, end: string) => `${last[0] === 'A' ? 'B' : 'A'}${last[1]}${end}`,
      )
      if (changed === line) continue
      tried++
      strictEqual(checkTlogProof(lines.with(i, changed).join('\n'), trusted).state, 'invalid', line)
    }
    ok(tried > 8)
  })

  test('says why there is none', async () => {
    match((await sluiceLedger('proof', disclosureId(4_000), ...data())).stderr, /There is no such record here/)
    match((await sluiceLedger('proof', 'the-last', ...data())).stderr, /Name a disclosure by its id/)
    match((await sluiceLedger('verify', join(folder, 'export.json'))).stderr, /Name the keys to believe/)
  })
})
