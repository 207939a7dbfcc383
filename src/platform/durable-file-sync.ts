/** Atomic file replacement, synchronous: for startup and for threads that do nothing else. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { ifMissing } from './durable-file.ts'

/** Atomic across a crash. A new name is durable only after `syncFolder`. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}

/** Makes a new name in a folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** See `ifThere`. */
export function ifThereSync<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    return ifMissing(error)
  }
}
