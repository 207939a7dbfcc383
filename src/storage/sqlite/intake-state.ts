/** Every partner's queue state, in one SQLite file. A flush is one transaction. */
import type { DeadLetterRow, Parked, QueueChange, SavedQueue, SettledCount, StateStore } from '../../intake/store.ts'
import type { PartnerId } from '../../model/brand.ts'
import { writing } from './intake-failure.ts'
import { checkpoint, openDatabase } from './open.ts'
import { decodeAscending, encodeAscending } from './sequence-list.ts'
import { transactions } from './transaction.ts'

/** `SLst` */
const APPLICATION_ID = 0x534c7374
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS queues (partner TEXT PRIMARY KEY, cursor INTEGER NOT NULL, holes BLOB NOT NULL,
    skips BLOB NOT NULL, resume INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS parked (partner TEXT NOT NULL, seq INTEGER NOT NULL, attempt INTEGER NOT NULL,
    due INTEGER NOT NULL, received_at INTEGER NOT NULL, PRIMARY KEY (partner, seq)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS settled (partner TEXT NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (partner, state, why)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS dead (id INTEGER PRIMARY KEY AUTOINCREMENT, partner TEXT NOT NULL, seq INTEGER NOT NULL,
    event TEXT NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL, why TEXT NOT NULL, UNIQUE (seq, partner)) STRICT;
  CREATE TABLE IF NOT EXISTS folded_counts (name TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS folded_files (n INTEGER PRIMARY KEY) STRICT;`

/** `keepDead`: most dead letters kept; the oldest are removed. Throws an error that names the file if it is unusable. */
export function openIntakeState(path: string, keepDead: number): StateStore {
  const db = openDatabase(path, { applicationId: APPLICATION_ID })
  db.exec(SCHEMA)
  const transact = transactions(db)

  const queues = db.prepare('SELECT partner, cursor, holes, skips, resume FROM queues')
  const parked = db.prepare('SELECT seq, attempt, due, received_at FROM parked WHERE partner = ? ORDER BY seq')
  const settled = db.prepare('SELECT state, why, count FROM settled WHERE partner = ?')
  const foldedCounts = db.prepare('SELECT name, count FROM folded_counts')
  const foldedFiles = db.prepare('SELECT n FROM folded_files')
  const saveQueue = db.prepare(
    'INSERT OR REPLACE INTO queues (partner, cursor, holes, skips, resume) VALUES (?,?,?,?,?)',
  )
  const park = db.prepare(
    'INSERT OR REPLACE INTO parked (partner, seq, attempt, due, received_at) VALUES (?, ?, ?, ?, ?)',
  )
  const unpark = db.prepare('DELETE FROM parked WHERE partner = ? AND seq = ?')
  const saveSettled = db.prepare('INSERT OR REPLACE INTO settled (partner, state, why, count) VALUES (?, ?, ?, ?)')
  const addDead = db.prepare(
    'INSERT OR REPLACE INTO dead (partner, seq, event, at, attempts, why) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const trimDead = db.prepare('DELETE FROM dead WHERE id <= (SELECT max(id) FROM dead) - ?')
  const foldFile = db.prepare('INSERT OR IGNORE INTO folded_files (n) VALUES (?)')
  const foldCount = db.prepare(`INSERT INTO folded_counts (name, count) VALUES (?, ?)
    ON CONFLICT (name) DO UPDATE SET count = count + excluded.count`)
  const deadIdOf = db.prepare('SELECT id FROM dead WHERE seq = ? AND partner = ?')
  const removeDead = db.prepare('DELETE FROM dead WHERE seq = ? AND partner = ?')
  const deadOf = db.prepare('SELECT partner, seq, event, at, attempts, why FROM dead WHERE seq = ? AND partner = ?')
  const deadBefore = db.prepare(`SELECT id, partner, seq, event, at, attempts, why FROM dead
    WHERE id < ?1 AND (?2 IS NULL OR partner = ?2) AND (?3 IS NULL OR event = ?3) ORDER BY id DESC LIMIT ?4`)
  const deadByPartner = db.prepare('SELECT partner, count(*) AS count, min(at) AS oldest FROM dead GROUP BY partner')
  const deadPage: StateStore['deadPage'] = (before = Number.MAX_SAFE_INTEGER, max, { partner = null, event = null }) =>
    deadBefore.all(before, partner, event, max).map((row) => ({ id: Number(row.id), ...toDeadLetter(row) }))

  const loadParked = (partner: string): Parked[] =>
    parked.all(partner).map((row) => ({
      seq: Number(row.seq),
      attempt: Number(row.attempt),
      due: Number(row.due),
      receivedAt: Number(row.received_at),
    }))
  // The casts are sound: only this file writes here, from values of these types.
  const loadSettled = (partner: string): SettledCount[] =>
    settled.all(partner).map((row) => ({
      state: row.state as SettledCount['state'],
      why: row.why as SettledCount['why'],
      count: Number(row.count),
    }))
  const loadQueue = (row: Record<string, unknown>): SavedQueue => {
    const partner = row.partner as PartnerId
    return {
      partner,
      cursor: Number(row.cursor),
      holes: decodeAscending(row.holes as Uint8Array),
      skips: decodeAscending(row.skips as Uint8Array),
      resume: Number(row.resume),
      parked: loadParked(partner),
      settled: loadSettled(partner),
    }
  }
  const applyQueue = (change: QueueChange): void => {
    const { partner, cursor, holes, skips, resume } = change
    saveQueue.run(partner, cursor, encodeAscending(holes), encodeAscending(skips), resume)
    for (const seq of change.unpark) unpark.run(partner, seq)
    for (const { seq, attempt, due, receivedAt } of change.park) park.run(partner, seq, attempt, due, receivedAt)
    for (const { state, why, count } of change.settled) saveSettled.run(partner, state, why, count)
  }

  return {
    load: () => ({
      queues: queues.all().map(loadQueue),
      folded: new Map(foldedCounts.all().map((row) => [String(row.name), Number(row.count)])),
    }),

    foldedFiles: () => foldedFiles.all().map((row) => Number(row.n)),

    save: ({ queues: changes, dead, undead = [], fold }) =>
      writing(() =>
        transact(() => {
          for (const change of changes) applyQueue(change)
          for (const one of undead) removeDead.run(one.seq, one.partner)
          for (const one of dead) addDead.run(one.partner, one.seq, one.event, one.at, one.attempts, one.why)
          if (dead.length > 0) trimDead.run(keepDead)
          // A file is folded only once, so that its counts are not added twice.
          if (fold === undefined || Number(foldFile.run(fold.segment).changes) === 0) return
          for (const [name, by] of fold.counts) foldCount.run(name, by)
        }),
      ),

    deadLetter: (seq, partner) => {
      const row = deadOf.get(seq, partner)
      return row === undefined ? undefined : toDeadLetter(row)
    },

    deadLetters: (after, max, filter = {}) => {
      const before = after === undefined ? Number.MAX_SAFE_INTEGER : deadIdOf.get(after.seq, after.partner)?.id
      if (before === undefined) return []
      return deadPage(Number(before), max, filter).map(({ id: _, ...letter }) => letter)
    },
    deadCounts: () =>
      deadByPartner.all().map((row) => ({
        partner: row.partner as PartnerId,
        count: Number(row.count),
        oldestAt: Number(row.oldest),
      })),
    deadPage,

    close: () => {
      checkpoint(db)
      db.close()
    },
  }
}

function toDeadLetter(row: Record<string, unknown>): DeadLetterRow {
  return {
    seq: Number(row.seq),
    // Sound: only this file writes here, from values of this type.
    partner: row.partner as PartnerId,
    event: String(row.event),
    at: Number(row.at),
    attempts: Number(row.attempts),
    why: String(row.why),
  }
}
