/** Takes the data folder for this process and opens what the configuration makes of it, or says why not. */
import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { whyNotAlone } from '../cluster/cell-mark.ts'
import { joinCluster, type Member } from '../cluster/member.ts'
import { originOf, ROSTER_CELL } from '../cluster/roster.ts'
import { type ClusterSettings, clusterSettings, type InternalSettings, internalSettings } from '../cluster/settings.ts'
import { openSharedSettings, type SharedSettings } from '../cluster/shared-settings.ts'
import type { ClusterConfig, GatewayConfig } from '../contracts/config.ts'
import type { PartnerTypes } from '../contracts/load.ts'
import { createSigner } from '../ledger/signer.ts'
import { formatProblem } from '../model/problem.ts'
import type { Log } from '../observe/log.ts'
import type { Ownership } from '../platform/ownership.ts'
import { openConfig } from '../publish/live-config.ts'
import type { RevisionBook } from '../publish/revisions.ts'
import { configFiles } from '../publish/saved-files.ts'
import { type Acceptable, type Contradiction, refusal } from './accepted-losses.ts'
import { RESTORING } from './backup-copy.ts'
import {
  missingKeys,
  missingRevisions,
  missingStores,
  missingSubjectKeys,
  unannouncedSigningKey,
} from './before-opening.ts'
import { type Keys, loadKeys } from './keys.ts'
import { noteLayout, requireLayout } from './layout.ts'
import { StartRefused } from './start-refused.ts'

export interface OpenFolderOptions {
  readonly configFolder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly types: PartnerTypes
  readonly accepted: ReadonlySet<Acceptable>
  /** Claimed before anything of the folder is opened, and released last. */
  readonly ownershipOf: (dataFolder: string) => Ownership
  readonly now: () => number
}

/** As which cell of what this process acts. */
export type JoinedCell = Omit<ClusterSettings, 'safety'> & {
  readonly member: Member
  readonly internal: InternalSettings | undefined
  /** What operators decide for all cells. */
  readonly settings: SharedSettings
}

export interface OpenedFolder {
  readonly config: GatewayConfig
  readonly revisions: RevisionBook
  readonly keys: Keys
  /** Undefined where the choices are in the data folder. */
  readonly cell: JoinedCell | undefined
  /** True where the data folder held no revision, and so the files as they are became one. */
  readonly isFirst: boolean
  /** What contradicted the records and was accepted: to be put on record. */
  readonly acceptedLosses: readonly Contradiction[]
}

/**
 * `stack` gets the lock. Rejects with `StartRefused`, listing everything that is wrong, before anything of the folder
 * but the lock was written.
 */
export async function openFolder(options: OpenFolderOptions, stack: AsyncDisposableStack): Promise<OpenedFolder> {
  const { configFolder, environment, types, accepted, ownershipOf, now } = options
  const losses: Contradiction[] = []
  const require = (...found: readonly (Contradiction | undefined)[]): void => {
    const real = found.filter((one) => one !== undefined)
    const refused = refusal(real, accepted)
    if (refused !== undefined) throw new StartRefused(refused)
    losses.push(...real)
  }
  let loaded: Keys | undefined
  let cell: JoinedCell | undefined
  const opened = await openConfig({
    folder: configFolder,
    types,
    clock: { now },
    claim: async (gateway) => {
      const { dataFolder } = gateway
      await mkdir(dataFolder, { recursive: true, mode: 0o700 })
      const owned = await ownershipOf(dataFolder).claim()
      stack.defer(() => owned.release())
      const half = (await readdir(dataFolder)).find((name) => name.endsWith(RESTORING))
      if (half !== undefined)
        throw new StartRefused(`${join(dataFolder, half)}: a restore was interrupted. Run it again before a start.`)
      requireLayout(dataFolder)
      if (gateway.cluster === undefined) {
        const why = await whyNotAlone(dataFolder)
        if (why !== undefined) throw new StartRefused(why)
      } else {
        requireNoChoices(dataFolder)
        await requireNoFiles(configFolder)
      }
      // A cell's are in the database.
      const noRevisions = gateway.cluster === undefined ? missingRevisions(dataFolder) : undefined
      require(...missingKeys(gateway), ...missingStores(dataFolder), noRevisions, missingSubjectKeys(dataFolder))
      loaded = loadKeys(gateway, environment)
      const origin =
        gateway.cluster === undefined
          ? gateway.ledger.origin
          : originOf(gateway.ledger.origin, clusterSettings(gateway.cluster, environment).cell)
      require(unannouncedSigningKey(dataFolder, createSigner(origin, loaded.signing).verifierKey))
      // A start that the cluster refuses has left nothing that a later one would take for a used folder.
      if (gateway.cluster !== undefined) {
        cell = await joinCell(gateway.cluster, environment, dataFolder, loaded.index)
        stack.defer(cell.settings.close)
      }
      noteLayout(dataFolder)
      return { revisionsAbove: Number(noRevisions?.facts.named ?? 0), stores: cell?.settings }
    },
  })
  if (!opened.ok && cell !== undefined) throw new StartRefused(NO_REVISION)
  if (!opened.ok || loaded === undefined)
    throw new StartRefused(
      `nothing was started: ${opened.problems.length} problems\n${opened.problems.map(formatProblem).join('\n')}`,
    )
  const { gateway, revisions, isFirst } = opened
  const config = cell === undefined ? gateway : { ...gateway, ledger: ledgerOfCell(gateway.ledger, cell) }
  return { config, revisions, keys: loaded, cell, isFirst, acceptedLosses: losses }
}

async function joinCell(
  cluster: ClusterConfig,
  environment: OpenFolderOptions['environment'],
  folder: string,
  indexKey: KeyObject,
): Promise<JoinedCell> {
  const { safety, ...settings } = clusterSettings(cluster, environment)
  const internal = internalSettings(cluster, settings.cell, environment)
  const member = await joinCluster({ ...settings, safety }, folder, indexKey)
  return { ...settings, internal, member, settings: openSharedSettings({ ...settings, folder }) }
}

/** Its own name; and where a roster is kept, that alone is put outside. */
function ledgerOfCell(ledger: GatewayConfig['ledger'], { cell, internal }: JoinedCell): GatewayConfig['ledger'] {
  const { everySeconds, requiredWithinMinutes } = ledger.anchors
  const none = { everySeconds, requiredWithinMinutes, witnesses: [] }
  const isRoster = cell === ROSTER_CELL || internal === undefined
  return { ...ledger, origin: originOf(ledger.origin, cell), anchors: isRoster ? ledger.anchors : none }
}

const NO_REVISION =
  'the database holds no revision: `sluice cluster init DIR` publishes the files of a folder as the first one. docs/cluster.md says how.'

/** They would look as if they were in force. */
async function requireNoFiles(folder: string): Promise<void> {
  const files = await configFiles(folder)
  if (files.length === 0) return
  throw new StartRefused(
    `${folder}: ${files.join(', ')}: a cell takes contracts, apps and policy from the database, and reads no files. ` +
      'Leave gateway.yaml alone in this folder (and what it refers to), and publish the others with `sluice publish DIR`.',
  )
}

function requireNoChoices(dataFolder: string): void {
  const own = join(dataFolder, 'choices.db')
  if (!existsSync(own)) return
  throw new StartRefused(
    `${own}: this folder has choices of its own, which no other cell would know. \`sluice cluster init\` moves them into an ` +
      'empty database; any other cell starts in an empty folder: docs/cluster.md.',
  )
}

/** How the write keys begin that come with Sluice. */
const DEMO_KEY = 'demo-'

/** What an operator must read at every start. */
export function tellOfFolder(
  log: Log,
  { config, isFirst, revisions, acceptedLosses }: OpenedFolder,
  folder: string,
): void {
  if (isFirst)
    log.warn(
      { revision: revisions.current().number, folder },
      'the data folder held no revision: the files as they are became the first one, approved by nobody',
    )
  if (config.allowLoopbackPartners)
    log.warn({}, 'partners on this machine are allowed: that is for demos and tests (allow_loopback_partners)')
  const demo = revisions.current().apps.filter(({ writeKeys }) => writeKeys.some((key) => key.startsWith(DEMO_KEY)))
  if (demo.length > 0)
    log.warn(
      { apps: demo.map(({ id }) => id) },
      'write keys of the demo are in use: anybody who has read Sluice can send',
    )
  for (const { accept, says } of acceptedLosses) log.error({ accept }, `accepted by the start’s option: ${says}`)
}
