/**
 * The number of the newest committed event, in its own file beside the events. It is written after the commit and not
 * synced: a process crash preserves it, and a power loss may leave an older number, never one above the last commit. If it is
 * above the newest event in the files, events were lost.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'

const BYTES = 16

export interface HighWaterMark {
  /** 0 if none was ever written. */
  read(): number
  raise(seq: number): void
  close(): void
}

/** Creates the file if missing. */
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
