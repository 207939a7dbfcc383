/** A copy of a database as it is at one moment, also while somebody writes it. */
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { openDatabase } from './open.ts'

/**
 * Copies to `to`, which must not exist: complete and on disk when this returns. Deleted rows do not come along. Throws an
 * error that names the file where it is not there, or is no database.
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
