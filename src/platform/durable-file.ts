/** Atomic, durable file replacement. */
import { open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface DurableOptions {
  /** Default 600, because most files hold keys. */
  readonly mode?: number
  /** The file's modification time, in milliseconds. Default now. */
  readonly modifiedAt?: number
  /** Temporary path. Default: its own name with `.tmp`. */
  readonly beside?: string
}

/** Writes to a temporary file, syncs, renames, and syncs the folder. */
export async function writeDurably(
  path: string,
  contents: string | Uint8Array,
  { mode = 0o600, modifiedAt, beside = `${path}.tmp` }: DurableOptions = {},
): Promise<void> {
  try {
    const file = await open(beside, 'w', mode)
    try {
      await file.writeFile(contents)
      if (modifiedAt !== undefined) await file.utimes(new Date(modifiedAt), new Date(modifiedAt))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    // A leftover temporary file is never read, and the next write replaces it.
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

/** Resolves to undefined if the file or folder is missing. */
export function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch(ifMissing)
}

/** Undefined for the error of a missing file or folder; throws any other. */
export function ifMissing(error: unknown): undefined {
  if (!isCode(error, 'ENOENT')) throw error
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
