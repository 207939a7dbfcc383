/** Released tables in the data folder, one a month: written once, never over. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere, writeDurably } from '../platform/durable-file.ts'
import type { TableParts } from '../subjects/released-tables.ts'

const ENDING = '.json'

export function releasedFiles(dataFolder: string): TableParts['files'] {
  const folder = join(dataFolder, 'released')
  return {
    read: (name) => ifThere(readFile(join(folder, `${name}${ENDING}`))),
    write: async (name, text) => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeDurably(join(folder, `${name}${ENDING}`), Buffer.from(text, 'utf8'))
    },
    names: async () =>
      ((await ifThere(readdir(folder))) ?? [])
        .filter((name) => name.endsWith(ENDING))
        .map((name) => name.slice(0, -ENDING.length)),
  }
}
