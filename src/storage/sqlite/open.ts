/** Opens node:sqlite the one way Sluice uses it: a commit that returned is on disk. */
import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** How long a statement waits for another connection's lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000
/** How long emptying a log waits for who reads it: our own threads read for a moment, a program outside for hours. */
const READER_TIMEOUT_MS = 500
/** Size of the write-ahead log at which SQLite copies it into the database file. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024
const PAGE_BYTES = 4_096

export interface OpenOptions {
  /** Opens an existing file without ever writing to it. Default false. */
  readonly readOnly?: boolean
  /**
   * Marks whose file this is (`PRAGMA application_id`, a positive 32-bit number) and refuses a file with another mark.
   * A file without any table is new and gets the mark. Default: not checked.
   */
  readonly applicationId?: number
  /** Overwrites deleted content with zeros. Default false. */
  readonly secureDelete?: boolean
  /** Page size of a new file: a power of two from 512 to 65,536. Larger suits rows of a kilobyte and more. Default 4,096. */
  readonly pageBytes?: number
  /** Keeps no log and syncs nothing: a stop in the middle leaves a file that is thrown away. Default false. */
  readonly disposable?: boolean
}

/**
 * Opens or creates a database: write-ahead log, `synchronous=FULL`, so that COMMIT returns after the sync. Throws an
 * error that names the file when it is not a database, is damaged, belongs to something else, or cannot be opened.
 */
export function openDatabase(path: string, options: OpenOptions = {}): DatabaseSync {
  const { readOnly = false, applicationId, secureDelete = false, pageBytes = PAGE_BYTES } = options
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path, { readOnly, timeout: BUSY_TIMEOUT_MS })
    if (!readOnly) db.exec(`PRAGMA page_size = ${pageBytes}`)
    if (applicationId !== undefined) checkOwner(db, applicationId, readOnly)
    if (options.disposable === true) db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF')
    else if (!readOnly) {
      db.exec('PRAGMA journal_mode = WAL')
      db.exec(`PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_BYTES / pageBytes}`)
      db.exec(`PRAGMA secure_delete = ${secureDelete ? 'ON' : 'OFF'}`)
    }
    return db
  } catch (cause) {
    if (db?.isOpen) db.close()
    throw new Error(`${path}: ${cause instanceof Error ? cause.message : 'cannot be opened'}`, { cause })
  }
}

function checkOwner(db: DatabaseSync, applicationId: number, readOnly: boolean): void {
  const found = db.prepare('PRAGMA application_id').get()?.application_id
  if (found === applicationId) return
  const tables = db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.n
  if (found !== 0 || tables !== 0 || readOnly) {
    throw new Error('is a database, but not the one Sluice keeps here. Move it away or name another data folder.')
  }
  db.exec(`PRAGMA application_id = ${applicationId}`)
}

/** Moves the whole write-ahead log into the database file and empties it, unless somebody reads just then. For the end. */
export function checkpoint(db: DatabaseSync): void {
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

/**
 * The same after deleting secrets. False while somebody else reads the database: then their bytes lie in the file until
 * this is done again, though nothing finds them any more. Waits for nobody for long.
 */
export function emptyLog(db: DatabaseSync): boolean {
  db.exec(`PRAGMA busy_timeout = ${READER_TIMEOUT_MS}`)
  try {
    return db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0
  } finally {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`)
  }
}

/**
 * True where the file is longer than the database in it, or ends within a page: SQLite passes over both without a word. Never
 * for one that only SQLite wrote to: while there is a write-ahead log, a crash may have cut off a page that is still in it.
 */
export function hasWrongSize(db: DatabaseSync): boolean {
  const path = db.location()
  if (path === null || (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return false
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count)
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.page_size)
  const { size } = statSync(path)
  return size % pageBytes !== 0 || size > pages * pageBytes
}
