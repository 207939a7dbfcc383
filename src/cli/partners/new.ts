/** `sluice partners new TYPE`: writes a minimal contract with the type's sample connection. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { loadConfig } from '../../contracts/load.ts'
import { readableApps } from '../../contracts/readable-apps.ts'
import { parseSource } from '../../contracts/source.ts'
import { starterContract } from '../../contracts/starter.ts'
import { didYouMean } from '../../contracts/suggest.ts'
import { formatProblem } from '../../model/problem.ts'
import { partnerTypes } from '../../partners/registry.ts'
import { isCode } from '../../platform/durable-file.ts'
import { orRefuse, StaffRefused } from '../control/staff.ts'
import { tint } from '../terminal.ts'

interface Flags {
  readonly config: string
  readonly id?: string
  readonly json?: boolean
}

export function newPartnerCommand(): Command {
  return new Command('new')
    .description('Writes a contract to fill in: the type’s sample connection, and the least that the type can say.')
    .argument('<TYPE>', 'an entry of the catalogue')
    .option('--id <id>', 'names the partner and its file; default: the type')
    .option('--config <dir>', 'configuration folder', 'config')
    .option('--json', 'print one JSON object')
    .action((type: string, _: Flags, command: Command) =>
      // The parent command has options with the same names.
      orRefuse(() => write(type, command.optsWithGlobals<Flags>())),
    )
}

async function write(name: string, { config, id, json }: Flags): Promise<void> {
  const types = partnerTypes()
  const type = types.get(name)
  const names = [...types.keys()].sort()
  if (type === undefined)
    throw new StaffRefused(`${name}: not a partner type. ${didYouMean(name, names)}\nThere are: ${names.join(', ')}`)
  const partner = id ?? name.replaceAll('_', '-')
  if (!/^[a-z0-9][a-z0-9_-]{0,39}$/.test(partner))
    throw new StaffRefused(`${partner}: ids are small letters, digits, - and _.`)
  const file = join(config, 'partners', `${partner}.yaml`)
  const text = starterContract(type, partner, await appsIn(config))
  try {
    await writeFile(file, text, { flag: 'wx' })
  } catch (error) {
    if (isCode(error, 'EEXIST')) throw new StaffRefused(`${file}: is there already. Give another --id.`)
    if (isCode(error, 'ENOENT')) throw new StaffRefused(`${config}: no configuration folder. Make one: npx sluice init`)
    throw error
  }
  const loaded = await loadConfig(config, types, Date.now())
  const own = (loaded.ok ? [] : loaded.problems).filter((problem) => problem.file === file)
  if (json === true) return console.log(JSON.stringify({ file, type: name, problems: own }))
  console.log(`${tint('good', 'made')}  ${file}: fill in what says "fill in", then npx sluice check ${config}`)
  for (const problem of own) console.log(`${tint('bad', 'error')} ${formatProblem(problem)}`)
}

async function appsIn(config: string): Promise<readonly string[]> {
  const file = join(config, 'apps.yaml')
  const text = await readFile(file, 'utf8').catch(() => '')
  const { source } = parseSource(file, text)
  return source === undefined ? [] : (readableApps(source) ?? []).flatMap(({ id }) => id ?? [])
}
