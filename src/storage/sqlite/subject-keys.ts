/** Wrapped subject keys in a file of their own, which is never copied together with what they open. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { SubjectKeyStore } from '../../intake/store.ts'
import type { IdentityKey } from '../../model/brand.ts'
import { writing } from './intake-failure.ts'
import { checkpoint, openDatabase } from './open.ts'
import { transactions } from './transaction.ts'

/** `SLky` */
const APPLICATION_ID = 0x534c6b79
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS subjects (id INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL UNIQUE,
    wrapped BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS key_check (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;`

/** Creates the file and its folder where missing. Throws an error that names the file where it cannot be used. */
export function openSubjectKeys(path: string): SubjectKeyStore {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const db = openDatabase(path, { applicationId: APPLICATION_ID, secureDelete: true })
  db.exec(SCHEMA)
  const transact = transactions(db)
  const find = db.prepare('SELECT id, wrapped FROM subjects WHERE identity = ?')
  const byId = db.prepare('SELECT identity, wrapped FROM subjects WHERE id = ?')
  const add = db.prepare('INSERT INTO subjects (identity, wrapped) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM subjects WHERE identity = ? RETURNING id')
  const loadCheck = db.prepare('SELECT sealed FROM key_check')
  const saveCheck = db.prepare('INSERT INTO key_check (id, sealed) VALUES (1, ?)')

  return {
    find: (identity) => {
      const row = find.get(identity)
      return row && { id: Number(row.id), wrapped: row.wrapped as Uint8Array }
    },
    byId: (id) => {
      const row = byId.get(id)
      return row && { identity: row.identity as IdentityKey, wrapped: row.wrapped as Uint8Array }
    },
    add: (subjects) =>
      writing(() =>
        transact(() => subjects.map(({ identity, wrapped }) => Number(add.run(identity, wrapped).lastInsertRowid))),
      ),
    remove: (identities) =>
      writing(() => {
        const ids = transact(() => identities.flatMap((identity) => remove.all(identity).map((row) => Number(row.id))))
        checkpoint(db)
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
