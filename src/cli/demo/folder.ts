/** A configuration folder for one demo run: the shipped one with this run's data folder, ports and partners. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Document, parseDocument } from 'yaml'
import { CASES_ENDING } from '../../contracts/load.ts'

export interface DemoFolder {
  readonly config: string
  readonly data: string
  remove(): Promise<void>
}

/** @param origins partner id → origin of its server in this run */
export async function createDemoFolder(
  configFolder: string,
  origins: ReadonlyMap<string, string>,
  ownPorts: boolean,
): Promise<DemoFolder> {
  const root = await mkdtemp(join(tmpdir(), 'sluice-demo-'))
  const config = join(root, 'config')
  const data = join(root, 'data')
  await cp(configFolder, config, { recursive: true })
  await edit(join(config, 'gateway.yaml'), (gateway) => {
    gateway.set('data', data)
    gateway.set('log_level', 'error')
    gateway.set('allow_loopback_partners', true)
    gateway.setIn(['data_plane', 'host'], '127.0.0.1')
    if (ownPorts) for (const plane of ['data_plane', 'control']) gateway.setIn([plane, 'port'], 0)
  })
  for (const [partner, origin] of origins) {
    await edit(join(config, 'partners', `${partner}.yaml`), (contract) => moveOrigin(contract, origin))
  }
  return { config, data, remove: () => rm(root, { recursive: true, force: true }) }
}

/** Partners of the shipped configuration, by file name. */
export async function partnersOf(configFolder: string): Promise<readonly string[]> {
  const files = await readdir(join(configFolder, 'partners'))
  return files
    .filter((file) => file.endsWith('.yaml') && !file.endsWith(CASES_ENDING))
    .map((file) => file.slice(0, -'.yaml'.length))
}

function moveOrigin(contract: Document, origin: string): void {
  for (const key of ['url', 'origin', 'host']) {
    const path = ['connection', key]
    const url: unknown = contract.getIn(path)
    if (typeof url === 'string') contract.setIn(path, url.replace(/^https?:\/\/[^/]+/, origin))
  }
}

async function edit(path: string, change: (document: Document) => void): Promise<void> {
  const document = parseDocument(await readFile(path, 'utf8'))
  change(document)
  await writeFile(path, document.toString())
}
