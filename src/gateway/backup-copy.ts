/** Copies the parts of a data folder into another folder, with a list of what was copied that a restore checks. */
import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { syncFolder } from '../platform/durable-file-sync.ts'
import { copyDatabase } from '../storage/sqlite/copy.ts'
import { type BackupList, BackupRefused, type CopiedFile, FORMAT, parseList } from './backup-list.ts'
import { layoutOf } from './layout.ts'

const LIST = 'backup.json'
/** What a part is called while it is put back. */
export const RESTORING = '.restoring'
/** Retention may unlink a file in the middle of a copy; then the part is copied again. */
const TRIES = 3

/**
 * @param groups lists the files of each part at the moment when it is copied
 * @param target must not exist; it has its name only once all of it is on disk
 */
export async function copyOut(
  dataFolder: string,
  target: string,
  groups: readonly (() => readonly string[])[],
  at: string,
): Promise<BackupList> {
  if (existsSync(target)) throw new BackupRefused(`${target}: exists already. A backup begins a folder of its own.`)
  const unfinished = `${target}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  const files: CopiedFile[] = []
  for (const group of groups)
    for (const file of copyGroup(dataFolder, unfinished, group)) files.push(await describe(unfinished, file))
  const list: BackupList = { layout: layoutOf(dataFolder), at, files }
  const text = JSON.stringify({ format: FORMAT, ...list }, undefined, 2)
  writeFileSync(join(unfinished, LIST), `${text}\n`, { mode: 0o600, flush: true })
  syncFolder(unfinished)
  renameSync(unfinished, target)
  syncFolder(dirname(target))
  return list
}

function copyGroup(from: string, to: string, group: () => readonly string[]): readonly string[] {
  for (let tries = 1; ; tries++) {
    const files = group()
    try {
      for (const file of files) copyOne(from, to, file)
      return files
    } catch (error) {
      if (tries === TRIES) throw error
      for (const file of files) rmSync(join(to, file), { force: true })
    }
  }
}

function copyOne(from: string, to: string, file: string): void {
  const target = join(to, file)
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
  if (file.endsWith('.db')) copyDatabase(join(from, file), target)
  else copyPlain(join(from, file), target)
  syncFolder(dirname(target))
}

function copyPlain(from: string, to: string): void {
  copyFileSync(from, to)
  const file = openSync(to, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

async function describe(folder: string, file: string): Promise<CopiedFile> {
  const path = join(folder, file)
  const digest = createHash('sha256')
  await pipeline(createReadStream(path), digest)
  return { file, bytes: statSync(path).size, digest: digest.digest('hex') }
}

/**
 * The list of a backup, every file of it held against its digest. Throws `BackupRefused` where one is not as it was copied.
 * @param places see `parseList`
 */
export async function readBackup(
  folder: string,
  places: readonly string[],
  read: (path: string) => string,
): Promise<BackupList> {
  if (!existsSync(join(folder, LIST))) throw new BackupRefused(`${folder}: holds no ${LIST}: it is no finished backup.`)
  const list = parseList(folder, read(join(folder, LIST)), places)
  for (const { file, digest } of list.files) {
    const found = existsSync(join(folder, file)) ? (await describe(folder, file)).digest : undefined
    if (found !== digest) throw new BackupRefused(`${join(folder, file)}: is not what was copied`)
  }
  return list
}

const stagingOf = (dataFolder: string, part: string): string => join(dataFolder, `${part}${RESTORING}`)

/** True where a restore of the part was interrupted: what is there of it is not to be used. */
export function isHalfRestored(dataFolder: string, part: string): boolean {
  return existsSync(stagingOf(dataFolder, part))
}

/** Puts the files of one part back, whatever an interrupted restore left of it. No start takes a part that is half there. */
export function copyBack(backup: string, dataFolder: string, part: string, files: readonly string[]): void {
  const staging = stagingOf(dataFolder, part)
  rmSync(staging, { recursive: true, force: true })
  for (const file of files) {
    const target = join(staging, file)
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    copyPlain(join(backup, file), target)
    syncFolder(dirname(target))
  }
  const tops = new Set(files.map((file) => file.split('/', 1)[0] as string))
  for (const top of tops) {
    rmSync(join(dataFolder, top), { recursive: true, force: true })
    renameSync(join(staging, top), join(dataFolder, top))
  }
  rmSync(staging, { recursive: true, force: true })
  syncFolder(dataFolder)
}
