import { GatewayError } from '../../model/errors.ts'

/** SQLite's primary result codes, in a word for `/readyz`. */
const WORDS: Readonly<Record<number, string>> = {
  5: 'locked',
  8: 'read_only',
  10: 'io_error',
  11: 'damaged',
  13: 'disk_full',
  14: 'cannot_open',
  26: 'damaged',
}

/** Runs a write; what the disk or SQLite refuses becomes `ERR_INTAKE_UNAVAILABLE` with a word. */
export function writing<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (cause) {
    throw new GatewayError('ERR_INTAKE_UNAVAILABLE', { why: wordOf(cause) }, cause)
  }
}

function wordOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'io_error'
  if ('errcode' in cause && typeof cause.errcode === 'number') return WORDS[cause.errcode & 255] ?? 'io_error'
  if ('code' in cause && cause.code === 'ENOSPC') return 'disk_full'
  return 'io_error'
}
