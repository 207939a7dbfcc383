/** `sluice init`: creates an initial configuration folder. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { isCode } from '../platform/durable-file.ts'
import { orRefuse, StaffRefused } from './control/staff.ts'
import { firstFiles } from './init/files.ts'
import { tint } from './terminal.ts'

interface Flags {
  readonly app: string
  readonly name: string
  readonly key: boolean
  readonly json?: boolean
}

export function initCommand(): Command {
  return new Command('init')
    .description('Makes a configuration folder to begin from: no partners yet, one app with a write key of its own.')
    .argument('[DIR]', 'a folder that is not there, or is empty', 'config')
    .option('--app <id>', 'the app that will send', 'my-app')
    .option('--name <text>', 'its name, for people', 'My app')
    .option('--no-key', 'the app has no write key yet: nobody can send')
    .option('--json', 'print one JSON object')
    .action((folder: string, flags: Flags) => orRefuse(() => init(folder, flags)))
}

async function init(folder: string, { app, name, key, json }: Flags): Promise<void> {
  if (!/^[a-z0-9][a-z0-9_-]{0,39}$/.test(app)) throw new StaffRefused(`${app}: ids are small letters, digits, - and _.`)
  const there = await readdir(folder).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return []
    throw error
  })
  if (there.length > 0) throw new StaffRefused(`${folder}: there is something in it already. Name another folder.`)
  const files = await firstFiles({ id: app, name }, key)
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text, { flag: 'wx' })
  }
  if (json === true) return console.log(JSON.stringify({ folder, files: Object.keys(files) }))
  console.log(
    `${tint('good', 'made')}  ${folder}: ${Object.keys(files)
      .filter((path) => path.endsWith('.yaml'))
      .join(', ')}`,
  )
  for (const line of [
    `npx sluice partners new TYPE --config ${folder}    a contract to fill in; npx sluice partners lists the types`,
    `npx sluice check ${folder}                         what is still wrong`,
    `npx sluice serve ${folder}                         the gateway`,
  ])
    console.log(`      ${line}`)
}
