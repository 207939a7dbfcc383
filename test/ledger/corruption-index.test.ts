import { deepStrictEqual, match, strictEqual } from 'node:assert/strict'
import { cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, type TestContext, test } from 'node:test'
import type { LedgerEntry } from '../../src/model/disclosure.ts'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { dataFolder, intent, ORIGIN, outcome, signingKey, TIME, withheld } from './fixtures.ts'

/*
 * A ledger of 130 records in segments that begin at 0, 50 and 100; the first two are sealed and have an index. INTENT 49
 * is the last record of the first segment, its OUTCOME the first of the second.
 */
let base: string
before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sluice-ledger-'))
  const limits = { segmentLeaves: 50, checkpointMs: 1_000_000 }
  const ledger = await startLedger({ dataFolder: base, signingKey: signingKey(), origin: ORIGIN, limits })
  const records: LedgerEntry[] = [
    { kind: 'control', time: TIME, nonce: '0'.repeat(32), action: 'started', facts: {} },
    ...Array.from({ length: 12 }, (_, n) => [intent(n), outcome(n), withheld(n + 50), intent(n, 2, 'other')]).flat(),
    intent(100),
    outcome(100),
    ...Array.from({ length: 12 }, (_, n) => outcome(n, { kind: 'refused', status: 400, retry: false }, 2, 'other')),
    ...Array.from({ length: 67 }, (_, n) => withheld(n + 200)),
  ]
  for (let at = 0; at < records.length; at += 10) await ledger.append(records.slice(at, at + 10))
  await ledger.close()
  const archive = openLedgerArchive(base, async () => undefined)
  await archive.seal()
  await archive.close()
})
after(() => rm(base, { recursive: true, force: true }))

async function copyOfBase(t: TestContext): Promise<string> {
  const folder = await dataFolder(t)
  await cp(join(base, 'ledger'), join(folder, 'ledger'), { recursive: true })
  return folder
}
const indexPath = (folder: string, first: number): string =>
  join(folder, `ledger/index-${String(first).padStart(12, '0')}.db`)

test('the indexes that the others change are right as they are', async () => {
  const { problems, size, segments } = await verifyLedger(base)
  deepStrictEqual([problems, size, segments], [[], 130, 3])
})

describe('an index that says other than its records is found', () => {
  const rows: [string, first: number, sql: string, says: RegExp][] = [
    ['a count changed', 0, 'UPDATE shapes SET count = count + 1 WHERE id = 1', /counts other records of a kind/],
    [
      'a kind of records renamed',
      0,
      `UPDATE shapes SET shape = replace(shape, 'meta', 'acme')`,
      /names a kind of records/,
    ],
    ['a kind of records that is no JSON', 50, "UPDATE shapes SET shape = '{' WHERE id = 0", /names a kind of records/],
    ['a time changed', 0, 'UPDATE shapes SET "to" = "to" + 1 WHERE id = 1', /counts other records of a kind/],
    [
      'a list cut short',
      0,
      'UPDATE shapes SET seqs = substr(seqs, 1, length(seqs) - 1) WHERE id = 1',
      /lists 49 records/,
    ],
    [
      'a record listed among others',
      0,
      "UPDATE shapes SET seqs = CAST(x'02' || substr(seqs, 2) AS BLOB) WHERE id = 1",
      /lists record \d+ among others/,
    ],
    [
      'two lists swapped',
      0,
      'UPDATE shapes SET id = -1 WHERE id = 1; UPDATE shapes SET id = 1 WHERE id = 2; UPDATE shapes SET id = 2 WHERE id = -1',
      /counts other disclosures on a day/,
    ],
    ['a kind deleted', 0, 'DELETE FROM shapes WHERE id = 2', /lists \d+ records where there are 50/],
    [
      'a day’s count changed',
      0,
      "UPDATE days SET count = count + 1 WHERE ending = 'delivered'",
      /counts other disclosures on a day/,
    ],
    [
      'a disclosure called not sent',
      0,
      "UPDATE days SET ending = 'not_sent' WHERE ending = 'delivered'",
      /counts other disclosures on a day/,
    ],
    ['a day deleted', 50, 'DELETE FROM days', /counts other disclosures on a day/],
    ['a day too many', 0, "INSERT INTO days VALUES (1, 3, 'open', 1)", /on a day on which there were none/],
    [
      'an OUTCOME changed',
      0,
      'UPDATE answers SET outcome = outcome + 4 WHERE intent = 1',
      /gives INTENT 1 another OUTCOME/,
    ],
    [
      'an OUTCOME deleted',
      0,
      'DELETE FROM answers WHERE intent = 1',
      /knows 11 OUTCOMEs of its INTENTs where there are 12/,
    ],
    ['an OUTCOME inserted', 0, 'INSERT INTO answers VALUES (49, 3)', /gives INTENT 49 another OUTCOME/],
    ['an earlier INTENT’s OUTCOME moved', 50, 'UPDATE strays SET seq = seq + 1', /does not find OUTCOME 50/],
    ['an earlier INTENT’s OUTCOME deleted', 50, 'DELETE FROM strays WHERE seq = 50', /does not find OUTCOME 50/],
    [
      'an earlier INTENT’s OUTCOME invented',
      0,
      "INSERT INTO strays VALUES ('00', 3)",
      /knows an OUTCOME of an earlier INTENT/,
    ],
    [
      'an OUTCOME said to be about a person',
      0,
      'INSERT INTO subjects VALUES (7, 2)',
      /says that record 2 is about a person/,
    ],
    [
      'a record of elsewhere said to be about one',
      0,
      'INSERT INTO subjects VALUES (7, 80)',
      /says that record 80 is about a person/,
    ],
    ['another range', 0, 'UPDATE segment SET "end" = 49', /is one of the records from 0 to 48/],
  ]
  for (const [what, first, sql, says] of rows) {
    test(what, async (t) => {
      const folder = await copyOfBase(t)
      const db = new DatabaseSync(indexPath(folder, first))
      db.exec(sql)
      db.close()
      const { problems } = await verifyLedger(folder)
      deepStrictEqual([...new Set(problems.map(({ name }) => name))], ['index_altered'])
      match(problems.map(({ says }) => says).join('\n'), says)
    })
  }

  const files: [string, (folder: string) => Promise<void>, string][] = [
    [
      'another segment’s index in its place',
      (folder) => cp(indexPath(folder, 50), indexPath(folder, 0)),
      'index_altered',
    ],
    ['cut off', (folder) => truncate(indexPath(folder, 0), 4_096), 'index_unreadable'],
    ['not a database', (folder) => writeFile(indexPath(folder, 0), 'x'.repeat(9_000)), 'index_unreadable'],
    ['empty', (folder) => writeFile(indexPath(folder, 0), ''), 'index_unreadable'],
    [
      'a segment in its place',
      (folder) => cp(join(folder, 'ledger/segment-000000000050.db'), indexPath(folder, 0)),
      'index_unreadable',
    ],
  ]
  for (const [what, corrupt, name] of files) {
    test(what, async (t) => {
      const folder = await copyOfBase(t)
      await corrupt(folder)
      const { problems } = await verifyLedger(folder)
      deepStrictEqual(
        problems.map((problem) => [problem.name, problem.seq]),
        [[name, 0]],
      )
    })
  }

  test('an index that is not there yet is none to find fault with', async (t) => {
    const folder = await copyOfBase(t)
    await rm(indexPath(folder, 0))
    deepStrictEqual((await verifyLedger(folder)).problems, [])
  })
})

test('a large ledger is read by several threads, which find what one finds', async (t) => {
  const folder = await dataFolder(t)
  const limits = { segmentLeaves: 52_000 }
  const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN, limits })
  for (let at = 0; at < 120_000; at += 4_000)
    await ledger.append(Array.from({ length: 4_000 }, (_, i) => withheld(at + i)))
  await ledger.close()
  const whole = await verifyLedger(folder)
  deepStrictEqual([whole.problems, whole.size, whole.segments], [[], 120_000, 3])
  const db = new DatabaseSync(join(folder, 'ledger/segment-000000052000.db'))
  db.exec("UPDATE leaves SET leaf = x'00' WHERE seq = 60000")
  db.close()
  const report = await verifyLedger(folder)
  deepStrictEqual(
    report.problems.map(({ name, seq }) => [name, seq]),
    [['leaf_altered', 60_000]],
  )
  strictEqual(report.root, whole.root)
})
