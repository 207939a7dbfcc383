/** Wrapped subject keys in a file of their own, which is never copied together with what they open. */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { SubjectKeyStore } from '../../intake/store.ts'
import type { IdentityKey } from '../../model/brand.ts'
import { writing } from './intake-failure.ts'
import { checkpoint, emptyLog, openDatabase } from './open.ts'
import { transactions } from './transaction.ts'

/** `SLky` */
const APPLICATION_ID = 0x534c6b79
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subject_keys (id INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL,
    epoch INTEGER NOT NULL, wrapped BLOB NOT NULL, UNIQUE (identity, epoch)) STRICT;
  CREATE TABLE IF NOT EXISTS key_check (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;`

/**
 * Creates the file and its folder where missing. Throws an error that names the file where it cannot be used.
 * @param above new keys get higher numbers than this one
 */
export function openSubjectKeys(path: string, above = 0): SubjectKeyStore {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = openDatabase(path, { applicationId: APPLICATION_ID, secureDelete: true })
  db.exec(SCHEMA)
  const transact = transactions(db)
  giveNumbersAbove(db, above)
  const find = db.prepare('SELECT id, wrapped FROM subject_keys WHERE identity = ? AND epoch = ?')
  const byId = db.prepare('SELECT identity, epoch, wrapped FROM subject_keys WHERE id = ?')
  const add = db.prepare('INSERT INTO subject_keys (identity, epoch, wrapped) VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM subject_keys WHERE identity = ? RETURNING id')
  const loadCheck = db.prepare('SELECT sealed FROM key_check')
  const saveCheck = db.prepare('INSERT INTO key_check (id, sealed) VALUES (1, ?)')

  return {
    find: (identity, epoch) => {
      const row = find.get(identity, epoch)
      return row && { id: Number(row.id), wrapped: row.wrapped as Uint8Array }
    },
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
        emptyLog(db)
        return ids
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

/** SQLite keeps the last number of an AUTOINCREMENT column in a table of its own, with a row once one was given. */
function giveNumbersAbove(db: DatabaseSync, above: number): void {
  const last = db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'subject_keys'").get()?.seq
  if (typeof last === 'number' ? last >= above : above === 0) return
  if (last === undefined) db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('subject_keys', ?)").run(above)
  else db.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'subject_keys'").run(above)
}

/** A key as it is kept: opens with the key-encryption key, bound to the identity. */
export interface KeptSubjectKey {
  readonly id: number
  readonly epoch: number
  readonly wrapped: Uint8Array
}
export interface SubjectKeyReader {
  /** The key of the newest epoch. */
  newest(identity: IdentityKey): KeptSubjectKey | undefined
  /** Of every epoch, newest first. */
  all(identity: IdentityKey): readonly KeptSubjectKey[]
  /** The lowest id of the identity that this id's key is of; undefined where it is gone. */
  lowestOf(id: number): number | undefined
  /** Which of these ids are still there. */
  kept(ids: readonly number[]): ReadonlySet<number>
  close(): void
}

/** For threads that only look: each call sees what is there at that moment. Undefined where there is no file yet. */
export function openSubjectKeyReader(path: string): SubjectKeyReader | undefined {
  if (!existsSync(path)) return undefined
  const db = openDatabase(path, { readOnly: true, applicationId: APPLICATION_ID })
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'subject_keys'").get() === undefined) {
    db.close()
    return undefined
  }
  const newest = db.prepare(
    'SELECT id, epoch, wrapped FROM subject_keys WHERE identity = ? ORDER BY epoch DESC LIMIT 1',
  )
  const all = db.prepare('SELECT id, epoch, wrapped FROM subject_keys WHERE identity = ? ORDER BY epoch DESC')
  const byId = db.prepare('SELECT 1 FROM subject_keys WHERE id = ?')
  const lowest = db.prepare(
    'SELECT min(id) AS id FROM subject_keys WHERE identity = (SELECT identity FROM subject_keys WHERE id = ?)',
  )
  // The table is STRICT and only this file writes it: the rows are of these types.
  return {
    newest: (identity) => newest.get(identity) as unknown as KeptSubjectKey | undefined,
    all: (identity) => all.all(identity) as unknown as readonly KeptSubjectKey[],
    lowestOf: (id) => (lowest.get(id)?.id as number | null | undefined) ?? undefined,
    kept: (ids) => new Set(ids.filter((id) => byId.get(id) !== undefined)),
    close: () => db.close(),
  }
}
