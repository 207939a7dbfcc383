/** Opens node:sqlite databases so that a returned COMMIT is on disk. */
import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** How long a statement waits for another connection's lock. */
const BUSY_TIMEOUT_MS = 5_000
/** How long emptying a log waits for readers: our own threads read briefly, external programs maybe for hours. */
const READER_TIMEOUT_MS = 500
/** Log size at which SQLite copies it into the database file. */
const CHECKPOINT_BYTES = 16 * 1024 * 1024
const PAGE_BYTES = 4_096

export interface OpenOptions {
  /** Opens an existing file and never writes to it. Default false. */
  readonly readOnly?: boolean
  /**
   * `PRAGMA application_id`, a positive 32-bit number. A file with another id is refused; a file without tables is new and
   * gets the id. Default: not checked.
   */
  readonly applicationId?: number
  /** Overwrites deleted content with zeros. Default false. */
  readonly secureDelete?: boolean
  /** Page size of a new file: a power of two from 512 to 65,536. Larger suits rows above a kilobyte. Default 4,096. */
  readonly pageBytes?: number
  /** No log and no sync, for a file that is discarded after a crash. Default false. */
  readonly disposable?: boolean
}

/**
 * Opens or creates a database in WAL mode with `synchronous=FULL`, so that COMMIT returns after the sync. Throws an error
 * that names the file if it is not a database, damaged, foreign, or cannot be opened.
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

/** Moves the write-ahead log into the database file and empties it, unless a reader is active. Call before closing. */
export function checkpoint(db: DatabaseSync): void {
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

/**
 * The same after deleting secrets, with a short wait for readers. False while another connection reads the database: the
 * deleted bytes then stay in the files until the next call.
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
 * True if the file is longer than its database or ends within a page, which SQLite ignores silently. False while there is a
 * write-ahead log: a crash may have cut a page that the log still holds.
 */
export function hasWrongSize(db: DatabaseSync): boolean {
  const path = db.location()
  if (path === null || (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return false
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count)
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.page_size)
  const { size } = statSync(path)
  return size % pageBytes !== 0 || size > pages * pageBytes
}
