/** The published revisions and the kill switches: durable first, then live for all readers in one turn. */
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { Plans } from '../contracts/config.ts'
import { type KeyOwner, type KeyOwners, keyOwners } from '../diff/write-keys.ts'
import type { AppId, EpochMs, PartnerId, Revision } from '../model/brand.ts'
import type { AppPlan, ContractPlan, Publication, RevisionPlan } from '../model/contract.ts'
import { createInTurn } from '../platform/in-turn.ts'
import type { Revisions } from './ports.ts'
import {
  digestOfPlans,
  planOf,
  RevisionDamaged,
  type RevisionStore,
  revisionsIn,
  type Texts,
} from './revision-files.ts'
import { type StopState, type StopStore, stopsIn } from './stops.ts'

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
  /** The write keys of every revision and the app that each belonged to last. Reads all that it has not read yet. */
  formerKeys(): KeyOwners
  /** Numbers up to this one were given to revisions that are lost: they are not given again. */
  continueAbove(number: number): void
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

export interface RevisionStores {
  readonly revisions: RevisionStore
  readonly stops: StopStore
}

type Opened = { readonly book: RevisionBook; readonly isFirst: boolean }

/** Over `<dataFolder>/revisions` and `<dataFolder>/stops.json`. */
export function openRevisions(
  dataFolder: string,
  first: Pick<Edition, 'plans' | 'texts'> | undefined,
  now: EpochMs,
  above = 0,
): Promise<Opened | undefined> {
  const revisions = revisionsIn(join(dataFolder, 'revisions'))
  return openRevisionBook({ revisions, stops: stopsIn(join(dataFolder, 'stops.json')) }, first, now, above)
}

/**
 * The newest revision that is kept is live; where there is none, `first` becomes revision 1 (`isFirst`), or the next above
 * `above`. Resolves to undefined where there is neither.
 */
export async function openRevisionBook(
  { revisions, stops }: RevisionStores,
  first: Pick<Edition, 'plans' | 'texts'> | undefined,
  now: EpochMs,
  above = 0,
): Promise<Opened | undefined> {
  const newest = await revisions.newest()
  // Sound: the number of a revision that is kept, read and checked right here.
  let live = newest === 0 ? undefined : revisions.read(newest as Revision)
  const isFirst = live === undefined
  if (live === undefined) {
    if (first === undefined) return undefined
    live = planOf(first.plans, nextAfter(above), now, { ...BY_FILES, parent: 0, change: 'first' })
    await revisions.write(live, first.texts)
  }
  return { book: createBook({ revisions, stops }, live, await stops.read()), isFirst }
}
const BY_FILES = { author: 'files', message: '', approvals: [] } as const

function createBook(
  stores: RevisionStores,
  first: RevisionPlan,
  initialStops: StopState & { readonly readable: boolean },
): RevisionBook {
  let live = indexOf(first)
  let stops: StopState = initialStops
  let readable = initialStops.readable
  let takenUpTo = 0
  const past = new LRUCache<Revision, RevisionPlan>({ max: CACHED_REVISIONS })
  const changeListeners: ChangeListener[] = []
  const stopListeners: ChangeListener[] = []
  const inTurn = createInTurn()
  const formerKeys = new Map<string, KeyOwner>()
  let keysReadTo = 0

  const tell = async (listeners: readonly ChangeListener[]): Promise<void> => {
    // `Promise.try` calls at once, and one listener's failure keeps no other from being told.
    await Promise.all(listeners.map((listener) => Promise.try(listener)))
  }
  const stopNow = async (change: (state: StopState) => StopState): Promise<void> => {
    stops = change(stops)
    const told = tell(stopListeners)
    await Promise.all([told, inTurn(() => stores.stops.write(stops))])
  }
  const resumeLater = (change: (state: StopState) => StopState): Promise<void> =>
    inTurn(async () => {
      const before = stops
      const after = change(before)
      await stores.stops.write(after)
      // Whoever stops last wins: that stop's own write is next in line and puts the file right.
      if (stops !== before) throw new Error('stopped again while resuming: nothing was resumed')
      stops = after
      readable = true
      await tell(stopListeners)
    })

  const book: RevisionBook = {
    current: () => live.plan,
    at: (number) => {
      if (number === live.plan.number) return live.plan
      const known = past.get(number) ?? stores.revisions.read(number)
      if (known !== undefined) past.set(number, known)
      return known
    },
    kept: (number) => {
      try {
        return book.at(number)
      } catch (error) {
        if (!(error instanceof RevisionDamaged)) throw error
        return undefined
      }
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
    formerKeys: () => {
      for (; keysReadTo < live.plan.number; keysReadTo++) {
        // Sound: numbers up to the live one; one that is not there names no key.
        const plan = stores.revisions.read((keysReadTo + 1) as Revision)
        for (const [key, owner] of keyOwners(plan?.apps ?? [])) formerKeys.set(key, owner)
      }
      return formerKeys
    },
    texts: (number) => stores.revisions.texts(number),
    continueAbove: (number) => {
      takenUpTo = Math.max(takenUpTo, number)
    },
    publish: ({ plans, texts, publication }, now, base) =>
      inTurn(async () => {
        const { number, digest } = live.plan
        if (base !== undefined && base !== number) throw new RevisionMoved(number)
        if (digestOfPlans(plans) === digest) return { revision: number, changed: false }
        const next = planOf(plans, nextAfter(Math.max(number, takenUpTo)), now, { ...publication, parent: number })
        await stores.revisions.write(next, texts)
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
  return book
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

function nextAfter(number: number): Revision {
  // Sound: numbers run from 1 upwards; there are gaps only where revisions were lost.
  return (number + 1) as Revision
}
