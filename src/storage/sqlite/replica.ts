/** A cell's local copy of all active statements, so that decisions need no other machine. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import type { IdentityKey } from '../../model/brand.ts'
import type { Finding } from '../../model/signal.ts'
import { syncFolder } from '../../platform/durable-file.ts'
import { createFindingReader } from '../finding-text.ts'
import type { StandingRow } from './choices-reader.ts'
import { transactions } from './transaction.ts'

/** `PRAGMA application_id`: "SlRe". */
export const REPLICA_APPLICATION_ID = 0x536c5265
const LAYOUT = 1

/**
 * `active`: as in the shared database, with the finding. `linked`: identities with a link. `applied`: the last applied feed
 * entry.
 */
const SCHEMA = `
  CREATE TABLE findings (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE active (key BLOB NOT NULL, statement INTEGER NOT NULL, direct INTEGER NOT NULL, finding INTEGER NOT NULL,
    PRIMARY KEY (key, statement)) STRICT, WITHOUT ROWID;
  CREATE TABLE linked (key BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE applied (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL) STRICT;
  PRAGMA user_version = ${LAYOUT};
`

export function replicaPath(folder: string): string {
  return join(folder, 'replica.db')
}

/** Durable when it resolves. MUST NOT be called while it is open. */
export async function removeReplica(folder: string): Promise<void> {
  for (const side of ['-wal', '-shm', '']) await rm(replicaPath(folder) + side, { force: true })
  await syncFolder(folder)
}

/** An identity's current state; replaces the old one. */
export interface ReplicaState {
  readonly key: IdentityKey
  readonly active: readonly (readonly [id: number, direct: boolean, finding: string])[]
  readonly isLinked: boolean
}

export interface ReplicaWriter {
  /** The last applied feed entry; undefined in a new file. */
  applied(): number | undefined
  /** In one transaction. */
  apply(states: readonly ReplicaState[], applied: number | undefined): void
  /** Removes everything, for a copy that fell too far behind. */
  clear(): void
}

/** @param db MUST have the schema of `prepareReplica` */
export function createReplicaWriter(db: DatabaseSync): ReplicaWriter {
  const addFinding = db.prepare('INSERT OR IGNORE INTO findings (text) VALUES (?)')
  const clearKey = db.prepare('DELETE FROM active WHERE key = unhex(?)')
  const unlink = db.prepare('DELETE FROM linked WHERE key = unhex(?)')
  const link = db.prepare('INSERT OR IGNORE INTO linked VALUES (unhex(?))')
  const place = db.prepare('INSERT INTO active SELECT unhex(?), ?, ?, id FROM findings WHERE text = ?')
  const note = db.prepare('INSERT INTO applied VALUES (1, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq')
  const found = db.prepare('SELECT seq FROM applied')
  const transact = transactions(db)
  return {
    applied: () => found.get()?.seq as number | undefined,
    apply: (states, applied) => {
      transact(() => {
        for (const { key, active, isLinked } of states) {
          clearKey.run(key)
          for (const [id, direct, text] of active) {
            addFinding.run(text)
            place.run(key, id, +direct, text)
          }
          ;(isLinked ? link : unlink).run(key)
        }
        if (applied !== undefined) note.run(applied)
      })
    },
    clear: () => db.exec('BEGIN IMMEDIATE; DELETE FROM active; DELETE FROM linked; DELETE FROM applied; COMMIT'),
  }
}

/** @throws Error on a later layout */
export function prepareReplica(db: DatabaseSync): void {
  const version = db.prepare('PRAGMA user_version').get()?.user_version
  if (version === LAYOUT) return
  if (version !== 0) throw new Error(`the copy of the choices has layout ${version}; this version knows ${LAYOUT}`)
  db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT`)
}

export interface ReplicaReader {
  standing(keys: readonly IdentityKey[]): readonly StandingRow[]
  /** True if the identity has a link or an active statement. */
  isKnown(key: IdentityKey): boolean
  close(): void
}

/** @param db a connection that nothing else uses */
export function createReplicaReader(db: DatabaseSync): ReplicaReader {
  const read = createFindingReader()
  const standing = db.prepare('SELECT finding, direct FROM active WHERE key = unhex(?)')
  standing.setReturnArrays(true)
  const text = db.prepare('SELECT text FROM findings WHERE id = ?')
  const known = db.prepare(
    'SELECT 1 FROM linked WHERE key = unhex(?1) UNION ALL SELECT 1 FROM active WHERE key = unhex(?1) LIMIT 1',
  )
  const findings = new Map<unknown, Finding>()
  const findingOf = (id: unknown): Finding => {
    const finding = findings.get(id) ?? read(String(text.get(id as number)?.text))
    findings.set(id, finding)
    return finding
  }
  return {
    standing: (keys) =>
      keys.flatMap((key) =>
        (standing.all(key) as unknown as readonly (readonly [number, number])[]).map(([finding, direct]) => ({
          finding: findingOf(finding),
          direct: direct === 1,
        })),
      ),
    isKnown: (key) => known.all(key).length > 0,
    close: () => db.close(),
  }
}
