/** `sluice ledger fsck` with the people's keys at hand: whom the index says records are about is derived again. */
import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, type TestContext, test } from 'node:test'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { sluice } from '../support/sluice.ts'
import { KEY_ENCRYPTION_KEY } from '../support/subject-keys.ts'
import { dataFolder } from './fixtures.ts'
import { writeLedgerOfPeople } from './of-people.ts'

async function sealed(t: TestContext, isKeyThere = true): Promise<string> {
  const folder = await dataFolder(t)
  await writeLedgerOfPeople(folder)
  const archive = openLedgerArchive(folder, async () => undefined)
  await archive.seal()
  await archive.close()
  mkdirSync(join(folder, 'keys'), { recursive: true })
  if (isKeyThere) writeFileSync(join(folder, 'keys', 'encryption.key'), Buffer.from(KEY_ENCRYPTION_KEY).toString('hex'))
  return folder
}

async function fsck(
  folder: string,
): Promise<{ readonly verified: boolean; readonly names: readonly string[]; derived?: number }> {
  const { out } = await sluice(['ledger', 'fsck', folder, '--json'])
  const { verified, problems, derived } = JSON.parse(out)
  return { verified, names: [...new Set<string>(problems.map(({ name }: { name: string }) => name))], derived }
}
function change(folder: string, sql: string): void {
  for (const name of readdirSync(join(folder, 'ledger')).filter((one) => /^index-\d+\.db$/u.test(one))) {
    const db = new DatabaseSync(join(folder, 'ledger', name))
    db.exec(sql)
    db.close()
  }
}

describe('fsck with the keys at hand', () => {
  test('derives every blind, and finds nothing where nothing was changed', async (t) => {
    deepStrictEqual(await fsck(await sealed(t)), { verified: true, names: [], derived: 200 })
  })

  const damage: readonly [string, string][] = [
    ['deleted', 'DELETE FROM subjects'],
    ['thinned out', 'DELETE FROM subjects WHERE seq % 40 = 0'],
    ['exchanged', 'UPDATE subjects SET subject = iif(subject = 1, 90, iif(subject = 2, 1, subject)) WHERE subject < 3'],
    [
      'deleted with totals to match',
      "DELETE FROM subjects; UPDATE totals SET entries = 0, sum = 0 WHERE of = 'subjects'",
    ],
  ]
  for (const [what, sql] of damage) {
    test(`names an index whose entries about people were ${what}`, async (t) => {
      const folder = await sealed(t)
      change(folder, sql)
      const { verified, names } = await fsck(folder)
      deepStrictEqual([verified, names], [false, ['index_altered']])
    })
  }

  test('of a person whose key was destroyed nothing is missed', async (t) => {
    const folder = await sealed(t)
    change(folder, 'DELETE FROM subjects WHERE subject = 3')
    const db = new DatabaseSync(join(folder, 'keys', 'subjects.db'))
    db.exec('DELETE FROM subject_keys WHERE id = 3')
    db.close()
    strictEqual((await fsck(folder)).verified, true)
  })

  test('without the keys it says nothing of people', async (t) => {
    const folder = await sealed(t, false)
    const { verified, derived } = await fsck(folder)
    deepStrictEqual([verified, derived], [true, undefined])
  })
})
