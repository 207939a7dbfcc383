import { GatewayError } from '../../model/errors.ts'

/** SQLite's primary result codes for disk and file errors → a word for `/readyz`. */
const WORDS: Readonly<Record<number, string>> = {
  5: 'locked',
  8: 'read_only',
  10: 'io_error',
  11: 'damaged',
  13: 'disk_full',
  14: 'cannot_open',
  26: 'damaged',
}

/** Runs a write; disk errors become `ERR_INTAKE_UNAVAILABLE` with a word. Other errors pass through. */
export function writing<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    const why = wordOf(error)
    throw why === undefined ? error : new GatewayError('ERR_INTAKE_UNAVAILABLE', { why }, error)
  }
}

/** True if another program locks the file: a retry may succeed. */
export function isHeld(error: unknown): boolean {
  return error instanceof GatewayError && error.details.why === WORDS[5]
}

function wordOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  // `openDatabase` wraps the original error in one that names the file.
  if (error.cause !== undefined) return wordOf(error.cause)
  if ('errcode' in error && typeof error.errcode === 'number') return WORDS[error.errcode & 255]
  if ('code' in error && error.code === 'ENOSPC') return 'disk_full'
  return 'syscall' in error ? 'io_error' : undefined
}
