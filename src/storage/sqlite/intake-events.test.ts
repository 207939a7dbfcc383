import { deepEqual, equal, throws } from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { EventStore, NewRow } from '../../intake/store.ts'
import type { AppId, PartnerId } from '../../model/brand.ts'
import { openIntakeEvents } from './intake-events.ts'

const ios = 'ios' as AppId
const meta = 'meta' as PartnerId
const tiktok = 'tiktok' as PartnerId

const row = (store: EventStore, seq: number, partners: readonly PartnerId[], subject = 1): NewRow => ({
  seq,
  route: store.route(ios, 'Order Completed', partners),
  subject,
  receivedAt: seq * 1_000,
  dedupe: Buffer.alloc(16, seq),
  at: { chunk: seq, start: 0, end: 1 },
})
const append = (store: EventStore, rows: readonly NewRow[]): void =>
  store.append(
    rows,
    rows.map(({ seq }) => ({ seq, sealed: Buffer.from(`sealed ${seq}`) })),
    new Map([['accepted', rows.length]]),
  )
const rowsIn = (path: string): Record<string, unknown>[] => {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return db
      .prepare('SELECT * FROM events ORDER BY seq')
      .all()
      .map((one) => ({ ...one }))
  } finally {
    db.close()
  }
}
const seqs = (rows: readonly { seq: number }[]): number[] => rows.map(({ seq }) => seq)

describe('the event files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-events-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const open = (folded: readonly number[] = []): EventStore => openIntakeEvents(folder, folded, 500)

  test('of forgotten subjects the hour and the route are left, in every file, and the sums stay', () => {
    let store = open()
    const at = 7_200_000
    const about = (seq: number, subject: number, chunk: number): NewRow => ({
      ...row(store, seq, [meta], subject),
      receivedAt: at + seq,
      at: { chunk, start: 0, end: 8 },
    })
    append(store, [about(1, 7, 1), about(2, 7, 1), about(3, 8, 3)])
    store.cut(4, at + 10)
    append(store, [about(4, 8, 4), about(5, 9, 5)])
    store.forget([7, 9])
    store.close()
    const left = { seq: 1, subject: 0, received_at: at, dedupe: null, chunk: 0, chunk_start: 0, chunk_end: 0 }
    deepEqual(
      [...rowsIn(join(folder, 'events-1.db')), ...rowsIn(join(folder, 'events-2.db'))]
        .filter(({ subject }) => subject !== 8)
        .map(({ route: _, ...rest }) => rest),
      [left, { ...left, seq: 2 }, { ...left, seq: 5 }],
    )
    for (const [name, seq] of [
      ['events-1.db', 1],
      ['events-2.db', 5],
    ] as const)
      equal(readFileSync(join(folder, name)).includes(`sealed ${seq}`), false, name)
    store = open()
    deepEqual([store.count(meta, 0, 5), store.find(3)?.receivedAt, store.chunk(1)], [5, at + 3, undefined])
    equal(Buffer.from(store.chunk(3)!).toString(), 'sealed 3')
    deepEqual(seqs(store.rowsOf([7, 9], 0)), [])
    store.close()
  })

  test('rows, chunks, routes and counts come back after a restart, over several files', () => {
    let store = open()
    append(store, [row(store, 1, [meta]), row(store, 2, [tiktok]), row(store, 3, [meta, tiktok])])
    store.cut(4, 700)
    append(store, [row(store, 4, []), row(store, 5, [meta], 2)])
    store.close()
    store = open()
    equal(store.lastSeq(), 5)
    deepEqual(store.readAhead(meta, 0, 10), {
      rows: [
        { seq: 1, receivedAt: 1_000 },
        { seq: 3, receivedAt: 3_000 },
      ],
      through: 3,
    })
    deepEqual(store.readAhead(meta, 3, 10), { rows: [{ seq: 5, receivedAt: 5_000 }], through: 5 })
    deepEqual(store.readAhead(tiktok, 0, 1), { rows: [{ seq: 2, receivedAt: 2_000 }], through: 2 })
    deepEqual(store.readAhead(tiktok, 3, 10), { rows: [], through: 5 })
    deepEqual([store.count(meta, 0, 5), store.count(meta, 1, 4), store.count(tiktok, 0, 5)], [3, 1, 2])
    equal(Buffer.from(store.chunk(3)!).toString(), 'sealed 3')
    equal(store.find(3)?.route, store.route(ios, 'Order Completed', [meta, tiktok]))
    equal(store.find(6), undefined)
    deepEqual(seqs(store.rowsOf([1], 1)), [2, 3, 4])
    deepEqual(
      [...store.dedupeKeys(2_000, 100)].map(({ receivedAt }) => receivedAt),
      [2_000, 3_000, 4_000, 5_000],
    )
    deepEqual(
      store.segments().map(({ n, firstSeq, lastSeq, newestAt, sealed }) => [n, firstSeq, lastSeq, newestAt, sealed]),
      [
        [1, 1, 3, 3_000, true],
        [2, 4, 5, 5_000, false],
      ],
    )
    deepEqual([...store.countsOf(1)], [['accepted', 3]])
    store.close()
  })

  test('a refused append leaves no row, no count and no route, and the next one works', () => {
    const store = open()
    append(store, [row(store, 1, [meta])])
    throws(() => append(store, [row(store, 2, [tiktok]), row(store, 1, [tiktok])]), /UNIQUE/)
    deepEqual([store.lastSeq(), store.count(tiktok, 0, 9), [...store.countsOf(1)]], [1, 0, [['accepted', 1]]])
    append(store, [row(store, 2, [tiktok])])
    equal(store.count(tiktok, 0, 9), 1)
    store.close()
    const reopened = open()
    deepEqual([reopened.lastSeq(), [...reopened.countsOf(1)]], [2, [['accepted', 2]]])
    reopened.close()
  })

  test('a dropped file is unlinked whole, and positions go on', () => {
    const store = open()
    append(store, [row(store, 1, [meta])])
    throws(() => store.drop(1), RangeError, 'still written')
    store.cut(2, 700)
    store.drop(1)
    equal(existsSync(join(folder, 'events-1.db')), false)
    deepEqual(store.readAhead(meta, 0, 10), { rows: [], through: 1 })
    store.close()
    const reopened = open([1])
    equal(reopened.lastSeq(), 1)
    reopened.close()
  })

  test('a file that was folded and came back is unlinked unread', () => {
    const store = open()
    append(store, [row(store, 1, [meta])])
    store.cut(2, 700)
    store.close()
    const reopened = open([1])
    equal(existsSync(join(folder, 'events-1.db')), false)
    deepEqual(
      reopened.segments().map(({ n }) => n),
      [2],
    )
    reopened.close()
  })

  test('a crash while a file was made or sealed loses nothing', async () => {
    const store = open()
    append(store, [row(store, 1, [meta])])
    // As a crash leaves it: the log not yet moved into the file, and the next file empty.
    const crashed = join(folder, 'crashed')
    await cp(join(folder, 'events-1.db'), join(crashed, 'events-1.db'))
    await cp(join(folder, 'events-1.db-wal'), join(crashed, 'events-1.db-wal'))
    await writeFile(join(crashed, 'events-2.db'), '')
    store.close()
    const reopened = openIntakeEvents(crashed, [], 900)
    deepEqual([reopened.lastSeq(), reopened.count(meta, 0, 9)], [1, 1])
    append(reopened, [row(reopened, 2, [meta])])
    deepEqual(
      reopened.segments().map(({ n, lastSeq }) => [n, lastSeq]),
      [
        [1, 1],
        [2, 2],
      ],
    )
    reopened.close()
  })

  test('a missing, foreign or damaged file is named, and nothing is opened', async () => {
    const store = open()
    append(store, [row(store, 1, [meta])])
    store.cut(2, 700)
    append(store, [row(store, 2, [meta])])
    store.cut(3, 800)
    store.close()
    await rm(join(folder, 'events-2.db'))
    throws(open, /events-2\.db: is missing/)
    await writeFile(join(folder, 'events-2.db'), 'not a database at all '.repeat(50))
    throws(open, /events-2\.db: file is not a database/)
  })
})
