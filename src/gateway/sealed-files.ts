/** Sealed files in a folder of the data folder: answers of erasures, links of persons. A file's time says its day and no more. */
import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere, syncFolder, writeDurably } from '../platform/durable-file.ts'
import type { ListedFiles } from '../subjects/ports.ts'

const NAME = /^[0-9a-f]{32}(?:\.taken)?$/

export function sealedFiles(dataFolder: string, name: 'erasure-answers' | 'person-links' | 'by-hand'): ListedFiles {
  const folder = join(dataFolder, name)
  return {
    read: (name) => ifThere(readFile(join(folder, name))),
    take: async (name) => {
      const taken = join(folder, `${name}.taken`)
      // Of several only one finds it.
      const isTaken = await ifThere(rename(join(folder, name), taken).then(() => true))
      if (isTaken === undefined) return undefined
      const sealed = await readFile(taken)
      await rm(taken)
      await syncFolder(folder)
      return sealed
    },
    write: async (name, sealed, day) => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeDurably(join(folder, name), sealed, { modifiedAt: day })
    },
    names: async () => ((await ifThere(readdir(folder))) ?? []).filter((name) => NAME.test(name)),
    removeBefore: async (day) => {
      for (const name of (await ifThere(readdir(folder))) ?? []) {
        const path = join(folder, name)
        if (NAME.test(name) && (await stat(path)).mtimeMs < day) await rm(path, { force: true })
      }
    },
  }
}
