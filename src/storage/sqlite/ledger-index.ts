/** The index of one sealed segment as a SQLite file of its own beside it: `index-<first>.db`. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { DayRow, IndexContents, IndexReader, ShapeRow } from '../../ledger/index/store.ts'
import { checkpoint, openDatabase } from './open.ts'
import { syncFolder } from './sync-folder.ts'

/** `SLix` */
const APPLICATION_ID = 0x534c6978
const SCHEMA = `
CREATE TABLE segment(first INTEGER NOT NULL, "end" INTEGER NOT NULL) STRICT;
CREATE TABLE shapes(id INTEGER PRIMARY KEY, shape TEXT NOT NULL, count INTEGER NOT NULL, "from" INTEGER NOT NULL,
  "to" INTEGER NOT NULL, seqs BLOB NOT NULL) STRICT;
CREATE TABLE days(shape INTEGER, day INTEGER, ending TEXT, count INTEGER NOT NULL,
  PRIMARY KEY(shape, day, ending)) STRICT, WITHOUT ROWID;
CREATE TABLE subjects(subject INTEGER, seq INTEGER, PRIMARY KEY(subject, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE answers(intent INTEGER PRIMARY KEY, outcome INTEGER NOT NULL) STRICT;
CREATE TABLE strays(id TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;`

/** Fits `IndexFiles` of the ledger, but for what unpacks lists. */
export class IndexFolder {
  readonly #folder: string
  readonly #unpack: (bytes: Uint8Array, first: number) => readonly number[]

  /** @param unpack reads the list of a shape's records */
  constructor(dataFolder: string, unpack: (bytes: Uint8Array, first: number) => readonly number[]) {
    this.#folder = join(dataFolder, 'ledger')
    this.#unpack = unpack
  }

  has(first: number): boolean {
    return existsSync(this.#path(first))
  }

  open(first: number): IndexReader {
    return indexReader(openDatabase(this.#path(first), { readOnly: true, applicationId: APPLICATION_ID }), this.#unpack)
  }

  write(contents: IndexContents): void {
    const path = this.#path(contents.first)
    const unfinished = `${path}.new`
    for (const end of ['', '-wal', '-shm']) rmSync(unfinished + end, { force: true })
    const db = openDatabase(unfinished, { applicationId: APPLICATION_ID })
    try {
      db.exec('BEGIN IMMEDIATE')
      db.exec(SCHEMA)
      fill(db, contents)
      db.exec('COMMIT')
      checkpoint(db)
    } finally {
      db.close()
    }
    renameSync(unfinished, path)
    syncFolder(this.#folder)
  }

  forget(first: number, subjects: readonly number[]): number {
    const db = openDatabase(this.#path(first), { applicationId: APPLICATION_ID, secureDelete: true })
    try {
      const remove = db.prepare('DELETE FROM subjects WHERE subject = ?')
      db.exec('BEGIN IMMEDIATE')
      const gone = subjects.reduce((sum, subject) => sum + Number(remove.run(subject).changes), 0)
      db.exec('COMMIT')
      checkpoint(db)
      return gone
    } finally {
      db.close()
    }
  }

  remove(first: number): void {
    for (const end of ['', '-wal', '-shm']) rmSync(this.#path(first) + end, { force: true })
  }

  #path(first: number): string {
    return join(this.#folder, `index-${String(first).padStart(12, '0')}.db`)
  }
}

function fill(db: DatabaseSync, contents: IndexContents): void {
  db.prepare('INSERT INTO segment VALUES (?, ?)').run(contents.first, contents.end)
  const shape = db.prepare('INSERT INTO shapes VALUES (?, ?, ?, ?, ?, ?)')
  for (const { id, shape: what, count, from, to, seqs } of contents.shapes)
    shape.run(id, JSON.stringify(what), count, from, to, seqs)
  const day = db.prepare('INSERT INTO days VALUES (?, ?, ?, ?)')
  for (const row of contents.days) day.run(row.shape, row.day, row.ending, row.count)
  const subject = db.prepare('INSERT INTO subjects VALUES (?, ?)')
  for (const row of contents.subjects) subject.run(row.subject, row.seq)
  const answer = db.prepare('INSERT INTO answers VALUES (?, ?)')
  for (const row of contents.answers) answer.run(row.intent, row.outcome)
  const stray = db.prepare('INSERT INTO strays VALUES (?, ?)')
  for (const [id, seq] of contents.strays) stray.run(id, seq)
}

/** The casts are sound: every table is STRICT and written above alone. */
function indexReader(db: DatabaseSync, unpack: (bytes: Uint8Array, first: number) => readonly number[]): IndexReader {
  const { first, end } = db.prepare('SELECT first, "end" FROM segment').get() as { first: number; end: number }
  const about = db.prepare('SELECT seq FROM subjects WHERE subject = ?')
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
    seqsOf: (shape) => unpack(seqs.get(shape)?.seqs as Uint8Array, first),
    days: () => db.prepare('SELECT shape, day, ending, count FROM days').all() as unknown as DayRow[],
    seqsAbout: (subjects) =>
      subjects.flatMap((subject) => about.all(subject).map((row) => row.seq as number)).sort((a, b) => a - b),
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
