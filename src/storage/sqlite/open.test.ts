import { equal, throws } from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { checkpoint, openDatabase } from './open.ts'
import { transactions } from './transaction.ts'

describe('opening a database', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-open-'))
  })
  after(() => rm(folder, { recursive: true }))
  const pragma = (db: ReturnType<typeof openDatabase>, name: string): unknown =>
    Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]

  test('commits are synced, in a write-ahead log', () => {
    const db = openDatabase(join(folder, 'a.db'))
    equal(pragma(db, 'journal_mode'), 'wal')
    equal(pragma(db, 'synchronous'), 2)
    db.close()
  })

  test('a file of another kind, of another owner or of no database at all is named and refused', async () => {
    const foreign = join(folder, 'foreign.db')
    const db = openDatabase(foreign)
    db.exec('CREATE TABLE theirs (x)')
    db.close()
    throws(() => openDatabase(foreign, { applicationId: 77 }), /foreign\.db: .*not the one Sluice keeps here/)

    const mine = join(folder, 'mine.db')
    openDatabase(mine, { applicationId: 77 }).close()
    openDatabase(mine, { applicationId: 77 }).close()
    throws(() => openDatabase(mine, { applicationId: 78 }), /mine\.db/)

    const text = join(folder, 'text.db')
    await writeFile(text, 'this is not a database. '.repeat(100))
    throws(() => openDatabase(text, { applicationId: 77 }), /text\.db: file is not a database/)
  })

  test('a file opened to be read is never written, and must be there', () => {
    const path = join(folder, 'read.db')
    const db = openDatabase(path)
    db.exec('CREATE TABLE t (x)')
    checkpoint(db)
    db.close()
    const readOnly = openDatabase(path, { readOnly: true })
    throws(() => readOnly.exec('INSERT INTO t VALUES (1)'), /readonly/)
    readOnly.close()
    throws(() => openDatabase(join(folder, 'none.db'), { readOnly: true }), /none\.db/)
  })

  test('a transaction that throws leaves no trace', () => {
    const db = openDatabase(join(folder, 'tx.db'))
    db.exec('CREATE TABLE t (x)')
    const transact = transactions(db)
    const insert = db.prepare('INSERT INTO t VALUES (1)')
    throws(() =>
      transact(() => {
        insert.run()
        throw new Error('no')
      }),
    )
    equal(
      transact(() => insert.run().changes),
      1,
    )
    equal(db.prepare('SELECT count(*) AS n FROM t').get()?.n, 1)
    db.close()
  })
})
