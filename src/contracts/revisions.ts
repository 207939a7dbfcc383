/** The published revisions and the kill switches: durable first, then live for all readers in one turn. */
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { AppId, EpochMs, PartnerId, Revision } from '../model/brand.ts'
import type { AppPlan, ContractPlan, Publication, RevisionPlan } from '../model/contract.ts'
import type { Plans } from './config.ts'
import type { Revisions } from './ports.ts'
import {
  digestOfPlans,
  openRevisionFolder,
  planOf,
  readRevision,
  readTexts,
  type Texts,
  writeRevision,
} from './revision-files.ts'
import { readStops, type StopState, writeStops } from './stops.ts'
import { createTurns } from './turns.ts'

/** Past revisions kept in memory: events wait days at most, and few revisions are made in days. */
const CACHED_REVISIONS = 16

/** Called in the very turn in which something changed; what it returns is awaited before the call that changed it ends. */
export type ChangeListener = () => void | Promise<void>

/** What is to be published, and who says so. */
export interface Edition {
  readonly plans: Plans
  /** The files it was made from; undefined where there are none of this very state. */
  readonly texts?: Texts | undefined
  readonly publication: Omit<Publication, 'parent'>
}

/** The live revision is not the one that the change was made for. Nothing changed. */
export class RevisionMoved extends Error {
  readonly live: Revision
  constructor(live: Revision) {
    super(`revision ${live} is live by now: look at what changed and try again`)
    this.name = 'RevisionMoved'
    this.live = live
  }
}

export interface RevisionBook extends Revisions {
  /**
   * Makes these plans the live revision. Resolves once it is durable, live and confirmed by every listener. Where the
   * plans equal the live ones there is no new number. Rejects with `RevisionMoved` where `base` is not live, and where it
   * cannot be written; then nothing changed.
   */
  publish(
    edition: Edition,
    now: EpochMs,
    base?: Revision,
  ): Promise<{ readonly revision: Revision; readonly changed: boolean }>
  /** The files a revision was made from, by path; undefined where none were kept. */
  texts(revision: Revision): Promise<Texts | undefined>
  /**
   * Stops sending to a partner, or to all. In force at once, even where the file cannot be written (then it rejects:
   * stopped, but not beyond a restart). Resolves once durable and confirmed by every listener.
   */
  stop(partner: PartnerId): Promise<void>
  stopAll(): Promise<void>
  /**
   * Durable before it is in force. Rejects where a stop comes in meanwhile. `resumeAll` lifts the stop of all; partners
   * stopped one by one stay stopped.
   */
  resume(partner: PartnerId): Promise<void>
  resumeAll(): Promise<void>
  stops(): StopState
  onChange(listener: ChangeListener): void
  /** Calls back after a stop or resume is live. */
  onStops(listener: ChangeListener): void
  /** For `/readyz` and the log: `false` where the stops file could not be read and so everything is stopped. */
  stopsReadable(): boolean
}

/**
 * Opens `<dataFolder>/revisions` and `<dataFolder>/stops.json`. The newest revision on disk is live; where there is none,
 * `first` becomes revision 1 (`isFirst`). Resolves to undefined where there is neither.
 */
export async function openRevisions(
  dataFolder: string,
  first: Pick<Edition, 'plans' | 'texts'> | undefined,
  now: EpochMs,
): Promise<{ readonly book: RevisionBook; readonly isFirst: boolean } | undefined> {
  const folder = join(dataFolder, 'revisions')
  const newest = await openRevisionFolder(folder)
  // Sound: the number of a file in the folder, read and checked right here.
  let live = newest === 0 ? undefined : readRevision(folder, newest as Revision)
  const isFirst = live === undefined
  if (live === undefined) {
    if (first === undefined) return undefined
    live = planOf(first.plans, nextAfter(undefined), now, { ...BY_FILES, parent: 0, change: 'first' })
    await writeRevision(folder, live, first.texts)
  }
  const stopsFile = join(dataFolder, 'stops.json')
  return { book: createBook(folder, stopsFile, live, await readStops(stopsFile)), isFirst }
}
const BY_FILES = { author: 'files', message: '', approvals: [] } as const

function createBook(
  folder: string,
  stopsFile: string,
  first: RevisionPlan,
  initialStops: StopState & { readonly readable: boolean },
): RevisionBook {
  let live = indexOf(first)
  let stops: StopState = initialStops
  let readable = initialStops.readable
  const past = new LRUCache<Revision, RevisionPlan>({ max: CACHED_REVISIONS })
  const changeListeners: ChangeListener[] = []
  const stopListeners: ChangeListener[] = []
  const inTurn = createTurns()

  const tell = async (listeners: readonly ChangeListener[]): Promise<void> => {
    // `Promise.try` calls at once, and one listener's failure keeps no other from being told.
    await Promise.all(listeners.map((listener) => Promise.try(listener)))
  }
  const stopNow = async (change: (state: StopState) => StopState): Promise<void> => {
    stops = change(stops)
    const told = tell(stopListeners)
    await Promise.all([told, inTurn(() => writeStops(stopsFile, stops))])
  }
  const resumeLater = (change: (state: StopState) => StopState): Promise<void> =>
    inTurn(async () => {
      const before = stops
      const after = change(before)
      await writeStops(stopsFile, after)
      // Whoever stops last wins: that stop's own write is next in line and puts the file right.
      if (stops !== before) throw new Error('stopped again while resuming: nothing was resumed')
      stops = after
      readable = true
      await tell(stopListeners)
    })

  return {
    current: () => live.plan,
    at: (number) => {
      if (number === live.plan.number) return live.plan
      const known = past.get(number) ?? readRevision(folder, number)
      if (known !== undefined) past.set(number, known)
      return known
    },
    app: (id) => live.apps.get(id),
    appOfKey: (key) => live.keys.get(key),
    contract: (id) => live.contracts.get(id),
    stopped: (partner) => stops.all || stops.partners.has(partner),
    onChange: (listener) => {
      changeListeners.push(listener)
    },
    onStops: (listener) => {
      stopListeners.push(listener)
    },
    texts: (number) => readTexts(folder, number),
    publish: ({ plans, texts, publication }, now, base) =>
      inTurn(async () => {
        const { number, digest } = live.plan
        if (base !== undefined && base !== number) throw new RevisionMoved(number)
        if (digestOfPlans(plans) === digest) return { revision: number, changed: false }
        const next = planOf(plans, nextAfter(live.plan), now, { ...publication, parent: number })
        await writeRevision(folder, next, texts)
        past.set(number, live.plan)
        live = indexOf(next)
        await tell(changeListeners)
        return { revision: next.number, changed: true }
      }),
    stop: (partner) => stopNow(({ partners, all }) => ({ all, partners: new Set([...partners, partner]) })),
    stopAll: () => stopNow(({ partners }) => ({ all: true, partners })),
    resume: (partner) =>
      resumeLater(({ partners, all }) => ({ all, partners: new Set([...partners].filter((id) => id !== partner)) })),
    resumeAll: () => resumeLater(({ partners }) => ({ all: false, partners })),
    stops: () => stops,
    stopsReadable: () => readable,
  }
}

interface Live {
  readonly plan: RevisionPlan
  readonly apps: ReadonlyMap<AppId, AppPlan>
  readonly keys: ReadonlyMap<string, { readonly app: AppPlan; readonly retired: boolean }>
  readonly contracts: ReadonlyMap<PartnerId, ContractPlan>
}

function indexOf(plan: RevisionPlan): Live {
  const keys = new Map<string, { readonly app: AppPlan; readonly retired: boolean }>()
  for (const app of plan.apps) {
    for (const key of app.retiredKeys) keys.set(key, { app, retired: true })
    for (const key of app.writeKeys) keys.set(key, { app, retired: false })
  }
  return {
    plan,
    apps: new Map(plan.apps.map((app) => [app.id, app])),
    keys,
    contracts: new Map(plan.contracts.map((contract) => [contract.id, contract])),
  }
}

function nextAfter(plan: RevisionPlan | undefined): Revision {
  // Sound: numbers run from 1 upwards without gaps.
  return ((plan?.number ?? 0) + 1) as Revision
}
