/** Everything that changes revisions, started and stopped together: files, proposals, and lapsing grants. */

import type { GatewayConfig, Plans } from '../contracts/config.ts'
import type { Groundless } from '../contracts/lint/transfers.ts'
import type { DiffJson } from '../diff/json.ts'
import type { EpochMs, Revision } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import type { Examiner } from './examiner.ts'
import { createFilesStatus, type FilesStatus } from './files-status.ts'
import { createFileDoor, type FileDoor, type Reloaded } from './live-config.ts'
import { createPairs, plansOf } from './pairs.ts'
import type { Proposals } from './proposals.ts'
import { createPublisher } from './publish.ts'
import type { Publisher } from './publisher.ts'
import type { RevisionBook } from './revisions.ts'
import type { SavedFiles } from './saved-files.ts'
import { nextLapse } from './stage.ts'
import type { PublisherDeps } from './steps.ts'
import { type Resaved, unsavedFiles } from './unsaved.ts'
import { watchFolder } from './watch.ts'

export interface PublishingDeps {
  readonly folder: string
  /** The same folder, for writing. */
  readonly files: SavedFiles
  readonly gateway: GatewayConfig
  readonly revisions: RevisionBook
  readonly proposals: Proposals
  /** The examiner to use now; during start-up any thread will do. */
  readonly examiner: () => Examiner
  readonly now: () => EpochMs
  /** A CONTROL record; resolves when durable. */
  readonly record: (action: string, facts: Readonly<Record<string, string | number>>) => Promise<void>
  /** See `PublisherDeps`. */
  readonly prepare?: (plans: Plans, last: boolean) => Promise<void>
  readonly blocked?: PublisherDeps['blocked']
  readonly observe: {
    /** The files were read: at start-up, after a change, or on request. */
    read(reloaded: Reloaded): void
    /** The live revision was saved to its files after an interrupted publish. Precedes the first reading. */
    resaved(resaved: Resaved): void
    /** Live contracts without a required transfer basis; reported at start-up and after each change. */
    groundless(transfers: readonly Groundless[]): void
    failed(error: unknown): void
  }
}

export interface Publishing {
  readonly publisher: Publisher
  readonly drafts: Drafts
  /** The effect of changing one state to another, now. Rejects with `ERR_EXAMINER_UNAVAILABLE`. */
  diff(before: Plans, after: Plans): Promise<DiffJson>
  /** The last reading of the files, and their drift from the live revision. */
  filesStatus(): FilesStatus
  /** Live transfers without a required legal basis, as of the last check. */
  groundless(): readonly Groundless[]
  /** Reads the configuration files again. `by`, who requested it, becomes an author of the resulting proposal. */
  reload(by?: string): Promise<Reloaded>
  stop(): void
}

/** Maximum wait of one timer: Node's own limit is 2^31 - 1 milliseconds. */
const MAX_WAIT_MS = 86_400_000

/** Resolves once the files are submitted, if `gateway.yaml` makes them the source. */
export async function startPublishing(deps: PublishingDeps): Promise<Publishing> {
  const { folder, gateway, revisions, examiner, now, record, observe } = deps
  const unsaved = unsavedFiles(gateway.dataFolder, deps.files)
  const isSource = gateway.source === 'files'
  const files = gateway.cluster === undefined ? unsaved.files : { ...unsaved.files, readAll: async () => ({}) }
  const publisher = createPublisher({
    revisions,
    unsaved: isSource ? unsaved : undefined,
    proposals: deps.proposals,
    examiner,
    now,
    record,
    saved: (names, plans) => status.saved(names, plans),
    failed: observe.failed,
    ...(deps.prepare === undefined ? {} : { prepare: deps.prepare }),
    ...(deps.blocked === undefined ? {} : { blocked: deps.blocked }),
  })
  const clock = { now }
  const door: FileDoor = createFileDoor({ folder, examiner, clock, running: gateway, revisions, publisher, unsaved })
  const read = async (by?: string): Promise<Reloaded> => {
    if (gateway.cluster !== undefined) return { ...NOTHING_READ, revision: revisions.current().number }
    try {
      return await door.read(by)
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'ERR_EXAMINER_UNAVAILABLE') throw error
      return notCompared(folder, revisions.current().number)
    }
  }
  const status = createFilesStatus({ isSource, revisions, publisher, unsaved: () => unsaved.unsaved(), now })
  const reload = async (by?: string): Promise<Reloaded> => {
    const files = unsaved.unsaved()
    if (files.length > 0 && (await publisher.saveUnsaved()) === undefined) observe.resaved({ kind: 'saved', files })
    const reloaded = await read(by)
    status.read(reloaded)
    observe.read(reloaded)
    return reloaded
  }

  let timer: NodeJS.Timeout | undefined
  /** The last attempt: a lapsed grant whose removal would widen a user's terms stays in the plans. */
  let tried = { revision: 0, at: 0 }
  /** A lapsed grant has no effect; this removes it from the revision. */
  const dropLapsed = (): void => {
    clearTimeout(timer)
    const live = revisions.current()
    // Not only from now on: include what lapsed while this revision was made, or since the timer was set.
    const at = nextLapse(live, live.number === tried.revision ? tried.at : 0)
    if (at === undefined) return
    const drop = (): void => {
      const time = now()
      if (time < at) {
        dropLapsed()
        return
      }
      tried = { revision: revisions.current().number, at: time }
      void publisher.dropLapsed().then(dropLapsed, observe.failed)
    }
    timer = setTimeout(drop, Math.min(MAX_WAIT_MS, Math.max(0, at - now())))
    timer.unref()
  }
  revisions.onChange(dropLapsed)
  let groundless: readonly Groundless[] = []
  /** They stay live: operators are warned until a basis is named. */
  const checkTransfers = async (): Promise<void> => {
    const plans = plansOf(revisions.current())
    const { transferFree } = plans.policy
    groundless = transferFree === undefined ? [] : await examiner().groundless({ after: plans, now: now() })
    if (groundless.length > 0) observe.groundless(groundless)
  }
  revisions.onChange(() => void checkTransfers().catch(observe.failed))
  const live = revisions.current()
  const resaved = isSource ? await unsaved.finish(live, await revisions.texts(live.number)) : undefined
  if (resaved !== undefined) observe.resaved(resaved)
  await publisher.dropLapsed()
  await reload()
  dropLapsed()
  await checkTransfers().catch(observe.failed)
  const watch =
    gateway.source === 'files' && gateway.watchSeconds > 0
      ? watchFolder(folder, {
          seconds: gateway.watchSeconds,
          changed: async () => void (await reload()),
          failed: observe.failed,
        })
      : undefined
  return {
    publisher,
    drafts: createDrafts({ folder, gateway, examiner, revisions, files, now }),
    diff: (before, after) => examiner().differences(createPairs(revisions, now)(before, after)),
    filesStatus: status.status,
    groundless: () => groundless,
    reload,
    stop: () => {
      watch?.stop()
      clearTimeout(timer)
    },
  }
}

/** A cell reads no files. */
const NOTHING_READ: Omit<Reloaded, 'revision'> = {
  ok: true,
  problems: [],
  warnings: [],
  changed: false,
  waiting: undefined,
  turnedDown: false,
  restartNeeded: false,
  files: undefined,
}

/** Nothing went live beyond what was found to narrow; the next reading retries. */
function notCompared(folder: string, revision: Revision): Reloaded {
  const problem = {
    file: folder,
    line: 1,
    column: 1,
    path: '',
    found: 'a change whose meaning could not be worked out',
    allowed: '',
    hint: 'The log says why. Have the files read again, or stop the partner meanwhile.',
  }
  return { ...NOTHING_READ, ok: false, problems: [problem], revision }
}
