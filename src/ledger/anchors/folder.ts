/** Checkpoints as files in a folder that somebody else keeps: a share, a mounted bucket, a repository. */
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Anchor } from './ports.ts'

/** @param folder must exist: a share that is not mounted is a failure, not a new folder on this disk */
export function folderAnchor(folder: string): Anchor {
  return {
    name: 'folder',
    put: async ({ size, note }) => {
      const path = join(folder, `checkpoint-${String(size).padStart(12, '0')}.txt`)
      const beside = `${path}.new`
      const file = await open(beside, 'w', 0o644)
      try {
        await file.writeFile(note)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(beside, path)
    },
  }
}
