/**
 * One intake file: `events-<n>.db`. Rows and sealed bodies are separate tables, so that counting and finding work never reads
 * a body. The newest file is written; older ones leave WAL mode and are only read.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { NewChunk, NewRow } from '../../intake/store.ts'
import type { EpochMs } from '../../model/brand.ts'
import { checkpoint, openDatabase } from './open.ts'
import { type Transact, transactions } from './transaction.ts'

/** `SLin` */
export const INTAKE_SEGMENT_APPLICATION_ID = 0x534c696e
/** Least CPU for each row among 4, 8 and 16 KB, at 1.3 KB an event. */
const PAGE_BYTES = 16_384
const SCHEMA = `
  CREATE TABLE segment (first_seq INTEGER NOT NULL, created_at INTEGER NOT NULL) STRICT;
  CREATE TABLE routes (id INTEGER PRIMARY KEY, app TEXT NOT NULL, event TEXT NOT NULL, partners TEXT NOT NULL) STRICT;
  CREATE TABLE events (seq INTEGER PRIMARY KEY, route INTEGER NOT NULL, subject INTEGER NOT NULL,
    received_at INTEGER NOT NULL, dedupe BLOB, chunk INTEGER NOT NULL, chunk_start INTEGER NOT NULL,
    chunk_end INTEGER NOT NULL) STRICT;
  CREATE TABLE chunks (seq INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;`

/** Creates a file that does not exist yet. */
export function createSegment(path: string, firstSeq: number, createdAt: EpochMs): DatabaseSync {
  const db = openDatabase(path, { applicationId: INTAKE_SEGMENT_APPLICATION_ID, pageBytes: PAGE_BYTES })
  try {
    transactions(db)(() => {
      db.exec(SCHEMA)
      db.prepare('INSERT INTO segment (first_seq, created_at) VALUES (?, ?)').run(firstSeq, createdAt)
    })
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Throws an error that names the file if it is not an intake file. */
export function openSegment(path: string, access: { readonly readOnly: boolean }): DatabaseSync {
  return openDatabase(path, {
    applicationId: INTAKE_SEGMENT_APPLICATION_ID,
    pageBytes: PAGE_BYTES,
    readOnly: access.readOnly,
  })
}

/** Leaves WAL mode, so that the file can be read, copied and unlinked alone, and closes it. */
export function sealSegment(db: DatabaseSync): void {
  checkpoint(db)
  db.exec('PRAGMA journal_mode = DELETE')
  db.close()
}

/** True for an empty file, left by a crash before its first transaction. */
export function isUnfinished(db: DatabaseSync): boolean {
  return db.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.tables === 0
}

/** Reads; each statement prepared once. */
export function segmentReads(db: DatabaseSync) {
  const about = db.prepare('SELECT first_seq, created_at FROM segment')
  const last = db.prepare('SELECT seq, received_at FROM events ORDER BY seq DESC LIMIT 1')
  const rows = db.prepare('SELECT count(*) AS rows FROM events')
  const routes = db.prepare('SELECT id, app, event, partners FROM routes ORDER BY id')
  const counts = db.prepare('SELECT name, count FROM counts')
  const ahead = db.prepare(`SELECT seq, received_at FROM events WHERE seq > ? AND seq <= ?
    AND route IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT ?`)
  const routed = db.prepare(`SELECT count(*) AS rows FROM events WHERE seq > ? AND seq <= ?
    AND route IN (SELECT value FROM json_each(?))`)
  const head = db.prepare(`SELECT seq, route, subject, received_at, chunk, chunk_start, chunk_end FROM events
    WHERE seq = ?`)
  const chunk = db.prepare('SELECT sealed FROM chunks WHERE seq = ?')
  const before =
    db.prepare(`SELECT seq, route, subject, received_at, chunk, chunk_start, chunk_end FROM events WHERE seq < ?
    ORDER BY seq DESC LIMIT ?`)
  const ofSubjects =
    db.prepare(`SELECT seq, route, subject, received_at, chunk, chunk_start, chunk_end FROM events WHERE seq > ?
    AND subject IN (SELECT value FROM json_each(?)) ORDER BY seq`)
  const dedupe = db.prepare(`SELECT dedupe, received_at FROM events
    WHERE received_at >= ? AND dedupe IS NOT NULL ORDER BY seq`)
  const ofKey =
    db.prepare(`SELECT seq, route, subject, received_at, chunk, chunk_start, chunk_end FROM events WHERE seq >= ? AND seq < ?
    AND hex(dedupe) IN (SELECT value FROM json_each(?)) ORDER BY seq DESC LIMIT 1`)
  for (const statement of [ahead, chunk, dedupe]) statement.setReturnArrays(true)

  const headOf = (row: Record<string, unknown>) => ({
    seq: Number(row.seq),
    route: Number(row.route),
    subject: Number(row.subject),
    receivedAt: Number(row.received_at),
    at: { chunk: Number(row.chunk), start: Number(row.chunk_start), end: Number(row.chunk_end) },
  })
  return {
    about: () => {
      const row = about.get()
      if (row === undefined) throw new Error('does not say where it begins')
      return { firstSeq: Number(row.first_seq), createdAt: Number(row.created_at) }
    },
    last: () => {
      const row = last.get()
      return row === undefined ? undefined : { seq: Number(row.seq), receivedAt: Number(row.received_at) }
    },
    rows: () => Number(rows.get()?.rows),
    routes: () =>
      routes.all().map((row) => ({
        id: Number(row.id),
        app: String(row.app),
        event: String(row.event),
        partners: JSON.parse(String(row.partners)) as readonly string[],
      })),
    counts: () => new Map(counts.all().map((row) => [String(row.name), Number(row.count)])),
    /** `routes`: ids as a JSON list. */
    ahead: (after: number, through: number, routes: string, max: number) =>
      (ahead.all(after, through, routes, max) as unknown as [number, number][]).map(([seq, receivedAt]) => ({
        seq,
        receivedAt,
      })),
    routed: (after: number, through: number, routes: string) => Number(routed.get(after, through, routes)?.rows),
    head: (seq: number) => {
      const row = head.get(seq)
      return row === undefined ? undefined : headOf(row)
    },
    chunk: (seq: number) => (chunk.get(seq) as unknown as [Uint8Array] | undefined)?.[0],
    before: (seq: number, max: number) => before.all(seq, max).map(headOf),
    /** `keys`: hex in capitals, as a JSON list. */
    ofKey: (from: number, before: number, keys: string) => {
      const row = ofKey.get(from, before, keys)
      return row === undefined ? undefined : headOf(row)
    },
    ofSubjects: (after: number, subjects: readonly number[]) =>
      ofSubjects.all(after, JSON.stringify(subjects)).map(headOf),
    dedupe: (since: EpochMs) => dedupe.iterate(since) as unknown as Iterable<[Uint8Array, number]>,
  }
}
export type SegmentReads = ReturnType<typeof segmentReads>

/** Writes; all within `transact`. */
export function segmentWrites(db: DatabaseSync) {
  const transact: Transact = transactions(db)
  const route = db.prepare('INSERT INTO routes (id, app, event, partners) VALUES (?, ?, ?, ?)')
  const event = db.prepare(`INSERT INTO events
    (seq, route, subject, received_at, dedupe, chunk, chunk_start, chunk_end) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  const chunk = db.prepare('INSERT INTO chunks (seq, sealed) VALUES (?, ?)')
  const count = db.prepare(`INSERT INTO counts (name, count) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET count = count + excluded.count`)
  return {
    transact,
    addRoute: (id: number, app: string, eventKey: string, partners: readonly string[]) => {
      route.run(id, app, eventKey, JSON.stringify(partners))
    },
    addEvent: ({ seq, subject, receivedAt, dedupe, at }: NewRow, routeId: number) => {
      event.run(seq, routeId, subject, receivedAt, dedupe ?? null, at.chunk, at.start, at.end)
    },
    addChunk: ({ seq, sealed }: NewChunk) => {
      chunk.run(seq, sealed)
    },
    addCount: (name: string, by: number) => {
      count.run(name, by)
    },
  }
}
export type SegmentWrites = ReturnType<typeof segmentWrites>

const HOUR_MS = 3_600_000

/**
 * Overwrites subject, message id, position in the request and body of these subjects' rows; keeps hour and route, which the
 * sums need. Returns the number of rows.
 */
export function forgetSubjects(db: DatabaseSync, subjects: readonly number[]): number {
  const about = 'subject IN (SELECT value FROM json_each(?))'
  const list = JSON.stringify(subjects)
  // Writing a file costs a hundred times as much as reading it.
  if (db.prepare(`SELECT 1 FROM events WHERE ${about} LIMIT 1`).get(list) === undefined) return 0
  db.exec('PRAGMA secure_delete = ON')
  try {
    return transactions(db)(() => {
      db.prepare(`DELETE FROM chunks WHERE seq IN (SELECT chunk FROM events WHERE ${about})`).run(list)
      const forget = `UPDATE events SET subject = 0, received_at = received_at - received_at % ${HOUR_MS}, dedupe = NULL,
        chunk = 0, chunk_start = 0, chunk_end = 0 WHERE ${about}`
      return Number(db.prepare(forget).run(list).changes)
    })
  } finally {
    db.exec('PRAGMA secure_delete = OFF')
    checkpoint(db)
  }
}
