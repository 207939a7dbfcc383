/** One process owns the data folder. The operating system lets go of the lock however that process ends. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Owned, Ownership } from '../../platform/ownership.ts'

/** Primary result code of SQLite for "somebody else has it". */
const SQLITE_BUSY = 5

/** By a lock in the folder itself: it MUST be on a disk of this machine. */
export function ownershipOf(folder: string): Ownership {
  return { claim: async () => lockFolder(folder) }
}

/** Takes the folder, creating it where it is missing. Throws an error that names the folder when it is taken. */
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
