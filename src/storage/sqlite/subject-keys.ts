/** Wrapped subject keys, in their own file, which is never backed up together with the data they decrypt. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { KeptWindowKey, SubjectKeyStore, WindowKeyStore } from '../../intake/store.ts'
import type { KeptSubjectKey, SubjectKeyReader } from '../../ledger/store.ts'
import type { IdentityKey } from '../../model/brand.ts'
import { writing } from './intake-failure.ts'
import { checkpoint, emptyLog, openDatabase } from './open.ts'
import { transactions } from './transaction.ts'

/** `SLky` */
export const SUBJECT_KEYS_APPLICATION_ID = 0x534c6b79
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subject_keys (id INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL,
    epoch INTEGER NOT NULL, wrapped BLOB NOT NULL, UNIQUE (identity, epoch)) STRICT;
  CREATE TABLE IF NOT EXISTS window_keys (taken INTEGER PRIMARY KEY, wrapped BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS key_check (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;`

export function subjectKeysPath(dataFolder: string): string {
  return join(dataFolder, 'keys', 'subjects.db')
}

/**
 * Creates the file and its folder if missing. Throws an error that names the file if it is unusable.
 * @param above new keys get numbers above this one
 */
export function openSubjectKeys(path: string, above = 0): SubjectKeyStore & WindowKeyStore {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = openDatabase(path, { applicationId: SUBJECT_KEYS_APPLICATION_ID, secureDelete: true })
  db.exec(SCHEMA)
  const transact = transactions(db)
  giveNumbersAbove(db, above)
  /** False while deleted bytes may still be in the files. */
  let isOverwritten = emptyLog(db)
  const find = db.prepare('SELECT id, wrapped FROM subject_keys WHERE identity = ? AND epoch = ?')
  const has = db.prepare('SELECT 1 FROM subject_keys WHERE identity = ? LIMIT 1')
  const byId = db.prepare('SELECT identity, epoch, wrapped FROM subject_keys WHERE id = ?')
  const add = db.prepare('INSERT INTO subject_keys (identity, epoch, wrapped) VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM subject_keys WHERE identity = ? RETURNING id')
  const windowKeys = db.prepare('SELECT taken AS "from", wrapped FROM window_keys ORDER BY taken')
  const addWindowKey = db.prepare('INSERT OR REPLACE INTO window_keys (taken, wrapped) VALUES (?, ?)')
  const removeWindowKey = db.prepare('DELETE FROM window_keys WHERE taken = ?')
  const loadCheck = db.prepare('SELECT sealed FROM key_check')
  const saveCheck = db.prepare('INSERT INTO key_check (id, sealed) VALUES (1, ?)')

  return {
    find: (identity, epoch) => {
      const row = find.get(identity, epoch)
      return row && { id: Number(row.id), wrapped: row.wrapped as Uint8Array }
    },
    has: (identity) => has.get(identity) !== undefined,
    byId: (id) => {
      const row = byId.get(id)
      return (
        row && { identity: row.identity as IdentityKey, epoch: Number(row.epoch), wrapped: row.wrapped as Uint8Array }
      )
    },
    add: (subjects) =>
      writing(() =>
        transact(() =>
          subjects.map(({ identity, epoch, wrapped }) => Number(add.run(identity, epoch, wrapped).lastInsertRowid)),
        ),
      ),
    remove: (identities) =>
      writing(() => {
        const ids = transact(() => identities.flatMap((identity) => remove.all(identity).map((row) => Number(row.id))))
        isOverwritten = emptyLog(db)
        return ids
      }),
    overwrite: () => {
      isOverwritten ||= emptyLog(db)
      return isOverwritten
    },
    windowKeys: () => windowKeys.all() as unknown as readonly KeptWindowKey[],
    turnWindowKeys: (added, removed) =>
      writing(() => {
        transact(() => {
          for (const from of removed) removeWindowKey.run(from)
          for (const { from, wrapped } of added) addWindowKey.run(from, wrapped)
        })
        isOverwritten = emptyLog(db)
      }),
    loadCheck: () => loadCheck.get()?.sealed as Uint8Array | undefined,
    saveCheck: (sealed) => {
      saveCheck.run(sealed)
    },
    close: () => {
      checkpoint(db)
      db.close()
    },
  }
}

/** SQLite keeps the last number of an AUTOINCREMENT column in `sqlite_sequence`, with a row after the first insert. */
function giveNumbersAbove(db: DatabaseSync, above: number): void {
  const last = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'subject_keys'").get()?.seq
  if (typeof last === 'number' ? last >= above : above === 0) return
  if (last === undefined) db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('subject_keys', ?)").run(above)
  else db.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'subject_keys'").run(above)
}

/** Read-only access for other threads; each call sees the current state. Undefined if there is no file yet. */
export function readSubjectKeys(dataFolder: string): SubjectKeyReader | undefined {
  const path = subjectKeysPath(dataFolder)
  if (!existsSync(path)) return undefined
  const db = openDatabase(path, { readOnly: true, applicationId: SUBJECT_KEYS_APPLICATION_ID })
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'subject_keys'").get() === undefined) {
    db.close()
    return undefined
  }
  const newest = db.prepare(
    'SELECT id, epoch, wrapped FROM subject_keys WHERE identity = ? ORDER BY epoch DESC LIMIT 1',
  )
  const all = db.prepare('SELECT id, epoch, wrapped FROM subject_keys WHERE identity = ? ORDER BY epoch DESC')
  const byId = db.prepare('SELECT 1 FROM subject_keys WHERE id = ?')
  const identityOf = db.prepare('SELECT identity FROM subject_keys WHERE id = ?')
  const lowest = db.prepare(
    'SELECT min(id) AS id FROM subject_keys WHERE identity = (SELECT identity FROM subject_keys WHERE id = ?)',
  )
  // The casts are sound: the table is STRICT and written only here.
  return {
    newest: (identity) => newest.get(identity) as unknown as KeptSubjectKey | undefined,
    all: (identity) => all.all(identity) as unknown as readonly KeptSubjectKey[],
    lowestOf: (id) => (lowest.get(id)?.id as number | null | undefined) ?? undefined,
    identityOf: (id) => identityOf.get(id)?.identity as IdentityKey | undefined,
    kept: (ids) => new Set(ids.filter((id) => byId.get(id) !== undefined)),
    close: () => db.close(),
  }
}

/** Every key, for verification with keys. */
export function listSubjectKeys(
  path: string,
): readonly { readonly id: number; readonly identity: string; readonly epoch: number; readonly wrapped: Uint8Array }[] {
  const db = openDatabase(path, { readOnly: true, applicationId: SUBJECT_KEYS_APPLICATION_ID })
  try {
    // Sound: the table is STRICT and written only here.
    return db.prepare('SELECT id, identity, epoch, wrapped FROM subject_keys').all() as unknown as ReturnType<
      typeof listSubjectKeys
    >
  } finally {
    db.close()
  }
}
