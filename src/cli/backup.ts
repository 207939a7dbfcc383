/** `sluice backup DIR`: copies a data folder, also while the gateway runs. `sluice restore DIR` puts back what is missing. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { lockFolder } from '../storage/sqlite/lock.ts'
import { type BackupList, BackupRefused, copyBack, copyOut, isHalfRestored, readBackup } from './backup/copy.ts'
import { filesOf, keyFiles, PARTS, type Part } from './backup/parts.ts'

interface Flags {
  readonly data: string
  readonly keys?: string
  readonly json?: boolean
}

const DATA_FOLDER = './data'

export function backupCommand(): Command {
  return new Command('backup')
    .description(
      'copies choices, waiting events, ledger and revisions into DIR, also while the gateway runs; keys only where told',
    )
    .argument('<dir>', 'a folder that does not exist yet')
    .option('--data <dir>', 'data folder of the gateway', DATA_FOLDER)
    .option(
      '--keys <dir>',
      'copies the keys there: keep it apart from DIR, and delete it within your time for erasing people, whose keys it holds',
    )
    .option('--json', 'print one JSON object')
    .action((dir: string, flags: Flags) => orRefuse(() => backUp(resolve(dir), flags)))
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('puts back from DIR whatever the data folder lacks; the gateway must not run')
    .argument('<dir>', 'a backup')
    .option('--data <dir>', 'data folder of the gateway', DATA_FOLDER)
    .option('--keys <dir>', 'a backup of the keys')
    .option('--json', 'print one JSON object')
    .action((dir: string, flags: Flags) => orRefuse(() => restore(resolve(dir), flags)))
}

async function backUp(target: string, { data, keys, json = false }: Flags): Promise<void> {
  const from = resolve(data)
  if (!existsSync(from)) throw new BackupRefused(`${data}: there is no data folder here. Name it with --data.`)
  const keysTarget = keys === undefined ? undefined : resolve(keys)
  for (const [inner, outer] of [
    [target, from],
    [keysTarget, from],
    [keysTarget, target],
    [target, keysTarget],
  ]) {
    if (inner !== undefined && outer !== undefined && `${inner}/`.startsWith(`${outer}/`))
      throw new BackupRefused(`${inner}: lies within ${outer}. Data, backup and keys are kept apart.`)
  }
  const at = new Date().toISOString()
  const list = await copyOut(
    from,
    target,
    PARTS.map((part) => () => filesOf(part, from)),
    at,
  )
  const keyList = keysTarget === undefined ? undefined : await copyOut(from, keysTarget, [() => keyFiles(from)], at)
  const made = { backup: target, at, files: list.files.length, bytes: sizeOf(list), keys: keyList?.files.length ?? 0 }
  if (json) console.log(JSON.stringify(made))
  else
    console.log(`${made.files} files, ${made.bytes} bytes, copied to ${target}${keys === undefined ? ', no keys' : ''}`)
}

async function restore(backup: string, { data, keys, json = false }: Flags): Promise<void> {
  const to = resolve(data)
  const list = await readBackup(backup, readText)
  const keyList = keys === undefined ? undefined : await readBackup(resolve(keys), readText)
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const lock = lockFolder(to)
  try {
    const restored: string[] = []
    for (const part of PARTS) {
      const files = list.files.map(({ file }) => file).filter((file) => partOf(file) === part)
      if (files.length === 0 || (filesOf(part, to).length > 0 && !isHalfRestored(to, part))) continue
      copyBack(backup, to, part, files)
      restored.push(part)
    }
    if (keyList !== undefined && keys !== undefined && !existsSync(join(to, 'keys'))) {
      copyBack(
        resolve(keys),
        to,
        'keys',
        keyList.files.map(({ file }) => file),
      )
      restored.push('keys')
    }
    const { at } = list
    if (json) console.log(JSON.stringify({ data: to, backupOf: at, restored }))
    else {
      console.log(
        restored.length === 0
          ? `${data} lacks nothing: nothing was put back`
          : `put back as of ${at}: ${restored.join(', ')}`,
      )
      console.log('Nothing is sent at the next start until the choices have been told again from the ledger.')
    }
  } finally {
    lock.release()
  }
}

function partOf(file: string): Part {
  const top = file.split('/', 1)[0] as string
  if (top === 'choices.db') return 'choices'
  return top === 'intake' || top === 'ledger' ? top : 'revisions'
}

async function orRefuse(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

function sizeOf({ files }: BackupList): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function readText(path: string): string {
  return readFileSync(path, 'utf8')
}
