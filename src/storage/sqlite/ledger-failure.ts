/** Distinguishes a full disk, which is temporary, from failures after which a handle MUST NOT be used again. */

const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
/** No space for the shared-memory index of the write-ahead log. */
const SQLITE_IOERR_SHMSIZE = 4874

/** True if nothing was written for lack of space; a retry may succeed. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error) return error.errcode === SQLITE_FULL || error.errcode === SQLITE_IOERR_SHMSIZE
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return true
  return isDiskFull(error.cause)
}

/** True if SQLite could not create a file; on a full disk, for lack of space. */
export function isCannotOpen(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error) return error.errcode === SQLITE_CANTOPEN
  return isCannotOpen(error.cause)
}
