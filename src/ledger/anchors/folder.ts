/** Checkpoints as files in a folder kept elsewhere: a share, a mounted bucket, a repository. */
import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ifThere } from '../../platform/durable-file.ts'
import { type Anchor, AnchorContradicts, type Anchored } from './ports.ts'

const NAME = /^checkpoint-(\d{12,15})(?:-[0-9a-f]{8})?\.txt$/
/** Errors of file systems without hard links. */
const NO_LINKS: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

export interface FolderAnchorOptions {
  /** An operator accepted another history here: where both have a checkpoint of one size, this ledger's gets a second file. */
  readonly besideOthers?: () => boolean
}

/**
 * Never overwrites a file.
 * @param folder MUST exist: an unmounted share is a failure, not a new folder on this disk
 */
export function folderAnchor(folder: string, { besideOthers = () => false }: FolderAnchorOptions = {}): Anchor {
  return {
    name: 'folder',
    where: folder,
    newest: () => newestIn(folder),
    put: async (checkpoint) => {
      const name = `checkpoint-${String(checkpoint.size).padStart(12, '0')}`
      if (await putOnce(folder, `${name}.txt`, checkpoint.note)) return
      const beside = `${name}-${rootOf(checkpoint.note)}.txt`
      if (besideOthers() && (await putOnce(folder, beside, checkpoint.note))) return
      throw new AnchorContradicts(`${name}.txt`)
    },
  }
}

/** False if the file exists with another text. */
async function putOnce(folder: string, name: string, note: string): Promise<boolean> {
  const path = join(folder, name)
  const beside = `${path}.new`
  const file = await open(beside, 'w', 0o644)
  try {
    await file.writeFile(note)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    // Unlike a rename, a link never replaces a file.
    await link(beside, path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'EEXIST' && !NO_LINKS.includes(code)) throw error
    const there = await ifThere(readFile(path, 'utf8'))
    if (there === undefined) {
      await rename(beside, path)
      return true
    }
    await rm(beside, { force: true })
    return there === note
  }
  await rm(beside, { force: true })
  return true
}

async function newestIn(folder: string): Promise<Anchored | undefined> {
  const sizes = (await readdir(folder)).flatMap((name) => {
    const size = NAME.exec(name)?.[1]
    return size === undefined ? [] : [{ name, size: Number(size) }]
  })
  const newest = sizes.reduce<(typeof sizes)[number] | undefined>(
    (best, one) => (best === undefined || one.size > best.size ? one : best),
    undefined,
  )
  if (newest === undefined) return undefined
  return { size: newest.size, note: await readFile(join(folder, newest.name), 'utf8') }
}

/** The first eight hex digits of a note's root. */
function rootOf(note: string): string {
  return Buffer.from(note.split('\n', 3)[2] ?? '', 'base64')
    .toString('hex')
    .slice(0, 8)
}
