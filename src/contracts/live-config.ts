/** Configuration files to live revisions: at start, and again whenever they change. A bad file changes nothing. */
import type { Clock } from '../flow/ports.ts'
import type { Revision } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { canonicalJson } from './canonical.ts'
import type { Config, GatewayConfig } from './config.ts'
import type { Examiner } from './examiner.ts'
import { type LoadResult, loadConfig, type PartnerTypes } from './load.ts'
import type { Problem } from './problem.ts'
import type { Proposal } from './proposals.ts'
import type { Publisher } from './publish.ts'
import { openRevisions, type RevisionBook } from './revisions.ts'
import { createTurns } from './turns.ts'

export interface Reloaded {
  readonly ok: boolean
  /** Where not ok: all of them. The revision before stays live. */
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** The live revision after the call. */
  readonly revision: Revision
  readonly changed: boolean
  /** What gives somebody more, and waits for approval. */
  readonly waiting: Proposal | undefined
  /** The files hold what somebody turned down. */
  readonly turnedDown: boolean
  /** `gateway.yaml` differs from what runs: takes effect at the next start. */
  readonly restartNeeded: boolean
}

export type OpenedConfig =
  | {
      readonly ok: true
      readonly gateway: GatewayConfig
      readonly revisions: RevisionBook
      /** Not empty: the files are bad and the last good revision runs. Say so loudly. */
      readonly problems: readonly Problem[]
      readonly warnings: readonly Problem[]
      /** True where the data folder held no revision, and so the files as they are became revision 1. Say so loudly. */
      readonly isFirst: boolean
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }

export interface OpenConfigDeps {
  readonly folder: string
  readonly types: PartnerTypes
  readonly clock: Clock
  /** Makes the data folder if need be and takes it for this process. Awaited before anything in it is read or written. */
  readonly claim: (dataFolder: string) => Promise<void>
}

/**
 * Loads `folder` and opens the revisions in the data folder it names. Not ok where the files are bad and there is no
 * revision to go on with, or `gateway.yaml` itself is bad: then nobody knows where the data is. What `claim` throws,
 * and `RevisionDamaged`, is thrown as it is. Where there is a revision it stays live, whatever the files say: a
 * `FileDoor` submits them.
 */
export async function openConfig({ folder, types, clock, claim }: OpenConfigDeps): Promise<OpenedConfig> {
  const loaded = await loadConfig(folder, types, clock.now())
  const { warnings } = loaded
  const problems = loaded.ok ? [] : loaded.problems
  const gateway = loaded.ok ? loaded.config.gateway : loaded.gateway
  if (gateway === undefined) return { ok: false, problems, warnings }
  await claim(gateway.dataFolder)
  const opened = await openRevisions(gateway.dataFolder, loaded.ok ? loaded.config : undefined, clock.now())
  if (opened === undefined) return { ok: false, problems, warnings }
  return { ok: true, gateway, revisions: opened.book, problems, warnings, isFirst: opened.isFirst }
}

/** The folder as a way to publish. */
export interface FileDoor {
  /** Reads the folder and submits what it says. One at a time. */
  read(): Promise<Reloaded>
}

export interface FileDoorDeps {
  readonly folder: string
  readonly examiner: () => Pick<Examiner, 'load'>
  readonly clock: Clock
  readonly running: GatewayConfig
  readonly revisions: RevisionBook
  readonly publisher: Pick<Publisher, 'submitFiles' | 'submitNarrowing'>
}

export function createFileDoor({ folder, examiner, clock, running, revisions, publisher }: FileDoorDeps): FileDoor {
  const inTurn = createTurns()
  const readOnce = async (): Promise<Reloaded | 'stale'> => {
    const loaded = await examiner().load({ folder, now: clock.now() })
    const { warnings } = loaded
    const nothing = { changed: false, waiting: undefined, turnedDown: false, restartNeeded: false }
    if (!loaded.ok) {
      const { problems } = loaded
      const narrowed = await narrowedBy(loaded)
      if (narrowed === 'stale') return narrowed
      if (narrowed !== undefined)
        return { ok: true, problems: [], warnings: [...warnings, ...problems], ...narrowed, restartNeeded: false }
      return { ...nothing, ok: false, problems, warnings, revision: revisions.current().number }
    }
    const { gateway } = loaded.config
    const restartNeeded = canonicalJson(gateway) !== canonicalJson(running)
    const said = await submitted({ ...loaded.config, warnings })
    return said === 'stale' ? said : { ok: true, problems: [], warnings, ...said, restartNeeded }
  }
  /** A case that expects more than there is now keeps nobody from giving less. */
  const narrowedBy = async ({ butForCases }: Extract<LoadResult, { ok: false }>) =>
    butForCases === undefined || running.source !== 'files' ? undefined : publisher.submitNarrowing(butForCases)
  const submitted = async (config: Config & { readonly warnings: readonly Problem[] }) => {
    if (running.source === 'files') return publisher.submitFiles(config)
    return { revision: revisions.current().number, changed: false, waiting: undefined, turnedDown: false }
  }
  const read = async (): Promise<Reloaded> => {
    for (let tries = 0; tries < READINGS; tries++) {
      const reloaded = await readOnce()
      if (reloaded !== 'stale') return reloaded
    }
    throw new GatewayError('ERR_FILES_CHANGED')
  }
  return { read: () => inTurn(read) }
}
/** Files that change with every reading are somebody's to stop. */
const READINGS = 10
