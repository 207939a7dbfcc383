/** `sluice cluster init|add|leave|status`: the database that cells share, and which cells there are. Needs no gateway. */
import { Command, InvalidArgumentError } from 'commander'
import { addTheCell, type ClusterStatus, drainTheCell, finalizeCluster, readStatus } from '../cluster/members.ts'
import { type ClusterSettings, clusterSettings, isCell } from '../cluster/settings.ts'
import type { ClusterConfig, Config, GatewayConfig } from '../contracts/config.ts'
import { groundlessTransfers } from '../contracts/lint/transfers.ts'
import { loadConfig } from '../contracts/load.ts'
import { beginCluster, leave } from '../gateway/moving.ts'
import type { NodeId } from '../model/brand.ts'
import { formatProblem } from '../model/problem.ts'
import { partnerTypes } from '../partners/registry.ts'
import { groundProblem } from '../publish/live-config.ts'
import { savedFiles } from '../publish/saved-files.ts'
import { orRefuse } from './control/staff.ts'

interface Flags {
  readonly config: string
  readonly json?: boolean
}

export function clusterCommand(): Command {
  const cluster = new Command('cluster').description(
    'The PostgreSQL that several gateways (cells) share their choices in: docs/cluster.md.',
  )
  withFlags(
    cluster
      .command('init')
      .description(
        'makes or updates the tables, lets this cell start; moves the installation of the data folder into an empty database, or publishes the files of DIR if nothing is live yet',
      )
      .argument('[DIR]', 'folder with policy.yaml, apps.yaml and partners/, for an empty data folder'),
  )
    .option('--lease-seconds <n>', 'how long a cell acts on what it last heard, 1 to 10', leaseSeconds, 3)
    .action((folder: string | undefined, flags: Flags & { readonly leaseSeconds: number }) =>
      run(flags, async (settings, config) => {
        const files = folder === undefined ? undefined : { files: await firstOf(folder, flags.config) }
        const made = await beginCluster(config, settings, flags.leaseSeconds * 1_000, files, process.env)
        const moved = made.moved ? `${config.dataFolder} is cell ${made.cell} from now on; ` : ''
        const live = made.revision === 0 ? 'nothing is live yet' : `revision ${made.revision} is live`
        const text = `${moved}schema ${made.schema}; cell ${made.cell} may start (standbys: ${made.standbys}); ${live}`
        return { json: made, text }
      }),
    )
  withFlags(
    cluster.command('add').description('lets another cell start').argument('<cell>', '0 to 63', cellNumber),
  ).action((cell: NodeId, flags: Flags) =>
    run(flags, async (settings) => {
      const added = await addTheCell(settings, cell)
      return { json: { cell, added }, text: added ? `cell ${cell} may start` : `cell ${cell} was there already` }
    }),
  )
  withFlags(
    cluster
      .command('drain')
      .description('gives the users of a cell to the others from now on; it sends what it has')
      .argument('<cell>', '0 to 63', cellNumber),
  ).action((cell: NodeId, flags: Flags) =>
    run(flags, async (settings) => {
      await drainTheCell(settings, cell)
      return { json: { cell, drained: true }, text: `cell ${cell} gets no more events from the others` }
    }),
  )
  withFlags(
    cluster
      .command('leave')
      .description(
        'takes a stopped cell out, for good; let it send what waits before you stop it. The last one takes everything back into its folder',
      )
      .argument('<cell>', '0 to 63', cellNumber)
      .option('--lost', 'its folder is lost, and with it all that is still to be erased there'),
  ).action((cell: NodeId, flags: Flags & { readonly lost?: boolean }) =>
    run(flags, async (settings, config) => {
      const left = await leave(config, settings, cell, flags.lost === true)
      return { json: { cell, removed: left !== 'never moved', left }, text: LEFT[left](cell, config.dataFolder) }
    }),
  )
  withFlags(
    cluster
      .command('finalize')
      .description('after an update of every cell: they write what this version does, and an older one starts no more'),
  ).action((flags: Flags) =>
    run(flags, async (settings) => {
      const finalized = await finalizeCluster(settings)
      return { json: { finalized }, text: finalized ? 'the newer version is agreed on' : 'it was agreed on already' }
    }),
  )
  withFlags(
    cluster.command('status').description('which cells act, and how far each has come; exit 1 where one may not'),
  ).action((flags: Flags) =>
    run(flags, async (settings) => {
      const status = await readStatus(settings)
      if (status.unsafe !== undefined) process.exitCode = 1
      return { json: status, text: [...statusLines(status)].join('\n') }
    }),
  )
  return cluster
}

function withFlags(command: Command): Command {
  return command
    .option('--config <dir>', 'folder with gateway.yaml', 'config')
    .option('--json', 'print one JSON object')
}

interface Said {
  readonly json: object
  readonly text: string
}

const LEFT: Readonly<Record<Awaited<ReturnType<typeof leave>>, (cell: NodeId, folder: string) => string>> = {
  out: (cell) => `cell ${cell} is out`,
  home: (_, folder) => `${folder} has everything again: start it with storage: embedded`,
  'never moved': (_, folder) => `${folder} had not moved: start it with storage: embedded`,
}

type Work = (settings: ClusterSettings, gateway: GatewayConfig) => Promise<Said>
function run({ config, json }: Flags, work: Work): Promise<void> {
  return orRefuse(async () => {
    const gateway = await gatewayOf(config)
    const said = await work(clusterSettings(gateway.cluster, process.env), gateway)
    console.log(json === true ? JSON.stringify(said.json) : said.text)
  })
}

/** What the folder's files would make live. Rejects with every problem in them. */
async function firstOf(folder: string, config: string): Promise<Pick<Config, 'plans' | 'texts'>> {
  const types = partnerTypes()
  const texts = await savedFiles(folder)
    .readAll()
    .catch((cause: unknown) => {
      throw new Error(`${folder}: not a configuration folder`, { cause })
    })
  const loaded = await loadConfig(config, types, Date.now(), texts)
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'))
  const { plans } = loaded.config
  const groundless = groundlessTransfers(plans.contracts, plans, types, Date.now())
  if (groundless.length > 0)
    throw new Error(
      groundless
        .map((one) => groundProblem(folder, one))
        .map(formatProblem)
        .join('\n'),
    )
  return loaded.config
}

async function gatewayOf(folder: string): Promise<GatewayConfig & { readonly cluster: ClusterConfig }> {
  const loaded = await loadConfig(folder, partnerTypes(), Date.now())
  const gateway = loaded.ok ? loaded.config.gateway : loaded.gateway
  if (gateway === undefined) throw new Error(loaded.ok ? '' : loaded.problems.map(formatProblem).join('\n'))
  const { cluster } = gateway
  if (cluster === undefined)
    throw new Error(
      `${folder}/gateway.yaml: storage is embedded. Set storage: cluster first; docs/cluster.md says how.`,
    )
  return { ...gateway, cluster }
}

function* statusLines({
  schema,
  version,
  ownVersion,
  leaseSeconds,
  head,
  map,
  standbys,
  unsafe,
  cells,
}: ClusterStatus): Generator<string> {
  const later = version < ownVersion ? ` (this Sluice: ${ownVersion}; see finalize)` : ''
  yield `schema ${schema}, version ${version}${later}, leases of ${leaseSeconds} s, feed at ${head}, map ${map}`
  yield unsafe === undefined ? `standbys: ${standbys}` : `UNSAFE: ${unsafe}`
  for (const { cell, state, behind, waiting, renewedSecondsAgo, ownsAt, drained } of cells) {
    const renewed = renewedSecondsAgo === undefined ? '' : `, renewed ${renewedSecondsAgo.toFixed(1)} s ago`
    yield `cell ${cell}: ${state}${state === 'acts' ? `, ${behind} entries behind` : ''}${renewed}, ${waiting} pairs to send${ownsAt === undefined ? '' : `, owns users at ${ownsAt}`}${drained ? ', drained' : ''}`
  }
}

function cellNumber(text: string): NodeId {
  if (!isCell(text)) throw new InvalidArgumentError('a whole number from 0 to 63')
  return text
}

function leaseSeconds(text: string): number {
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 10)
    throw new InvalidArgumentError('a whole number from 1 to 10')
  return seconds
}
