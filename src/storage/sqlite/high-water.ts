/**
 * The number of the newest event that was committed, in a file of its own beside the events. It is written after the
 * commit and not synced: whatever ends the process leaves it, and a machine that loses power may leave an older number,
 * never a newer one than was committed. So where it is above what the events' files hold, these have lost something.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'

const BYTES = 16

export interface HighWaterMark {
  /** 0 where none was ever written. */
  read(): number
  raise(seq: number): void
  close(): void
}

/** Makes the file where there is none. */
export function openHighWaterMark(path: string): HighWaterMark {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  const text = Buffer.alloc(BYTES)
  return {
    read: () => {
      const length = readSync(file, text, 0, BYTES, 0)
      const found = /^(\d{15})\n$/.exec(text.toString('latin1', 0, length))
      return found === null ? 0 : Number(found[1])
    },
    raise: (seq) => {
      text.write(`${String(seq).padStart(BYTES - 1, '0')}\n`, 'latin1')
      writeSync(file, text, 0, BYTES, 0)
    },
    close: () => closeSync(file),
  }
}
