import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import type { KeyObject } from 'node:crypto'
import { cp, mkdtemp, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { leafOf } from '../../src/ledger/leaf.ts'
import { putSeq } from '../../src/ledger/leaf-layout.ts'
import { createSigner } from '../../src/ledger/signer.ts'
import { CompactRange, leafHash } from '../../src/ledger/tree.ts'
import type { LedgerRecord } from '../../src/model/disclosure.ts'
import { startLedger } from '../../src/threads/ledger-client.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { dataFolder, intent, ORIGIN, outcome, signingKey, withheld } from './fixtures.ts'

/*
 * One ledger of 110 records: commits of 10 records, segments that begin at 0, 40 and 80, checkpoints at 0, 40, 80, 110.
 * Every test changes a copy of it the way somebody with access to the files could, and reads what the verifier says.
 */
let base: string
let key: KeyObject

before(async () => {
  base = await mkdtemp(join(tmpdir(), 'sluice-ledger-'))
  key = signingKey()
  await writeLedger(base, 11)
})
after(() => rm(base, { recursive: true, force: true }))

async function writeLedger(folder: string, groups: number, shift = 0): Promise<void> {
  const limits = { segmentLeaves: 40, checkpointMs: 1_000_000 }
  const ledger = await startLedger({ dataFolder: folder, signingKey: key, origin: ORIGIN, limits })
  for (let group = 0; group < groups; group++) {
    const events = [0, 1, 2, 3, 4].map((i) => 5 * group + i + shift)
    await ledger.append(events.flatMap((n) => [intent(n), outcome(n)]))
  }
  await ledger.close()
}

async function copyOfBase(t: TestContext): Promise<string> {
  const folder = await dataFolder(t)
  await cp(join(base, 'ledger'), join(folder, 'ledger'), { recursive: true })
  return folder
}

const segmentPath = (folder: string, first: number): string =>
  join(folder, `ledger/segment-${String(first).padStart(12, '0')}.db`)

/** Runs SQL on the segment that begins at `first`. */
function change(folder: string, first: number, work: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(segmentPath(folder, first))
  try {
    work(db)
  } finally {
    db.close()
  }
}
const sql =
  (first: number, text: string): Corrupt =>
  (folder) =>
    change(folder, first, (db) => db.exec(text))

type Corrupt = (folder: string) => void | Promise<void>
type Found = readonly [name: string, seq: number | undefined]

async function found(folder: string): Promise<readonly Found[]> {
  const { problems, verified } = await verifyLedger(folder)
  strictEqual(verified, problems.length === 0)
  return problems.map(({ name, seq }) => [name, seq])
}

function leafAt(db: DatabaseSync, seq: number): Uint8Array {
  return db.prepare('SELECT leaf FROM leaves WHERE seq = ?').get(seq)?.leaf as Uint8Array
}
/** Puts a record in the place of another, with the hash that belongs to it. */
function replaceLeaf(db: DatabaseSync, seq: number, leaf: Uint8Array): void {
  db.prepare('UPDATE leaves SET leaf = ?, hash = ? WHERE seq = ?').run(leaf, leafHash(leaf), seq)
}
/** Computes every head of the segment anew, as its leaves now are. */
function rewriteHeads(db: DatabaseSync): void {
  const { first, range } = db.prepare('SELECT first, range FROM segment').get() as { first: number; range: Uint8Array }
  const tree = new CompactRange(first, range)
  const sizes = new Set(
    db
      .prepare('SELECT size FROM heads')
      .all()
      .map((row) => row.size),
  )
  for (const row of db.prepare('SELECT leaf FROM leaves ORDER BY seq').all()) {
    tree.append(leafHash(row.leaf as Uint8Array))
    if (sizes.has(tree.size)) db.prepare('UPDATE heads SET root = ? WHERE size = ?').run(tree.root(), tree.size)
  }
}
/** Moves all rows from `seq` on by `by` places. */
function shift(db: DatabaseSync, seq: number, by: number): void {
  db.prepare('UPDATE leaves SET seq = -1 - seq WHERE seq >= ?').run(seq)
  db.prepare('UPDATE leaves SET seq = -1 - seq + ? WHERE seq < 0').run(by)
}
function renumberLeaves(db: DatabaseSync): void {
  for (const row of db.prepare('SELECT seq, leaf FROM leaves').all()) {
    const leaf = row.leaf as Uint8Array
    putSeq(leaf, row.seq as number)
    replaceLeaf(db, row.seq as number, leaf)
  }
}
function insert(db: DatabaseSync, seq: number, record: LedgerRecord): void {
  const leaf = leafOf(record, seq)
  db.prepare('INSERT INTO leaves(seq, leaf, hash) VALUES (?, ?, ?)').run(seq, leaf, leafHash(leaf))
}

test('the ledger that the others change verifies as it is', async () => {
  const report = await verifyLedger(base)
  deepStrictEqual(
    [report.verified, report.size, report.segments, report.checkpoints, report.signedSize, report.openIntents],
    [true, 110, 3, 4, 110, 0],
  )
  deepStrictEqual(report.records, { intent: 55, outcome: 55, withheld: 0, control: 0, request: 0 })
})

describe('one thing done to the files is found by its name', () => {
  const rows: [string, Corrupt, Found[]][] = [
    [
      'one bit of a record flipped',
      (folder) =>
        change(folder, 40, (db) => {
          const leaf = leafAt(db, 47)
          leaf[leaf.length - 1]! ^= 1
          db.prepare('UPDATE leaves SET leaf = ? WHERE seq = 47').run(leaf)
        }),
      [['leaf_altered', 47]],
    ],
    [
      'records replaced in two segments',
      async (folder) => {
        const other = leafOf(withheld(1), 3)
        change(folder, 0, (db) => db.prepare('UPDATE leaves SET leaf = ? WHERE seq = 3').run(other))
        change(folder, 80, (db) => db.prepare('UPDATE leaves SET leaf = ? WHERE seq = 109').run(other))
      },
      [
        ['leaf_altered', 3],
        ['leaf_altered', 109],
      ],
    ],
    ['a stored hash edited', sql(40, 'UPDATE leaves SET hash = zeroblob(32) WHERE seq = 47'), [['hash_altered', 47]]],
    [
      'a record and its stored hash edited together',
      (folder) => change(folder, 40, (db) => replaceLeaf(db, 46, leafOf({ ...intent(23), bytes: 9 }, 46))),
      [
        ['checkpoint_mismatch', 80],
        ['root_mismatch', 40],
      ],
    ],
    [
      'a record, its hash and every root after it edited together',
      (folder) =>
        change(folder, 40, (db) => {
          replaceLeaf(db, 46, leafOf({ ...intent(23), bytes: 9 }, 46))
          rewriteHeads(db)
        }),
      [
        ['checkpoint_mismatch', 80],
        ['range_mismatch', 80],
      ],
    ],
    ['a record deleted', sql(40, 'DELETE FROM leaves WHERE seq = 47'), [['leaf_missing', 47]]],
    [
      'three records in a row deleted',
      sql(40, 'DELETE FROM leaves WHERE seq BETWEEN 45 AND 47'),
      [['leaf_missing', 45]],
    ],
    [
      'a record deleted and the gap closed',
      (folder) =>
        change(folder, 40, (db) => {
          db.exec('DELETE FROM leaves WHERE seq = 47')
          shift(db, 48, -1)
        }),
      [
        ['leaf_missing', 47],
        ['root_mismatch', 40],
      ],
    ],
    [
      'a record deleted, the gap closed and the others renumbered',
      (folder) =>
        change(folder, 40, (db) => {
          db.exec('DELETE FROM leaves WHERE seq = 47')
          shift(db, 48, -1)
          renumberLeaves(db)
        }),
      [
        ['root_mismatch', 40],
        ['truncated', 79],
      ],
    ],
    [
      'a record inserted and the others moved',
      (folder) =>
        change(folder, 40, (db) => {
          shift(db, 47, 1)
          insert(db, 47, withheld(900))
        }),
      [
        ['leaf_extra', 48],
        ['root_mismatch', 40],
      ],
    ],
    [
      'a record added at the end',
      (folder) => change(folder, 80, (db) => insert(db, 110, withheld(900))),
      [
        ['leaf_extra', 110],
        ['unsigned', 110],
      ],
    ],
    [
      'a record copied to the end',
      (folder) =>
        change(folder, 80, (db) => db.exec('INSERT INTO leaves SELECT 110, leaf, hash FROM leaves WHERE seq = 90')),
      [['leaf_extra', 110]],
    ],
    [
      'two neighbours swapped',
      (folder) => change(folder, 40, (db) => swap(db, 48, 49)),
      [
        ['out_of_order', 48],
        ['out_of_order', 49],
        ['root_mismatch', 40],
      ],
    ],
    [
      'two distant records swapped',
      (folder) => change(folder, 40, (db) => swap(db, 44, 52)),
      [
        ['out_of_order', 44],
        ['out_of_order', 52],
        ['root_mismatch', 40],
      ],
    ],
    ['the last records of the ledger deleted', sql(80, 'DELETE FROM leaves WHERE seq >= 105'), [['truncated', 105]]],
    [
      'the last records deleted with their root',
      sql(80, 'DELETE FROM leaves WHERE seq >= 100; DELETE FROM heads WHERE size > 100'),
      [['truncated', 100]],
    ],
    [
      'the last records of a segment in the middle deleted',
      sql(40, 'DELETE FROM leaves WHERE seq >= 78'),
      [['truncated', 78]],
    ],
    ['a root edited', sql(40, 'UPDATE heads SET root = zeroblob(32) WHERE size = 60'), [['head_altered', 60]]],
    ['the last root edited', sql(80, 'UPDATE heads SET root = zeroblob(32) WHERE size = 110'), [['head_altered', 110]]],
    [
      'two roots swapped',
      (folder) =>
        change(folder, 40, (db) => {
          db.exec('CREATE TEMP TABLE old AS SELECT * FROM heads')
          db.exec(
            'UPDATE heads SET root = (SELECT root FROM old WHERE old.size = 110 - heads.size) WHERE size IN (50, 60)',
          )
        }),
      [
        ['head_altered', 50],
        ['head_altered', 60],
      ],
    ],
    ['roots taken away', sql(80, 'DELETE FROM heads'), [['leaf_extra', 80]]],
    [
      'a checkpoint edited',
      sql(
        80,
        "UPDATE checkpoints SET note = replace(note, char(10) || '80' || char(10), char(10) || '81' || char(10)) WHERE size = 110; UPDATE checkpoints SET note = replace(note, '110', '111')",
      ),
      [
        ['checkpoint_signature', 110],
        ['unsigned', 80],
      ],
    ],
    [
      'a checkpoint signed by somebody else',
      (folder) =>
        change(folder, 40, (db) => {
          const { root } = db.prepare('SELECT root FROM heads WHERE size = 80').get() as { root: Uint8Array }
          db.prepare('UPDATE checkpoints SET note = ? WHERE size = 80').run(
            createSigner(ORIGIN, signingKey()).checkpoint(80, root),
          )
        }),
      [
        ['checkpoint_key_unknown', 80],
        ['unsigned', 40],
      ],
    ],
    [
      'a checkpoint with another one’s size',
      (folder) =>
        change(folder, 40, (db) => {
          const { root } = db.prepare('SELECT root FROM heads WHERE size = 70').get() as { root: Uint8Array }
          db.prepare('UPDATE checkpoints SET note = ? WHERE size = 80').run(
            createSigner(ORIGIN, key).checkpoint(70, root),
          )
        }),
      [
        ['checkpoint_mismatch', 80],
        ['unsigned', 40],
      ],
    ],
    ['the checkpoints of a segment taken away', sql(40, 'DELETE FROM checkpoints'), [['unsigned', 40]]],
    [
      'the tree before a segment edited',
      (folder) =>
        change(folder, 80, (db) => {
          const { range } = db.prepare('SELECT range FROM segment').get() as { range: Uint8Array }
          range[0]! ^= 1
          db.prepare('UPDATE segment SET range = ?').run(range)
        }),
      [
        ['range_mismatch', 80],
        ['checkpoint_mismatch', 110],
        ['root_mismatch', 80],
      ],
    ],
    ['the first segment gone', (folder) => rm(segmentPath(folder, 0)), [['segment_missing', 0]]],
    ['a segment in the middle gone', (folder) => rm(segmentPath(folder, 40)), [['segment_missing', 40]]],
    ['the last segment gone', (folder) => rm(segmentPath(folder, 80)), [['rolled_back', 80]]],
    [
      'a segment under another’s name',
      async (folder) => {
        await rm(segmentPath(folder, 80))
        await cp(segmentPath(folder, 40), segmentPath(folder, 80))
      },
      [
        ['segment_misplaced', 80],
        ['segment_misplaced', 40],
      ],
    ],
    [
      'a segment renamed',
      (folder) => rename(segmentPath(folder, 40), segmentPath(folder, 41)),
      [['segment_misplaced', 41]],
    ],
    [
      'bytes before a segment file',
      async (folder) => {
        const path = segmentPath(folder, 40)
        await writeFile(path, Buffer.concat([Buffer.from('garbage'), await readFile(path)]))
      },
      [['segment_unreadable', 40]],
    ],
    ['a segment file cut in half', (folder) => truncate(segmentPath(folder, 40), 8_192), [['segment_unreadable', 40]]],
    [
      'the trust file edited',
      async (folder) => {
        const path = join(folder, 'ledger/trust')
        await writeFile(path, (await readFile(path, 'utf8')).replace(ORIGIN, 'other.example'))
      },
      [
        ['trust_malformed', undefined],
        ['checkpoint_key_unknown', 110],
      ],
    ],
    [
      'the checkpoint file edited',
      async (folder) => {
        const path = join(folder, 'ledger/checkpoint')
        await writeFile(path, (await readFile(path, 'utf8')).replace('110', '999'))
      },
      [['checkpoint_signature', undefined]],
    ],
  ]
  for (const [what, corrupt, expected] of rows) {
    test(what, async (t) => {
      const folder = await copyOfBase(t)
      await corrupt(folder)
      const names = await found(folder)
      for (const [name, seq] of expected) {
        ok(
          names.some((problem) => problem[0] === name && (seq === undefined || problem[1] === seq)),
          `${name} ${seq} among ${JSON.stringify(names)}`,
        )
      }
      const wanted = new Set(expected.map(([name]) => name))
      const besides = names.filter(([name]) => !wanted.has(name) && !CONSEQUENCES.has(name))
      deepStrictEqual(besides, [])
    })
  }
})

/** What may be reported besides the cause, because it follows from it. */
const CONSEQUENCES = new Set([
  'root_mismatch',
  'checkpoint_mismatch',
  'range_mismatch',
  'unsigned',
  'intent_open',
  'outcome_without_intent',
  'outcome_repeated',
  'rolled_back',
])

function swap(db: DatabaseSync, a: number, b: number): void {
  db.exec(`UPDATE leaves SET seq = -1 WHERE seq = ${a}`)
  db.exec(`UPDATE leaves SET seq = ${a} WHERE seq = ${b}`)
  db.exec(`UPDATE leaves SET seq = ${b} WHERE seq = -1`)
}

test('whatever bit of a record, hash, root, range or checkpoint is flipped, the ledger does not verify', async (t) => {
  const folder = await copyOfBase(t)
  const places = [
    ['leaves', 'seq', 'leaf'],
    ['leaves', 'seq', 'hash'],
    ['heads', 'size', 'root'],
    ['segment', 'first', 'range'],
    ['checkpoints', 'size', 'CAST(note AS BLOB)'],
  ] as const
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...places),
      fc.constantFrom(40, 80),
      fc.nat(),
      fc.nat(),
      fc.nat({ max: 7 }),
      async ([table, id, column], first, row, byte, bit) => {
        let undo = (): void => undefined
        change(folder, first, (db) => {
          const rows = db.prepare(`SELECT ${id} AS id, ${column} AS bytes FROM ${table}`).all()
          const { id: at, bytes } = rows[row % rows.length] as { id: number; bytes: Uint8Array }
          const name = column.replace(/CAST\((.*) AS BLOB\)/u, '$1')
          const put = (value: Uint8Array) => (open: DatabaseSync) =>
            open
              .prepare(`UPDATE ${table} SET ${name} = ${name === 'note' ? 'CAST(? AS TEXT)' : '?'} WHERE ${id} = ?`)
              .run(value, at)
          const flipped = Uint8Array.from(bytes)
          flipped[byte % bytes.length]! ^= 1 << bit
          put(flipped)(db)
          undo = () => change(folder, first, put(bytes))
        })
        const names = await found(folder)
        undo()
        ok(names.length > 0)
      },
    ),
    { numRuns: 150 },
  )
  deepStrictEqual(await found(folder), [])
})

describe('against a checkpoint kept outside', () => {
  const checkpointOf = (folder: string): Promise<string> => readFile(join(folder, 'ledger/checkpoint'), 'utf8')

  test('a ledger that went on since is a continuation', async (t) => {
    const folder = await copyOfBase(t)
    const checkpoints = [await checkpointOf(folder)]
    await writeLedger(folder, 1, 500)
    const report = await verifyLedger(folder, { checkpoints })
    deepStrictEqual([report.verified, report.size], [true, 120])
  })

  test('an older copy of the whole folder is a rollback', async (t) => {
    const folder = await copyOfBase(t)
    await writeLedger(folder, 1, 500)
    const { problems } = await verifyLedger(base, { checkpoints: [await checkpointOf(folder)] })
    deepStrictEqual(
      problems.map(({ name, seq }) => [name, seq]),
      [['rolled_back', 110]],
    )
  })

  test('a history that was written anew and signed with the same key is a fork', async (t) => {
    const folder = await dataFolder(t)
    await writeLedger(folder, 11, 1)
    strictEqual((await verifyLedger(folder)).verified, true)
    const { problems } = await verifyLedger(folder, { checkpoints: [await checkpointOf(base)] })
    deepStrictEqual(
      problems.map(({ name, seq }) => [name, seq]),
      [['forked', 110]],
    )
  })

  test('a folder forged under a key of its own is found by a trust file of one’s own', async (t) => {
    const folder = await dataFolder(t)
    const ledger = await startLedger({ dataFolder: folder, signingKey: signingKey(), origin: ORIGIN })
    await ledger.append([withheld(1)])
    await ledger.close()
    const trust = await readFile(join(base, 'ledger/trust'), 'utf8')
    const { problems } = await verifyLedger(folder, { trust })
    deepStrictEqual(new Set(problems.map(({ name }) => name)), new Set(['checkpoint_key_unknown', 'unsigned']))
  })
})

describe('log before send shows in the records', () => {
  const rows: [string, LedgerRecord[], Found[]][] = [
    ['an OUTCOME without INTENT', [outcome(1)], [['outcome_without_intent', 0]]],
    ['an OUTCOME before its INTENT', [outcome(1), intent(1), outcome(1)], [['outcome_without_intent', 0]]],
    ['two OUTCOMEs', [intent(1), outcome(1), outcome(1)], [['outcome_repeated', 2]]],
    ['the same INTENT twice', [intent(1), intent(1), outcome(1)], [['intent_repeated', 1]]],
    [
      'an OUTCOME of another partner',
      [intent(1), { ...outcome(1), partner: intent(1, 1, 'tiktok').partner }],
      [['outcome_mismatch', 1]],
    ],
    ['an INTENT left open in a closed ledger', [intent(1), outcome(1), intent(2)], [['intent_open', 2]]],
  ]
  for (const [what, records, expected] of rows) {
    test(what, async (t) => {
      const folder = await dataFolder(t)
      const ledger = await startLedger({ dataFolder: folder, signingKey: key, origin: ORIGIN })
      await ledger.append(records)
      await ledger.close()
      deepStrictEqual(await found(folder), expected)
    })
  }

  test('an INTENT under way in a running ledger is counted, not blamed', async (t) => {
    const folder = await dataFolder(t)
    const ledger = await startLedger({ dataFolder: folder, signingKey: key, origin: ORIGIN })
    await ledger.append([intent(1)])
    const report = await verifyLedger(folder)
    deepStrictEqual([report.verified, report.openIntents], [true, 1])
    await ledger.close()
  })
})

describe('a start on files that do not add up is refused by name', () => {
  const rows: [string, Corrupt, RegExp][] = [
    ['newest records deleted', sql(80, 'DELETE FROM leaves WHERE seq >= 105'), /\(truncated\)/u],
    [
      'a trust file that is none',
      (folder) => writeFile(join(folder, 'ledger/trust'), 'anybody\n'),
      /\(trust_malformed\)/u,
    ],
    [
      'an edited newest checkpoint',
      sql(80, "UPDATE checkpoints SET note = replace(note, '110', '111')"),
      /\(checkpoint_signature\)/u,
    ],
    ['a mark moved back', sql(80, 'UPDATE mark SET size = 96, range = zeroblob(64)'), /\(checkpoint_mismatch\)/u],
    ['the newest segment gone', (folder) => rm(segmentPath(folder, 80)), /\(rolled_back\)/u],
    [
      'a record slipped in after the end',
      (folder) => change(folder, 80, (db) => insert(db, 110, withheld(9))),
      /\(leaf_extra\)/u,
    ],
  ]
  for (const [what, corrupt, message] of rows) {
    test(what, async (t) => {
      const folder = await copyOfBase(t)
      await corrupt(folder)
      const said = await startLedger({ dataFolder: folder, signingKey: key, origin: ORIGIN }).then(
        (ledger) => ledger.close().then(() => 'started'),
        (error: Error) => error.message,
      )
      ok(message.test(said), said)
    })
  }
})
