/** Gateways as cells over one database of three machines, each in a process of its own, under the load of one sender. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, startDatabase } from '../../test/cluster/database.ts'
import { cluster, createCells, leaveGatewayAlone } from '../../test/cluster/gateways.ts'
import { type GatewayProcess, startAsked, startGatewayProcess } from './processes.ts'
import { createRig, eventConfig, type Load, type Rig } from './rig.ts'
import type { SinkCount } from './sink.ts'
import type { Stops } from './stops.ts'

const PARTNER = 'partner-0'
/** The longest there is: processors that all cells share keep them waiting. */
export const LEASE_SECONDS = 10

export interface CellsRig extends Rig {
  readonly token: string
}

/** A database whose two standbys confirm every commit. */
export function startCellsDatabase(binaries: string, stops: Stops): Promise<Database> {
  return stops.later(startDatabase(binaries))
}

/**
 * @param name of their database; letters
 * @param handsOn each event goes to the cell that owns its user, whichever it was sent to
 */
export async function startCellsRig(
  database: Database,
  { name, cells, handsOn }: { readonly name: string; readonly cells: number; readonly handsOn: boolean },
  load: Load,
  stops: Stops,
): Promise<CellsRig> {
  await database.primary().admin(`CREATE DATABASE ${name}`)
  const sink = await stops.later(Promise.resolve(startAsked<object, SinkCount>('./sink.ts')))
  const { port } = (await sink.hello()) as { readonly port: number }
  const sinkOrigin = `http://127.0.0.1:${port}`
  const root = await mkdtemp(join(tmpdir(), 'sluice-bench-cells-'))
  stops.add(() => rm(root, { recursive: true, force: true }))
  const { folders } = await createCells(
    root,
    sinkOrigin,
    () => `postgres://sluice@127.0.0.1:${database.ports[0]}/${name}`,
    {
      cells,
      single: false,
      internal: handsOn ? {} : undefined,
      config: (origin) => eventConfig({ partners: [PARTNER], idle: [], origin }),
      ...(handsOn ? { tlsOf: authority(root) } : {}),
    },
  )
  for (const folder of folders) stops.add(folder.remove)
  const [first] = folders
  const commands = [
    ['init', first!.config, '--lease-seconds', String(LEASE_SECONDS)],
    ...folders.slice(1).map((_, index) => ['add', String(index + 1)]),
  ]
  for (const command of commands) {
    const { code, err } = await cluster(first!, ...command)
    if (code !== 0) throw new Error(`sluice cluster ${command[0]}: ${err}`)
  }
  const gateways: GatewayProcess[] = []
  for (const folder of folders) {
    await leaveGatewayAlone(folder)
    gateways.push(await stops.later(startGatewayProcess(folder.config)))
  }
  const token = (await readFile(join(first!.data, 'keys', 'staff.token'), 'utf8')).trim()
  const rig = createRig({ gateways, sink, sinkOrigin, load, taking: [PARTNER], token, peak: () => 0 })
  return { ...rig, token }
}

/** An authority, and what it signs for a cell: the commands of docs/cluster.md. */
function authority(root: string) {
  const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { cwd: root, stdio: 'pipe' })
  const text = (file: string): string => readFileSync(join(root, file), 'utf8')
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc']
  openssl('req', '-x509', ...newKey, '-days', '30', '-subj', '/CN=sluice cells', '-keyout', 'ca.key', '-out', 'ca.crt')
  return (cell: number) => {
    const name = `cell-${cell}`
    openssl(
      ...['req', '-new', ...newKey, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`],
      ...['-keyout', 'made.key', '-out', 'made.csr'],
    )
    openssl(
      ...['x509', '-req', '-in', 'made.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-days', '30'],
      ...['-copy_extensions', 'copy', '-out', 'made.crt'],
    )
    return { key: text('made.key'), cert: text('made.crt'), ca: text('ca.crt') }
  }
}
