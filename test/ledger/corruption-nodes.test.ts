import { deepStrictEqual } from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { dataFolder, ORIGIN, signingKey, withheld } from './fixtures.ts'

/*
 * A ledger of 1,100 records in segments that begin at 0 and 600: the roots of its subtrees of 256 are kept where they
 * were completed, two in the first segment and two in the second.
 */
let base: string
before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sluice-ledger-'))
  const limits = { segmentLeaves: 600, checkpointMs: 1_000_000 }
  const ledger = await startLedger({ dataFolder: base, signingKey: signingKey(), origin: ORIGIN, limits })
  for (let at = 0; at < 1_100; at += 100) await ledger.append(Array.from({ length: 100 }, (_, i) => withheld(at + i)))
  await ledger.close()
})
after(() => rm(base, { recursive: true, force: true }))

describe('the kept upper levels of tiles', () => {
  const rows: [string, first: number, sql: string, [string, number | undefined][]][] = [
    ['are right as they are', 0, 'SELECT 1', []],
    ['one changed', 0, 'UPDATE nodes SET hash = zeroblob(32) WHERE n = 1', [['node_altered', 256]]],
    ['one cut short', 600, 'UPDATE nodes SET hash = substr(hash, 1, 31) WHERE n = 2', [['node_altered', 512]]],
    ['one gone', 600, 'DELETE FROM nodes WHERE n = 3', [['node_missing', 768]]],
    ['one too many', 600, 'INSERT INTO nodes VALUES (8, 9, zeroblob(32))', [['node_extra', undefined]]],
    [
      'two swapped',
      0,
      'UPDATE nodes SET n = 7 WHERE n = 0; UPDATE nodes SET n = 0 WHERE n = 1; UPDATE nodes SET n = 1 WHERE n = 7',
      [
        ['node_altered', 0],
        ['node_altered', 256],
      ],
    ],
    [
      'a record changed under them: the record is named, and no root',
      0,
      "UPDATE leaves SET leaf = x'00' WHERE seq = 5",
      [['leaf_altered', 5]],
    ],
    [
      'a record before the first of its segment',
      600,
      'INSERT INTO leaves SELECT 17, leaf, hash FROM leaves WHERE seq = 600',
      [['leaf_extra', 17]],
    ],
  ]
  for (const [name, first, sql, expected] of rows) {
    test(name, async (t) => {
      const folder = await dataFolder(t)
      await cp(join(base, 'ledger'), join(folder, 'ledger'), { recursive: true })
      const db = new DatabaseSync(join(folder, `ledger/segment-${String(first).padStart(12, '0')}.db`))
      db.exec(sql)
      db.close()
      const { problems } = await verifyLedger(folder)
      deepStrictEqual(
        problems.map(({ name, seq }) => [name, seq]),
        expected,
      )
    })
  }
})
