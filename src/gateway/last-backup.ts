/** `<data>/last-backup.json`: when the folder was last backed up, for whoever has to be told that it is long ago. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EpochMs } from '../model/brand.ts'
import { replaceFile } from '../platform/durable-file-sync.ts'

/** Once the copy is whole and on disk. */
export function noteBackup(dataFolder: string, at: string): void {
  replaceFile(fileIn(dataFolder), `${JSON.stringify({ at })}\n`)
}

/** Undefined where none is known: nobody's promise rests on this file. */
export function readLastBackup(dataFolder: string): EpochMs | undefined {
  try {
    const { at } = JSON.parse(readFileSync(fileIn(dataFolder), 'utf8')) as { readonly at?: unknown }
    const time = Date.parse(String(at))
    return Number.isNaN(time) ? undefined : time
  } catch {
    return undefined
  }
}

function fileIn(dataFolder: string): string {
  return join(dataFolder, 'last-backup.json')
}
