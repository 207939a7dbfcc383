/** Addresses and notices in SQLite; the notices' keys are in a separate file. Deleted content is overwritten. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { EpochMs } from '../../model/brand.ts'
import { GatewayError } from '../../model/errors.ts'
import type { EndedNotice, NoticeCount, NoticeFilter, NoticeRow } from '../../notices/ports.ts'
import type { AddressRecord, AskRecord, NoticeRecord, NoticeTables } from '../../notices/store.ts'
import {
  NOTICE_KEYS_APPLICATION_ID,
  NOTICE_KEYS_SCHEMA,
  NOTICES_APPLICATION_ID,
  NOTICES_SCHEMA,
} from './notices-schema.ts'
import { checkpoint, emptyLog, openDatabase } from './open.ts'
import { transactions } from './transaction.ts'

export function noticesPath(dataFolder: string): string {
  return join(dataFolder, 'notices.db')
}
export function noticeKeysPath(dataFolder: string): string {
  return join(dataFolder, 'keys', 'notices.db')
}
/** False if no notice was ever queued. */
export function hasNotices(dataFolder: string): boolean {
  return existsSync(noticesPath(dataFolder))
}

const ROW = 'id, partner, verb, class, day, phase, state, why, attempts, ended, task'
const DUE = 'id, ref, partner, verb, class, day, queued, due, attempts, phase, sealed'
const ADDRESS = 'id AS row, subject, owner, partner, sealed'

export function openNoticeTables(dataFolder: string): NoticeTables {
  const db = open(noticesPath(dataFolder), NOTICES_APPLICATION_ID, NOTICES_SCHEMA)
  const keys = openOrClose(db, () => open(noticeKeysPath(dataFolder), NOTICE_KEYS_APPLICATION_ID, NOTICE_KEYS_SCHEMA))
  const transact = transactions(db)
  const one = (sql: string) => db.prepare(sql)
  const removeOwned = one('DELETE FROM addresses WHERE owner = ?')
  const removeOfSubject = one('DELETE FROM addresses WHERE subject = ?')
  const loseFinder = one('UPDATE addresses SET finder = NULL WHERE finder = ?')
  const beginOrigin = one('INSERT OR IGNORE INTO origins (origin, day) VALUES (?, ?)')
  const putNotice =
    one(`INSERT INTO notices (${DUE}, subject, mark, state, why, repeatable, ended, recorded, task, turn)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, 0,
      CASE WHEN ?13 IS NULL THEN 0 ELSE (SELECT 1 + coalesce(max(turn), 0) FROM notices WHERE mark = ?13) END)`)
  const lastAbout = one('SELECT verb, phase, state, why FROM notices WHERE mark = ? ORDER BY turn DESC LIMIT 1')
  // One for each partner; a later notice with the same identifier waits for the earlier one.
  const due = one(`SELECT ${DUE}, min(due) FROM notices AS one WHERE phase IN ('waiting', 'polling') AND due <= ?
    AND NOT EXISTS (SELECT 1 FROM notices AS other WHERE other.mark = one.mark AND other.turn < one.turn
      AND other.phase IN ('waiting', 'trying')) GROUP BY partner`)
  const sealedOf = one("SELECT sealed FROM notices WHERE id = ? AND phase <> 'ended'")
  const nextDue = one("SELECT min(due) AS due FROM notices WHERE phase IN ('waiting', 'polling')")
  // Polling is not an attempt: the partner already has the request.
  const begin = one(`UPDATE notices SET phase = iif(phase = 'polling', phase, 'trying'), attempts = attempts + 1,
    repeatable = ? WHERE id = ? AND phase <> 'ended'`)
  const defer = one("UPDATE notices SET phase = ?, due = ? WHERE id = ? AND phase <> 'ended'")
  const interrupted = one("SELECT id, repeatable FROM notices WHERE phase = 'trying'")
  const overdue = one("SELECT id, phase FROM notices WHERE phase IN ('waiting', 'polling') AND due < ?")
  const end = one(`UPDATE notices SET phase = 'ended', state = ?, why = ?, ended = ?, task = ?, sealed = NULL
    WHERE id = ? AND phase <> 'ended'`)
  const resolve = one('UPDATE notices SET state = ?, task = 0, recorded = 0 WHERE id = ? AND task = 1')
  const unrecorded = one(`SELECT id, ref, partner, verb, class, state, why FROM notices
    WHERE phase = 'ended' AND recorded = 0 LIMIT ?`)
  const recorded = one(
    "UPDATE notices SET recorded = 1, ref = CASE WHEN task = 1 THEN ref END WHERE id = ? AND phase = 'ended'",
  )
  const unsay = one('UPDATE notices SET subject = NULL, mark = NULL, turn = 0 WHERE subject = ?')
  const ofSubject = one(`SELECT ${ROW} FROM notices WHERE subject = ?`)
  const byId = one(`SELECT ${ROW} FROM notices WHERE id = ?`)
  const counts = one(`SELECT partner, verb, iif(phase = 'ended', state, phase) AS state, count(*) AS count
    FROM notices GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
  const list =
    one(`SELECT ${ROW} FROM notices WHERE id > ?1 AND (?2 IS NULL OR partner = ?2) AND (?3 IS NULL OR verb = ?3)
    AND (?4 IS NULL OR iif(phase = 'ended', state, phase) = ?4) AND (?5 = 0 OR task = 1) ORDER BY id LIMIT ?6`)
  const isOpen = one("SELECT 1 FROM notices WHERE id = ? AND phase <> 'ended'")

  return {
    transact: (work) => writing(() => transact(work)),
    ...addressTable(db),
    ...beforeTables(db),
    ...askedTables(db),
    beginOrigin: (origin, day) => Number(beginOrigin.run(origin, day).changes) === 1,
    putNotice: (one) => {
      putNotice.run(
        one.id,
        one.ref,
        one.partner,
        one.verb,
        one.class,
        one.day,
        one.queued,
        one.due,
        one.attempts,
        one.phase,
        one.sealed,
        one.subject,
        one.mark,
        one.state,
        one.why,
        one.phase === 'ended' ? one.day : null,
      )
    },
    lastAbout: (mark) => lastAbout.get(mark) as ReturnType<NoticeTables['lastAbout']>,
    due: (now) => due.all(now) as unknown as NoticeRecord[],
    sealedOf: (id) => (sealedOf.get(id)?.sealed as Uint8Array | null | undefined) ?? undefined,
    nextDue: () => (nextDue.get()?.due as number | null) ?? undefined,
    begin: (id, repeatable) => {
      writing(() => begin.run(repeatable ? 1 : 0, id))
    },
    defer: (id, at, phase) => {
      writing(() => defer.run(phase, at, id))
    },
    interrupted: () =>
      interrupted.all().map(({ id, repeatable }) => ({ id: String(id), repeatable: repeatable === 1 })),
    overdue: (before) =>
      overdue
        .all(before)
        .map(({ id, phase }) => ({ id: String(id), phase: phase === 'polling' ? 'polling' : 'waiting' })),
    end: (id, state, why, day, task) =>
      writing(() => {
        const isNew = Number(end.run(state, why, day, task ? 1 : 0, id).changes) === 1
        return isNew || (!task && Number(resolve.run(state, id).changes) === 1)
      }),
    unrecorded: (limit) => unrecorded.all(limit) as unknown as EndedNotice[],
    recorded: (ids) => {
      writing(() =>
        transact(() => {
          for (const id of ids) recorded.run(id)
        }),
      )
    },
    forget: (owners, finders, subjects) => {
      writing(() => {
        transact(() => {
          for (const owner of owners) removeOwned.run(owner)
          for (const subject of subjects) {
            removeOfSubject.run(subject)
            unsay.run(subject)
          }
          for (const finder of finders) loseFinder.run(finder)
        })
        emptyLog(db)
      })
    },
    ofSubjects: (subjects) => subjects.flatMap((subject) => ofSubject.all(subject).map(rowOf)),
    byIds: (ids) => ids.flatMap((id) => byId.all(id).map(rowOf)),
    counts: () => counts.all() as unknown as NoticeCount[],
    list: ({ partner, verb, state, tasks = false, after = '', limit }: NoticeFilter) =>
      list.all(after, partner ?? null, verb ?? null, state ?? null, tasks ? 1 : 0, limit).map(rowOf),
    pruneAddresses: (before) => {
      writing(() => db.prepare('DELETE FROM addresses WHERE day < ?').run(before))
    },
    pruneEnded: (before) => {
      writing(() => {
        db.prepare("DELETE FROM notices WHERE phase = 'ended' AND recorded = 1 AND task = 0 AND ended < ?").run(before)
        db.prepare('DELETE FROM origins WHERE day < ?').run(before)
      })
    },
    ...noticeKeys(keys, (id) => isOpen.get(id) !== undefined),
    close: () => {
      for (const opened of [db, keys]) {
        checkpoint(opened)
        opened.close()
      }
    },
  }
}

function addressTable(
  db: DatabaseSync,
): Pick<NoticeTables, 'putAddress' | 'addressesOf' | 'addressesFoundBy' | 'sealAddress' | 'removeAddresses'> {
  const put = db.prepare(`INSERT INTO addresses (subject, owner, mark, partner, finder, sealed, day)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (mark) DO UPDATE SET day = max(day, excluded.day)`)
  const of = db.prepare(`SELECT ${ADDRESS} FROM addresses WHERE subject = ?`)
  const foundBy = db.prepare(`SELECT ${ADDRESS} FROM addresses WHERE finder = ?`)
  const seal = db.prepare('UPDATE addresses SET sealed = ? WHERE id = ?')
  const remove = db.prepare('DELETE FROM addresses WHERE id = ?')
  return {
    putAddress: ({ subject, owner, mark, partner, finder, sealed, day }) => {
      put.run(subject, owner, mark, partner, finder, sealed, day)
    },
    addressesOf: (subjects) => subjects.flatMap((subject) => of.all(subject) as unknown as AddressRecord[]),
    addressesFoundBy: (finders) => finders.flatMap((finder) => foundBy.all(finder) as unknown as AddressRecord[]),
    sealAddress: (row, sealed) => {
      seal.run(sealed, row)
    },
    removeAddresses: (rows) => {
      for (const row of rows) remove.run(row)
    },
  }
}

/** Since when addresses are kept, and what partners had until then. */
function beforeTables(
  db: DatabaseSync,
): Pick<
  NoticeTables,
  'keptFor' | 'putKeptFor' | 'removeKeptFor' | 'before' | 'putBefore' | 'removeBefore' | 'removeAllBefore'
> {
  const keptFor = db.prepare('SELECT partner, told, above FROM kept_for')
  const keep = db.prepare('INSERT OR REPLACE INTO kept_for (partner, told, above) VALUES (?, ?, ?)')
  const keepNot = db.prepare('DELETE FROM kept_for WHERE partner = ?')
  const loseAll = db.prepare('DELETE FROM had_before')
  const of = db.prepare('SELECT partner, app, class, kind FROM had_before WHERE finder = ?')
  const put = db.prepare('INSERT OR REPLACE INTO had_before (finder, partner, app, class, kind) VALUES (?, ?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM had_before WHERE finder = ?')
  return {
    keptFor: () => keptFor.all() as unknown as ReturnType<NoticeTables['keptFor']>,
    putKeptFor: (partner, told, above) => {
      keep.run(partner, told, above)
      loseAll.run()
    },
    removeKeptFor: (partner) => {
      keepNot.run(partner)
    },
    before: (finder) => of.all(finder) as unknown as ReturnType<NoticeTables['before']>,
    putBefore: (finder, had) => {
      put.run(finder, had.partner, had.app, had.class, had.kind)
    },
    removeBefore: (finders) => {
      for (const finder of finders) remove.run(finder)
    },
    removeAllBefore: () => {
      writing(() => loseAll.run())
    },
  }
}

/** What was said and nobody looked up yet. */
function askedTables(
  db: DatabaseSync,
): Pick<NoticeTables, 'askOf' | 'putAsk' | 'asksAfter' | 'asksAbout' | 'removeAsks' | 'countAsks'> {
  const of = db.prepare('SELECT id AS row, sealed FROM asked WHERE digest = ?')
  const put = db.prepare('INSERT INTO asked (digest, sealed) VALUES (?, ?)')
  const putKey = db.prepare('INSERT OR IGNORE INTO asked_keys (identity, asked) VALUES (?, ?)')
  const after = db.prepare('SELECT id AS row, sealed FROM asked WHERE id > ? ORDER BY id LIMIT ?')
  const about = db.prepare(`SELECT id AS row, sealed FROM asked_keys JOIN asked ON id = asked_keys.asked
    WHERE identity = ? ORDER BY id`)
  const remove = db.prepare('DELETE FROM asked WHERE id = ?')
  const removeKeys = db.prepare('DELETE FROM asked_keys WHERE asked = ?')
  const count = db.prepare('SELECT count(*) AS count FROM asked')
  return {
    askOf: (digest) => of.get(digest) as AskRecord | undefined,
    putAsk: ({ digest, keys, sealed }) => {
      const row = put.run(digest, sealed).lastInsertRowid
      for (const key of keys) putKey.run(key, row)
    },
    asksAfter: (row, limit) => after.all(row, limit) as unknown as AskRecord[],
    asksAbout: (identity) => about.all(identity) as unknown as AskRecord[],
    removeAsks: (rows) => {
      for (const row of rows) {
        remove.run(row)
        removeKeys.run(row)
      }
    },
    countAsks: () => Number(count.get()?.count),
  }
}

function noticeKeys(
  keys: DatabaseSync,
  isOpen: (id: string) => boolean,
): Pick<NoticeTables, 'putKeys' | 'keyOf' | 'removeKeys' | 'removeStrayKeys'> {
  const transact = transactions(keys)
  const put = keys.prepare('INSERT OR REPLACE INTO notice_keys (id, wrapped) VALUES (?, ?)')
  const find = keys.prepare('SELECT wrapped FROM notice_keys WHERE id = ?')
  const remove = keys.prepare('DELETE FROM notice_keys WHERE id = ?')
  const all = keys.prepare('SELECT id FROM notice_keys')
  const removeKeys = (ids: readonly string[]): void => {
    if (ids.length === 0) return
    writing(() => {
      transact(() => {
        for (const id of ids) remove.run(id)
      })
      emptyLog(keys)
    })
  }
  return {
    putKeys: (added) => {
      writing(() =>
        transact(() => {
          for (const { id, wrapped } of added) put.run(id, wrapped)
        }),
      )
    },
    keyOf: (id) => find.get(id)?.wrapped as Uint8Array | undefined,
    removeKeys,
    removeStrayKeys: () =>
      removeKeys(
        all
          .all()
          .map(({ id }) => String(id))
          .filter((id) => !isOpen(id)),
      ),
  }
}

function open(path: string, applicationId: number, schema: string): DatabaseSync {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = openDatabase(path, { applicationId, secureDelete: true })
  db.exec(schema)
  emptyLog(db)
  return db
}

function openOrClose(first: DatabaseSync, open: () => DatabaseSync): DatabaseSync {
  try {
    return open()
  } catch (error) {
    first.close()
    throw error
  }
}

function writing<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw new GatewayError('ERR_NOTICES_UNAVAILABLE', {}, error)
  }
}

/** The casts are sound: the tables are STRICT and written only here. */
function rowOf(row: Record<string, unknown>): NoticeRow {
  const { ended, task, ...rest } = row
  return { ...rest, ended: (ended as EpochMs | null) ?? undefined, task: task === 1 } as unknown as NoticeRow
}
