/** Files that are whole or not there, whatever happens to the machine. */
import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes beside, syncs, renames, syncs the folder. Mode 600: revisions hold write keys. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const beside = `${path}.tmp`
  try {
    const file = await open(beside, 'w', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    // What is left beside is never read; the next write starts it anew.
    await unlink(beside).catch(() => undefined)
    throw error
  }
  await syncFolder(dirname(path))
}

export async function syncFolder(path: string): Promise<void> {
  let folder: Awaited<ReturnType<typeof open>>
  try {
    folder = await open(path, 'r')
  } catch (error) {
    // Windows opens no folders; NTFS journals the rename itself.
    if (isCode(error, 'EISDIR') || isCode(error, 'EPERM')) return
    throw error
  }
  try {
    await folder.sync()
  } catch (error) {
    if (!isCode(error, 'EPERM') && !isCode(error, 'EINVAL')) throw error
  } finally {
    await folder.close()
  }
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
