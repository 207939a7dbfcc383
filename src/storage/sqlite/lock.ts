/** One process owns the data folder. The operating system releases the lock when that process ends, however it ends. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Owned, Ownership } from '../../platform/ownership.ts'

/** Primary result code of SQLite for a lock held by another connection. */
const SQLITE_BUSY = 5

/** Uses a lock file in the folder, which MUST be on a local disk. */
export function ownershipOf(folder: string): Ownership {
  return { claim: async () => lockFolder(folder) }
}

/** Locks the folder; creates it if missing. Throws an error that names the folder if another process owns it. */
export function lockFolder(folder: string): Owned {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const db = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 })
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    db.close()
    if (cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_BUSY) {
      throw new Error(`${folder}: another Sluice process uses this data folder. Stop it, or name another folder.`, {
        cause,
      })
    }
    throw new Error(`${folder}: cannot be locked`, { cause })
  }
  return { release: () => db.close() }
}
