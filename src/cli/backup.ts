/**
 * `sluice backup DIR`: copies a data folder, also while the gateway runs. `sluice restore DIR` restores missing parts.
 * `sluice upgrade --backup DIR` makes a backup, then migrates the folder to this version's layout.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { copyBack, copyOut, isHalfRestored, readBackup } from '../gateway/backup-copy.ts'
import { type BackupList, BackupRefused } from '../gateway/backup-list.ts'
import { isUsed } from '../gateway/before-opening.ts'
import { noteBackup } from '../gateway/last-backup.ts'
import { LAYOUT, laterLayout, layoutOf, noteLayout, takeSteps } from '../gateway/layout.ts'
import { lockFolder } from '../storage/sqlite/lock.ts'
import { filesOf, isStaffToken, KEY_PLACES, keyFiles, PARTS, type Part, PLACES } from './backup/parts.ts'
import { orRefuse } from './control/staff.ts'

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

export function upgradeCommand(): Command {
  return new Command('upgrade')
    .description('gives the data folder the layout of this version, after a backup; the gateway must not run')
    .requiredOption('--backup <dir>', 'where the backup is made first: a folder that does not exist yet')
    .option('--data <dir>', 'data folder of the gateway', DATA_FOLDER)
    .option('--keys <dir>', 'copies the keys there: keep it apart from the backup')
    .option('--json', 'print one JSON object')
    .action(({ backup, ...flags }: Flags & { readonly backup: string }) => orRefuse(() => upgrade(backup, flags)))
}

async function upgrade(backup: string, flags: Flags): Promise<void> {
  const folder = resolve(flags.data)
  if (!existsSync(folder)) throw new BackupRefused(`${flags.data}: there is no data folder here. Name it with --data.`)
  const lock = lockFolder(folder)
  try {
    const before = layoutOf(folder)
    if (before > LAYOUT) throw new BackupRefused(laterLayout(folder, before))
    if (before < LAYOUT) await backUp(resolve(backup), flags)
    const after = takeSteps(folder)
    if (flags.json) console.log(JSON.stringify({ data: folder, before, after }))
    else if (before === after)
      console.log(`${flags.data} has layout ${after}, which is that of this version: nothing to do`)
    else console.log(`${flags.data} has layout ${after} now; the way back to ${before} is the backup in ${backup}`)
  } finally {
    lock.release()
  }
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
  noteBackup(from, at)
  const made = { backup: target, at, files: list.files.length, bytes: sizeOf(list), keys: keyList?.files.length ?? 0 }
  if (json) console.log(JSON.stringify(made))
  else
    console.log(`${made.files} files, ${made.bytes} bytes, copied to ${target}${keys === undefined ? ', no keys' : ''}`)
}

async function restore(backup: string, { data, keys, json = false }: Flags): Promise<void> {
  const to = resolve(data)
  const list = await readBackup(backup, PLACES, readText)
  const keyList = keys === undefined ? undefined : await readBackup(resolve(keys), KEY_PLACES, readText)
  mkdirSync(to, { recursive: true, mode: 0o700 })
  const lock = lockFolder(to)
  try {
    const { layout = 1 } = list
    if (isUsed(to) && layoutOf(to) !== layout)
      throw new BackupRefused(
        `${data}: has layout ${layoutOf(to)}, the backup ${layout}. Put it back into an empty folder.`,
      )
    noteLayout(to, layout)
    const restored: string[] = []
    let skipped: readonly string[] = []
    for (const part of PARTS) {
      const files = list.files.map(({ file }) => file).filter((file) => partOf(file) === part)
      if (files.length === 0 || (filesOf(part, to).length > 0 && !isHalfRestored(to, part))) continue
      copyBack(backup, to, part, files)
      restored.push(part)
    }
    if (keyList !== undefined && keys !== undefined && !existsSync(join(to, 'keys'))) {
      const files = keyList.files.map(({ file }) => file)
      skipped = files.filter(isStaffToken)
      copyBack(
        resolve(keys),
        to,
        'keys',
        files.filter((file) => !isStaffToken(file)),
      )
      restored.push('keys')
    }
    const { at } = list
    if (json) console.log(JSON.stringify({ data: to, backupOf: at, restored, skipped }))
    else {
      console.log(
        restored.length === 0
          ? `${data} lacks nothing: nothing was put back`
          : `put back as of ${at}: ${restored.join(', ')}`,
      )
      if (skipped.length > 0)
        console.log(`left out, since staff tokens may have been voided: ${skipped.join(', ')}. Make them anew.`)
      console.log('Nothing is sent at the next start until the choices have been told again from the ledger.')
    }
  } finally {
    lock.release()
  }
}

function partOf(file: string): Part {
  const top = file.split('/', 1)[0] as string
  if (top === 'choices.db') return 'choices'
  if (top === 'by-hand' || top === 'released') return 'cases'
  return top === 'cases' || top === 'intake' || top === 'ledger' ? top : 'revisions'
}

function sizeOf({ files }: BackupList): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function readText(path: string): string {
  return readFileSync(path, 'utf8')
}
