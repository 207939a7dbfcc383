/** Everything by which revisions change, started and stopped together: files, proposals, and grants that lapse. */
import type { EpochMs, Revision } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { GatewayConfig, Plans } from './config.ts'
import type { DiffJson } from './diff/json.ts'
import { createDrafts, type Drafts } from './drafts.ts'
import type { Examiner } from './examiner.ts'
import { createFileDoor, type FileDoor, type Reloaded } from './live-config.ts'
import { openProposals } from './proposals.ts'
import { createPublisher, type Publisher } from './publish.ts'
import type { RevisionBook } from './revisions.ts'
import { savedFiles } from './saved-files.ts'
import { nextLapse } from './stage.ts'
import { type Resaved, unsavedNote } from './unsaved.ts'
import { watchFolder } from './watch.ts'

export interface PublishingDeps {
  readonly folder: string
  readonly gateway: GatewayConfig
  readonly revisions: RevisionBook
  /** Whom to ask now: while nothing is decided yet, any thread will do. */
  readonly examiner: () => Examiner
  readonly now: () => EpochMs
  /** A CONTROL record; resolves when durable. */
  readonly record: (action: string, facts: Readonly<Record<string, string | number>>) => Promise<void>
  readonly observe: {
    /** The files were read, at start, because they changed, or because somebody asked. */
    read(reloaded: Reloaded): void
    /** A stop had kept the live revision from being saved back to its files. Before the files are read. */
    resaved(resaved: Resaved): void
    failed(error: unknown): void
  }
}

export interface Publishing {
  readonly publisher: Publisher
  readonly drafts: Drafts
  /** What changing one state to another means, now. Rejects with `ERR_EXAMINER_UNAVAILABLE`. */
  diff(before: Plans, after: Plans): Promise<DiffJson>
  /** Reads the configuration files again. */
  reload(): Promise<Reloaded>
  stop(): void
}

/** Longest wait of one timer: Node's own limit is 2^31 - 1 milliseconds. */
const MAX_WAIT_MS = 86_400_000

/** Resolves once the files have been submitted, where `gateway.yaml` says that they are the source. */
export async function startPublishing(deps: PublishingDeps): Promise<Publishing> {
  const { folder, gateway, revisions, examiner, now, record, observe } = deps
  const files = savedFiles(folder)
  const unsaved = unsavedNote(gateway.dataFolder, files)
  const publisher = createPublisher({
    revisions,
    files: gateway.source === 'files' ? files : undefined,
    proposals: await openProposals(gateway.dataFolder),
    unsaved,
    examiner,
    now,
    record,
  })
  const door: FileDoor = createFileDoor({ folder, examiner, clock: { now }, running: gateway, revisions, publisher })
  const read = async (): Promise<Reloaded> => {
    try {
      return await door.read()
    } catch (error) {
      if (!(error instanceof GatewayError) || error.code !== 'ERR_EXAMINER_UNAVAILABLE') throw error
      return notCompared(folder, revisions.current().number)
    }
  }
  const reload = async (): Promise<Reloaded> => {
    const reloaded = await read()
    observe.read(reloaded)
    return reloaded
  }

  let timer: NodeJS.Timeout | undefined
  /** The last try: what had lapsed by then and is still there would make somebody's terms wider, and stays. */
  let tried = { revision: 0, at: 0 }
  /** What has lapsed binds nobody any more without it; this puts the revision in order. */
  const dropLapsed = (): void => {
    clearTimeout(timer)
    const live = revisions.current()
    // Not from now on: what lapsed while this revision was made, or since the timer was set, is still to be dropped.
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
  const resaved = gateway.source === 'files' ? await unsaved.finish(revisions.current()) : undefined
  if (resaved !== undefined) observe.resaved(resaved)
  await publisher.dropLapsed()
  await reload()
  dropLapsed()
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
    diff: (before, after) => examiner().differences({ before, after, now: now() }),
    reload,
    stop: () => {
      watch?.stop()
      clearTimeout(timer)
    },
  }
}

/** Nothing of the change is live but what may have been found to narrow; the next reading tries again. */
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
  return {
    ok: false,
    problems: [problem],
    warnings: [],
    revision,
    changed: false,
    waiting: undefined,
    turnedDown: false,
    restartNeeded: false,
  }
}
