/** Tells a full disk, which passes, from every other failure, after which a handle must not be used again. */

const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
/** The shared index of a write-ahead log could not grow: there was no space for it. */
const SQLITE_IOERR_SHMSIZE = 4874

/** True where nothing was kept because there was no space, and the same may work once there is. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error) return error.errcode === SQLITE_FULL || error.errcode === SQLITE_IOERR_SHMSIZE
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return true
  return isDiskFull(error.cause)
}

/** True where SQLite could not create a file, which with no space left is for want of it. */
export function isCannotOpen(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if ('errcode' in error) return error.errcode === SQLITE_CANTOPEN
  return isCannotOpen(error.cause)
}
