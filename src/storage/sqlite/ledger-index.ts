/** The index of one sealed segment, in its own SQLite file beside it: `index-<first>.db`. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { DayRow, Forgotten, IndexContents, IndexReader, ShapeRow } from '../../ledger/index/store.ts'
import { syncFolder } from '../../platform/durable-file-sync.ts'
import { checkpoint, hasWrongSize, openDatabase } from './open.ts'

/** Rows written before the thread yields: about two milliseconds. */
const ROWS_A_STEP = 1_024
/** Many are open at once. */
const CACHE_KB = 256
/** `SLix` */
export const LEDGER_INDEX_APPLICATION_ID = 0x534c6978
const SCHEMA = `
CREATE TABLE segment(first INTEGER NOT NULL, "end" INTEGER NOT NULL) STRICT;
CREATE TABLE shapes(id INTEGER PRIMARY KEY, shape TEXT NOT NULL, count INTEGER NOT NULL, "from" INTEGER NOT NULL,
  "to" INTEGER NOT NULL, seqs BLOB NOT NULL) STRICT;
CREATE TABLE days(shape INTEGER, day INTEGER, ending TEXT, count INTEGER NOT NULL,
  PRIMARY KEY(shape, day, ending)) STRICT, WITHOUT ROWID;
CREATE TABLE subjects(subject INTEGER, seq INTEGER, PRIMARY KEY(subject, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE finders(identity BLOB, subject INTEGER, part INTEGER, seqs BLOB NOT NULL,
  PRIMARY KEY(identity, subject, part)) STRICT, WITHOUT ROWID;
CREATE INDEX finders_by_subject ON finders(subject);
CREATE TABLE answers(intent INTEGER PRIMARY KEY, outcome INTEGER NOT NULL) STRICT;
CREATE TABLE strays(id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;`

/**
 * The number of subject entries and a checksum over them, so that removed, added or exchanged entries are detected at the
 * next check. It does not protect against a deliberate writer of the file; `fsck` with the keys does.
 */
const TOTALS = `CREATE TABLE totals(of TEXT PRIMARY KEY, entries INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT, WITHOUT ROWID;`
const MIX = 2_147_483_647
const SUBJECTS_NOW = `SELECT count(*) AS entries,
  coalesce(sum(((subject * 1000003 + seq * 7919) % ${MIX} * (seq % 65521 + 1)) % ${MIX}), 0) AS sum FROM subjects`
const FINDERS_NOW = `SELECT count(*) AS entries,
  coalesce(sum(((subject * 1000003 + part * 7919) % ${MIX} * (length(seqs) % 65521 + 1)) % ${MIX}), 0) AS sum FROM finders`
const UNKNOWN = -1

type Unpack = (lists: readonly Uint8Array[], first: number, after: number) => Iterable<number>

/** Implements the ledger's `IndexFiles`. */
export class IndexFolder {
  readonly #folder: string
  readonly #unpack: Unpack

  /** @param unpack merges the packed record lists of shapes */
  constructor(dataFolder: string, unpack: Unpack) {
    this.#folder = join(dataFolder, 'ledger')
    this.#unpack = unpack
  }

  has(first: number): boolean {
    return existsSync(this.#path(first))
  }

  open(first: number): IndexReader {
    const db = openDatabase(this.#path(first), { readOnly: true, applicationId: LEDGER_INDEX_APPLICATION_ID })
    db.exec(`PRAGMA cache_size = -${CACHE_KB}`)
    return indexReader(db, this.#unpack)
  }

  /** The file is invisible until renamed, so it needs no log and is synced once, at the end. */
  async write(contents: IndexContents, breathe: () => Promise<void>): Promise<void> {
    const path = this.#path(contents.first)
    const unfinished = `${path}.new`
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(unfinished + end, { force: true })
    const db = openDatabase(unfinished, { applicationId: LEDGER_INDEX_APPLICATION_ID, disposable: true })
    try {
      db.exec('BEGIN IMMEDIATE')
      db.exec(SCHEMA)
      db.exec(TOTALS)
      for (const _ of fill(db, contents)) await breathe()
      if (contents.hasAllOwners) keepTotals(db)
      else db.prepare('INSERT INTO totals VALUES (?, ?, 0)').run('subjects', UNKNOWN)
      db.exec('COMMIT')
    } finally {
      db.close()
    }
    const file = await open(unfinished, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    renameSync(unfinished, path)
    syncFolder(this.#folder)
  }

  forget(first: number, { subjects, identities }: Forgotten): number {
    const db = openDatabase(this.#path(first), { applicationId: LEDGER_INDEX_APPLICATION_ID, secureDelete: true })
    try {
      const hasFinders = has(db, 'finders')
      const remove = db.prepare('DELETE FROM subjects WHERE subject = ?')
      db.exec('BEGIN IMMEDIATE')
      const gone = subjects.reduce((sum, subject) => sum + Number(remove.run(subject).changes), 0)
      if (hasFinders) {
        const ofSubject = db.prepare('DELETE FROM finders WHERE subject = ?')
        for (const subject of subjects) ofSubject.run(subject)
        const byIdentity = db.prepare('DELETE FROM finders WHERE identity = unhex(?)')
        for (const identity of identities) byIdentity.run(identity)
      }
      if (has(db, 'totals') && isKnown(db)) keepTotals(db)
      db.exec('COMMIT')
      checkpoint(db)
      return gone
    } finally {
      db.close()
    }
  }

  requireTotals(first: number): void {
    const path = this.#path(first)
    const reading = openDatabase(path, { readOnly: true, applicationId: LEDGER_INDEX_APPLICATION_ID })
    const isThere = has(reading, 'totals')
    reading.close()
    if (isThere) return
    const db = openDatabase(path, { applicationId: LEDGER_INDEX_APPLICATION_ID, secureDelete: true })
    try {
      db.exec('BEGIN IMMEDIATE')
      db.exec(TOTALS)
      keepTotals(db)
      db.exec('COMMIT')
      checkpoint(db)
    } finally {
      db.close()
    }
  }

  remove(first: number): void {
    for (const end of ['', '-wal', '-shm']) rmSync(this.#path(first) + end, { force: true })
  }

  #path(first: number): string {
    return indexPath(this.#folder, first)
  }
}

function has(db: DatabaseSync, table: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined
}
function isKnown(db: DatabaseSync): boolean {
  return db.prepare("SELECT entries FROM totals WHERE of = 'subjects'").get()?.entries !== UNKNOWN
}
function keepTotals(db: DatabaseSync): void {
  const keep = db.prepare('REPLACE INTO totals VALUES (?, ?, ?)')
  for (const [of, sql] of totalsNow(db)) {
    const now = db.prepare(sql).get() as { readonly entries: number; readonly sum: number }
    keep.run(of, now.entries, now.sum)
  }
}
function totalsNow(db: DatabaseSync): readonly (readonly [string, string])[] {
  return has(db, 'finders')
    ? [
        ['subjects', SUBJECTS_NOW],
        ['finders', FINDERS_NOW],
      ]
    : [['subjects', SUBJECTS_NOW]]
}
function isIntact(db: DatabaseSync): boolean {
  if (!has(db, 'totals')) return true
  const kept = db.prepare('SELECT entries, sum FROM totals WHERE of = ?')
  return totalsNow(db).every(([of, sql]) => {
    const [then, now] = [kept.get(of), db.prepare(sql).get()]
    return then !== undefined && then.entries === now?.entries && then.sum === now?.sum
  })
}

/** Every row of a segment's index, for the verifier. Undefined if there is no index. */
export function viewIndex(dataFolder: string, first: number) {
  const path = indexPath(join(dataFolder, 'ledger'), first)
  if (!existsSync(path)) return undefined
  const db = openDatabase(path, { readOnly: true, applicationId: LEDGER_INDEX_APPLICATION_ID })
  const rows = <Row>(sql: string): Iterable<Row> => db.prepare(sql).iterate() as unknown as Iterable<Row>
  const pairs = <Row>(sql: string): Iterable<Row> => {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement.iterate() as unknown as Iterable<Row>
  }
  const segment = db.prepare('SELECT first, "end" FROM segment').get() as { first: number; end: number }
  return {
    ...segment,
    hasWrongSize: () => hasWrongSize(db),
    shapes: () =>
      rows<{ id: number; shape: string; count: number; from: number; to: number; seqs: Uint8Array }>(
        'SELECT id, shape, count, "from", "to", seqs FROM shapes',
      ),
    days: () =>
      rows<{ shape: number; day: number; ending: string; count: number }>('SELECT shape, day, ending, count FROM days'),
    answers: () => pairs<[number, number]>('SELECT intent, outcome FROM answers'),
    strays: () => pairs<[string, number]>('SELECT id, seq FROM strays'),
    subjects: () => pairs<[number, number]>('SELECT subject, seq FROM subjects'),
    subjectSeqs: function* () {
      for (const [seq] of pairs<[number]>('SELECT seq FROM subjects')) yield seq
    },
    close: () => db.close(),
  }
}

function indexPath(folder: string, first: number): string {
  return join(folder, `index-${String(first).padStart(12, '0')}.db`)
}

/** Yields every `ROWS_A_STEP` rows. */
function* fill(db: DatabaseSync, contents: IndexContents): Generator<void> {
  db.prepare('INSERT INTO segment VALUES (?, ?)').run(contents.first, contents.end)
  const shape = db.prepare('INSERT INTO shapes VALUES (?, ?, ?, ?, ?, ?)')
  for (const { id, shape: what, count, from, to, seqs } of contents.shapes)
    shape.run(id, JSON.stringify(what), count, from, to, seqs)
  yield
  const day = db.prepare('INSERT INTO days VALUES (?, ?, ?, ?)')
  for (const row of contents.days) day.run(row.shape, row.day, row.ending, row.count)
  yield
  const subject = db.prepare('INSERT INTO subjects VALUES (?, ?)')
  yield* inSteps(contents.subjects, (row) => subject.run(row.subject, row.seq))
  const finder = db.prepare('INSERT INTO finders VALUES (unhex(?), ?, ?, ?)')
  yield* inSteps(contents.finders, ({ identity, subject: owner, part, seqs }) =>
    finder.run(identity, owner, part, seqs),
  )
  const answer = db.prepare('INSERT INTO answers VALUES (?, ?)')
  yield* inSteps(contents.answers, (row) => answer.run(row.intent, row.outcome))
  const stray = db.prepare('INSERT INTO strays VALUES (?, ?)')
  yield* inSteps(contents.strays, ([id, seq]) => stray.run(id, seq))
}

function* inSteps<Row>(rows: Iterable<Row>, add: (row: Row) => void): Generator<void> {
  let count = 0
  for (const row of rows) {
    add(row)
    if (++count % ROWS_A_STEP === 0) yield
  }
}

/** The casts are sound: every table is STRICT and written only above. */
function indexReader(db: DatabaseSync, unpack: Unpack): IndexReader {
  const { first, end } = db.prepare('SELECT first, "end" FROM segment').get() as { first: number; end: number }
  const about = db.prepare('SELECT seq FROM subjects WHERE subject = ?')
  const found = has(db, 'finders') ? db.prepare('SELECT seqs FROM finders WHERE identity = unhex(?)') : undefined
  const answer = db.prepare('SELECT outcome FROM answers WHERE intent = ?')
  const stray = db.prepare('SELECT seq FROM strays WHERE id = ?')
  const seqs = db.prepare('SELECT seqs FROM shapes WHERE id = ?')
  return {
    first,
    end,
    shapes: () =>
      db
        .prepare('SELECT id, shape, count, "from", "to" FROM shapes')
        .all()
        .map((row) => ({ ...row, shape: JSON.parse(row.shape as string) as ShapeRow['shape'] }) as ShapeRow),
    seqsOf: (shapes, after) =>
      unpack(
        [...shapes].map((shape) => seqs.get(shape)?.seqs as Uint8Array),
        first,
        after,
      ),
    days: () => db.prepare('SELECT shape, day, ending, count FROM days').all() as unknown as DayRow[],
    seqsAbout: (subjects, identities) => {
      const owned = subjects.flatMap((subject) => about.all(subject).map((row) => row.seq as number))
      const lists = identities.flatMap((one) => found?.all(one).map((row) => row.seqs as Uint8Array) ?? [])
      if (lists.length === 0) return owned.sort((a, b) => a - b)
      // Unpack separately: a record is in the list of each of its identities.
      for (const list of lists) owned.push(...unpack([list], first, -1))
      return [...new Set(owned)].sort((a, b) => a - b)
    },
    isIntact: () => isIntact(db),
    subjects: () =>
      db.prepare('SELECT subject, seq FROM subjects').iterate() as unknown as Iterable<{
        readonly subject: number
        readonly seq: number
      }>,
    outcomeOf: (intent) => answer.get(intent)?.outcome as number | undefined,
    stray: (id) => stray.get(id)?.seq as number | undefined,
    close: () => db.close(),
  }
}
