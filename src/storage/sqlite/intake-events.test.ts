import { deepEqual, equal, throws } from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
const seqs = (rows: readonly { seq: number }[]): number[] => rows.map(({ seq }) => seq)

describe('the event files', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-events-'))
  })
  afterEach(() => rm(folder, { recursive: true }))
  const open = (folded: readonly number[] = []): EventStore => openIntakeEvents(folder, folded, 500)

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
