/** Publishes configuration files as revisions, at start-up and whenever they change. An invalid file changes nothing. */

import { join } from 'node:path'
import { canonicalJson } from '../contracts/canonical.ts'
import type { GatewayConfig, Plans } from '../contracts/config.ts'
import { type Groundless, groundFinding, groundlessTransfers } from '../contracts/lint/transfers.ts'
import { type LoadResult, loadConfig, type PartnerTypes } from '../contracts/load.ts'
import type { Clock } from '../flow/ports.ts'
import type { Revision } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { Problem } from '../model/problem.ts'
import { createInTurn } from '../platform/in-turn.ts'
import type { Examiner } from './examiner.ts'
import type { Proposal } from './proposals.ts'
import type { FilesConfig, Publisher } from './publisher.ts'
import { openRevisionBook, openRevisions, type RevisionBook, type RevisionStores } from './revisions.ts'
import { fileOfPartner } from './texts.ts'
import type { UnsavedFiles } from './unsaved.ts'

export interface Reloaded {
  readonly ok: boolean
  /** All problems, if not ok. The previous revision stays live. */
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
  /** The live revision after the call. */
  readonly revision: Revision
  readonly changed: boolean
  /** The part that widens, which waits for approval. */
  readonly waiting: Proposal | undefined
  /** True if the files contain a rejected change. */
  readonly turnedDown: boolean
  /** True if `gateway.yaml` differs from the running settings: takes effect at the next start. */
  readonly restartNeeded: boolean
  /** The folder's content; undefined if it is invalid, or not the source. */
  readonly files: Plans | undefined
}

export type OpenedConfig =
  | {
      readonly ok: true
      readonly gateway: GatewayConfig
      readonly revisions: RevisionBook
      /** If not empty, the files are invalid and the last good revision runs. MUST be reported prominently. */
      readonly problems: readonly Problem[]
      readonly warnings: readonly Problem[]
      /** True if the data folder had no revision, so that the files became revision 1. MUST be reported prominently. */
      readonly isFirst: boolean
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] }

export interface OpenConfigDeps {
  readonly folder: string
  readonly types: PartnerTypes
  readonly clock: Clock
  /**
   * Creates the data folder if missing and locks it for this process. Awaited before anything in it is read or written.
   * Resolves to the number above which a first revision is numbered: 0 unless revisions were lost. With `stores`, revisions are
   * there, and the files are not read; undefined is answered where they hold none.
   */
  readonly claim: (
    gateway: GatewayConfig,
  ) => Promise<{ readonly revisionsAbove: number; readonly stores?: RevisionStores | undefined }>
}

/**
 * Loads `folder` and opens the revisions in the data folder it names. Not ok if the files are invalid and there is no revision to
 * continue with, or if `gateway.yaml` is invalid, because the data folder is then unknown. Rethrows what `claim` throws, and
 * `RevisionDamaged`. An existing revision stays live, whatever the files contain: a `FileDoor` submits them.
 */
export async function openConfig({ folder, types, clock, claim }: OpenConfigDeps): Promise<OpenedConfig> {
  const loaded = await loadConfig(folder, types, clock.now())
  const { warnings } = loaded
  const problems = loaded.ok ? [] : loaded.problems
  const gateway = loaded.ok ? loaded.config.gateway : loaded.gateway
  if (gateway === undefined) return { ok: false, problems, warnings }
  const { revisionsAbove, stores } = await claim(gateway)
  if (stores !== undefined) {
    const shared = await openRevisionBook(stores, undefined, clock.now())
    if (shared === undefined) return { ok: false, problems: [], warnings: [] }
    return { ok: true, gateway, revisions: shared.book, problems: [], warnings: [], isFirst: false }
  }
  const first = loaded.ok ? loaded.config : undefined
  const { contracts = [] } = first?.plans ?? {}
  const refused = first === undefined ? [] : groundlessTransfers(contracts, first.plans, types, clock.now())
  const begun = refused.length > 0 ? undefined : first
  const opened = await openRevisions(gateway.dataFolder, begun, clock.now(), revisionsAbove)
  if (opened === undefined && refused.length > 0)
    return { ok: false, problems: refused.map((one) => groundProblem(folder, one)), warnings }
  if (opened === undefined) return { ok: false, problems, warnings }
  if (!loaded.ok && !opened.isFirst) {
    // The live revision may already have the same problems.
    const again = await loadConfig(folder, types, clock.now(), undefined, opened.book.current().apps)
    const found = again.ok ? [] : again.problems
    return { ok: true, gateway, revisions: opened.book, problems: found, warnings: again.warnings, isFirst: false }
  }
  return { ok: true, gateway, revisions: opened.book, problems, warnings, isFirst: opened.isFirst }
}

/** The transfers of `ERR_TRANSFER_GROUND`; rethrows any other error. */
function refusedTransfers(error: unknown): Groundless[] {
  if (!(error instanceof GatewayError) || error.code !== 'ERR_TRANSFER_GROUND') throw error
  // Sound: the error always carries them.
  return error.details.transfers as Groundless[]
}

export function groundProblem(folder: string, lacking: Groundless): Problem {
  const file = join(folder, fileOfPartner(lacking.partner))
  return { file, line: 1, column: 1, path: 'transfer_basis', allowed: '', ...groundFinding(lacking) }
}

/** The folder as a source of changes. */
export interface FileDoor {
  /** Reads the folder and submits its content, on behalf of the requester if known. One call at a time. */
  read(by?: string): Promise<Reloaded>
}

export interface FileDoorDeps {
  readonly folder: string
  readonly examiner: () => Pick<Examiner, 'load'>
  readonly clock: Clock
  readonly running: GatewayConfig
  readonly revisions: RevisionBook
  readonly publisher: Pick<Publisher, 'submitFiles' | 'submitNarrowing'>
  /** Files that could not be written count as written. */
  readonly unsaved: Pick<UnsavedFiles, 'files' | 'unsaved'>
}

export function createFileDoor(deps: FileDoorDeps): FileDoor {
  const { folder, examiner, clock, running, revisions, publisher, unsaved } = deps
  const inTurn = createInTurn()
  const readOnce = async (by: string | undefined): Promise<Reloaded | 'stale'> => {
    const drafted = unsaved.unsaved().length > 0 ? { drafted: await unsaved.files.readAll() } : {}
    const live = revisions.current().apps
    const loaded = await examiner().load({ folder, ...drafted, now: clock.now(), live })
    const { warnings } = loaded
    const nothing = { changed: false, waiting: undefined, turnedDown: false, restartNeeded: false, files: undefined }
    if (!loaded.ok) {
      const { problems } = loaded
      const narrowed = await narrowedBy(loaded, by)
      if (narrowed === 'stale') return narrowed
      if (narrowed !== undefined)
        return {
          ok: true,
          problems: [],
          warnings: [...warnings, ...problems],
          ...narrowed,
          restartNeeded: false,
          files: loaded.butForCases?.plans,
        }
      return { ...nothing, ok: false, problems, warnings, revision: revisions.current().number }
    }
    const { gateway } = loaded.config
    const restartNeeded = canonicalJson(gateway) !== canonicalJson(running)
    const said = await submitted({ ...loaded.config, warnings, handedInBy: by }).catch(refusedTransfers)
    if (Array.isArray(said)) {
      const problems = said.map((one) => groundProblem(folder, one))
      return { ...nothing, ok: false, problems, warnings, revision: revisions.current().number }
    }
    const files = running.source === 'files' ? loaded.config.plans : undefined
    return said === 'stale' ? said : { ok: true, problems: [], warnings, ...said, restartNeeded, files }
  }
  /** A case that expects more than is granted must not prevent a narrowing. */
  const narrowedBy = async ({ butForCases }: Extract<LoadResult, { ok: false }>, by: string | undefined) =>
    butForCases === undefined || running.source !== 'files'
      ? undefined
      : publisher.submitNarrowing({ ...butForCases, handedInBy: by })
  const submitted = async (config: FilesConfig) => {
    if (running.source === 'files') return publisher.submitFiles(config)
    return { revision: revisions.current().number, changed: false, waiting: undefined, turnedDown: false }
  }
  const read = async (by?: string): Promise<Reloaded> => {
    for (let tries = 0; tries < READINGS; tries++) {
      const reloaded = await readOnce(by)
      if (reloaded !== 'stale') return reloaded
    }
    throw new GatewayError('ERR_FILES_CHANGED')
  }
  return { read: (by) => inTurn(() => read(by)) }
}
/** Give up if the files change during every reading. */
const READINGS = 10
