/** Copies a database consistently, also while it is written. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { openDatabase } from './open.ts'

/**
 * Copies to `to`, which MUST NOT exist: complete and synced when this returns. Deleted rows are not copied. Throws an error
 * that names the file if it is missing or not a database.
 */
export function copyDatabase(from: string, to: string): void {
  const db = openDatabase(from, { readOnly: true })
  try {
    db.prepare('VACUUM INTO ?').run(to)
  } finally {
    db.close()
  }
  const file = openSync(to, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
