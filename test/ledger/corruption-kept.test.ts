import { deepStrictEqual } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, type TestContext, test } from 'node:test'
import { createSigner } from '../../src/ledger/signer.ts'
import { RULE_OPTIONS } from '../../src/ledger/verify/rules.ts'
import { openKept } from '../../src/storage/sqlite/ledger-kept.ts'
import { readSegment } from '../../src/storage/sqlite/ledger-segment.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { dataFolder, intent, ORIGIN, outcome, signingKey, TIME, withheld } from './fixtures.ts'

/*
 * A ledger of 1,100 records and a CONTROL, in segments that began at 0 and 600, of which the first was pruned: 600 is cut
 * by no power of two, so roots of 512, 64, 16 and 8 records are kept, two roots of tiles, and the hashes of the last 88.
 */
const FLOOR = 600
let base: string
/** A checkpoint from before the pruning, of 600 records. */
let older: string
const key = signingKey()

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sluice-ledger-'))
  const limits = { segmentLeaves: FLOOR, checkpointMs: 1_000_000 }
  const ledger = await startLedger({ dataFolder: base, signingKey: key, origin: ORIGIN, limits })
  for (let at = 0; at < 599; at += 100)
    await ledger.append(Array.from({ length: Math.min(100, 599 - at) }, (_, i) => withheld(at + i)))
  await ledger.append([intent(599)])
  await ledger.append([outcome(599), ...Array.from({ length: 499 }, (_, i) => withheld(600 + i))])
  const facts = { below: FLOOR, segments: 1, before: TIME }
  await ledger.append([{ kind: 'control', time: TIME, nonce: '0'.repeat(32), action: 'ledger_pruned', facts }])
  await ledger.close()
  const first = readSegment(segmentPath(base, 0))
  older = first.lastCheckpoint()!.note
  const beside = first.leaves(512, 88).map(({ seq, hash }) => ({ level: 0, index: seq, hash }))
  const kept = openKept(base)
  kept.raise({ size: FLOOR, range: readSegment(segmentPath(base, FLOOR)).range }, [...first.allNodes(), ...beside])
  kept.close()
  first.close()
  for (const end of ['', '-wal', '-shm']) await rm(segmentPath(base, 0) + end, { force: true })
})
after(() => rm(base, { recursive: true, force: true }))

const segmentPath = (folder: string, first: number): string =>
  join(folder, `ledger/segment-${String(first).padStart(12, '0')}.db`)
const keptPath = (folder: string): string => join(folder, 'ledger/kept.db')

async function copyOfBase(t: TestContext): Promise<string> {
  const folder = await dataFolder(t)
  await cp(join(base, 'ledger'), join(folder, 'ledger'), { recursive: true })
  return folder
}

test('a pruned ledger verifies from its lowest record on, and keeps the protocol', async () => {
  const report = await verifyLedger(base, { rules: RULE_OPTIONS })
  deepStrictEqual([report.problems, report.size, report.lowest, report.openIntents], [[], 1_101, 600, 0])
})

test('a checkpoint that is older than the lowest record is counted, not passed over', async () => {
  const signer = createSigner(ORIGIN, key)
  const checkpoints = [signer.checkpoint(300, Buffer.alloc(32)), older]
  const report = await verifyLedger(base, { checkpoints })
  deepStrictEqual([report.problems, report.olderCheckpoints], [[], 1])
})

describe('what pruning left is held against itself and the records above', () => {
  const rows: [string, sql: string, [string, number | undefined][]][] = [
    [
      'a root of the tree below changed',
      'UPDATE floor SET range = CAST(zeroblob(32) || substr(range, 33) AS BLOB)',
      [
        ['kept_altered', 0],
        ['kept_altered', 600],
      ],
    ],
    [
      'two roots swapped',
      'UPDATE floor SET range = CAST(substr(range, 33, 32) || substr(range, 1, 32) || substr(range, 65) AS BLOB)',
      [
        ['kept_altered', 0],
        ['kept_altered', 512],
        ['kept_altered', 600],
      ],
    ],
    ['a root gone', 'UPDATE floor SET range = substr(range, 33)', [['kept_altered', 600]]],
    [
      'the size changed',
      'UPDATE floor SET size = 599',
      [
        ['kept_altered', 599],
        ['segment_missing', 599],
      ],
    ],
    ['a tile’s root changed', 'UPDATE nodes SET hash = zeroblob(32) WHERE level = 8 AND n = 1', [['kept_altered', 0]]],
    ['a tile’s root gone', 'DELETE FROM nodes WHERE level = 8 AND n = 0', [['kept_missing', 0]]],
    [
      'a leaf’s hash changed',
      'UPDATE nodes SET hash = zeroblob(32) WHERE level = 0 AND n = 580',
      [['kept_altered', 576]],
    ],
    ['a leaf’s hash gone', 'DELETE FROM nodes WHERE level = 0 AND n = 599', [['kept_missing', 592]]],
    [
      'a hash of records that are still there',
      'INSERT INTO nodes VALUES (8, 2, zeroblob(32))',
      [['kept_altered', 512]],
    ],
  ]
  for (const [what, sql, expected] of rows) {
    test(what, async (t) => {
      const folder = await copyOfBase(t)
      const db = new DatabaseSync(keptPath(folder))
      db.exec(sql)
      db.close()
      const { problems } = await verifyLedger(folder)
      deepStrictEqual(
        problems.map(({ name, seq }) => [name, seq]),
        expected,
      )
    })
  }

  const files: [string, (folder: string) => Promise<void>, string[]][] = [
    ['the file gone', (folder) => rm(keptPath(folder)), ['segment_missing']],
    ['the file cut off', (folder) => truncate(keptPath(folder), 5_000), ['kept_unreadable']],
    [
      'garbage before it',
      (folder) => writeFile(keptPath(folder), Buffer.concat([Buffer.from('x'), readFileSync(keptPath(folder))])),
      ['kept_unreadable'],
    ],
    ['nothing in it', (folder) => writeFile(keptPath(folder), ''), ['kept_unreadable']],
  ]
  for (const [what, corrupt, names] of files) {
    test(what, async (t) => {
      const folder = await copyOfBase(t)
      await rm(`${keptPath(folder)}-wal`, { force: true })
      await corrupt(folder)
      const { problems } = await verifyLedger(folder)
      deepStrictEqual(
        problems.map(({ name }) => name),
        names,
      )
    })
  }
})

test('records that are gone without a CONTROL that says so', async (t) => {
  const folder = await copyOfBase(t)
  const db = new DatabaseSync(segmentPath(folder, FLOOR))
  const leaf = Buffer.from(db.prepare('SELECT leaf FROM leaves WHERE seq = 1100').get()?.leaf as Uint8Array)
  leaf.write('ledger_brewed', leaf.indexOf('ledger_pruned'))
  db.prepare('UPDATE leaves SET leaf = ? WHERE seq = 1100').run(leaf)
  db.close()
  const { problems } = await verifyLedger(folder, { rules: RULE_OPTIONS })
  deepStrictEqual(
    problems.map(({ name }) => name),
    ['leaf_altered', 'prune_unrecorded'],
  )
})
