/** The published revisions and the kill switches: first durable, then live for all readers in one turn. */
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { Plans } from '../contracts/config.ts'
import { type KeyOwner, type KeyOwners, keyOwners } from '../diff/write-keys.ts'
import type { AppId, EpochMs, PartnerId, Revision } from '../model/brand.ts'
import type { AppPlan, ContractPlan, Publication, RevisionPlan } from '../model/contract.ts'
import { createInTurn } from '../platform/in-turn.ts'
import type { Revisions } from './ports.ts'
import {
  type Approval,
  digestOfPlans,
  planOf,
  RevisionDamaged,
  RevisionMoved,
  type RevisionStore,
  revisionsIn,
  type Texts,
} from './revision-files.ts'
import { type StopState, type StopStore, type StopTurn, stopsIn, turned } from './stops.ts'

/** Cached past revisions: events wait days at most, and few revisions are made in days. */
const CACHED_REVISIONS = 16

/** Called in the turn of the change; its promise is awaited before the call that made the change ends. */
export type ChangeListener = () => void | Promise<void>

/** What to publish, and its authors. */
export interface Edition {
  readonly plans: Plans
  /** Its configuration files; undefined if none match this exact state. */
  readonly texts?: Texts | undefined
  readonly publication: Omit<Publication, 'parent'>
  /** The proposal that ends with it. */
  readonly approved?: Approval | undefined
}

export interface RevisionBook extends Revisions {
  /**
   * Makes these plans the live revision. Resolves once it is durable, live and confirmed by every listener. Plans equal to the
   * live ones get no new number. Rejects with `RevisionMoved` if `base` is not live, and if it cannot be written; then nothing
   * changed.
   */
  publish(
    edition: Edition,
    now: EpochMs,
    base?: Revision,
  ): Promise<{ readonly revision: Revision; readonly changed: boolean }>
  /** The last app of every write key in all revisions. Reads those not read before. */
  formerKeys(): KeyOwners
  /** Numbers up to this one belonged to lost revisions and are not used again. */
  continueAbove(number: number): void
  /** A revision's configuration files, by path; undefined if none were stored. */
  texts(revision: Revision): Promise<Texts | undefined>
  /**
   * Stops sending to a partner, or to all. In force at once, even if the file cannot be written (it then rejects: the stop does
   * not survive a restart). Resolves once durable and confirmed by every listener.
   */
  stop(partner: PartnerId): Promise<void>
  stopAll(): Promise<void>
  /**
   * Durable before it is in force. Rejects if a stop arrives meanwhile. `resumeAll` lifts the stop of all; individually stopped
   * partners stay stopped.
   */
  resume(partner: PartnerId): Promise<void>
  resumeAll(): Promise<void>
  stops(): StopState
  onChange(listener: ChangeListener): void
  /** The listener runs after a stop or resume is live. */
  onStops(listener: ChangeListener): void
  /** For `/readyz` and the log: `false` if the stops file is unreadable, so that everything is stopped. */
  stopsReadable(): boolean
  /** Other processes publish and stop, too. */
  readonly isShared: boolean
  /** Takes in what other processes published or switched: in force here when it resolves. */
  refresh(): Promise<void>
  /** Resolves once no other process acts on what was there before the last change made here. */
  everywhere(): Promise<void>
}

export interface RevisionStores {
  readonly revisions: RevisionStore
  readonly stops: StopStore
  /** Where other processes use them too. */
  readonly shared?: SharedStores
}

export interface SharedStores {
  /** Awaited before the plan is live here: this process's own ledger names it. */
  readonly announce: (plan: RevisionPlan) => Promise<void>
  /** Awaited for each switch that was turned elsewhere: before a resume is in force, and after a stop is. */
  readonly announceTurn: (turn: StopTurn) => Promise<void>
  /** Resolves once the last change made here is in force in every other process. */
  readonly everywhere: () => Promise<void>
}

type Opened = { readonly book: RevisionBook; readonly isFirst: boolean }

/** In `<dataFolder>/revisions` and `<dataFolder>/stops.json`. */
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
 * The newest stored revision is live; if there is none, `first` becomes revision 1 (`isFirst`), or the next above `above`.
 * Resolves to undefined if there is neither.
 */
export async function openRevisionBook(
  { revisions, stops, shared = ALONE }: RevisionStores,
  first: Pick<Edition, 'plans' | 'texts'> | undefined,
  now: EpochMs,
  above = 0,
): Promise<Opened | undefined> {
  const newest = await revisions.newest()
  // Sound: the number of a stored revision, read and verified here.
  let live = newest === 0 ? undefined : revisions.read(newest as Revision)
  const isFirst = live === undefined
  if (live === undefined) {
    if (first === undefined) return undefined
    live = firstPlan(first.plans, nextAfter(above), now)
    await revisions.write(live, first.texts)
  }
  return { book: createBook({ revisions, stops, shared }, live, await stops.read()), isFirst }
}
const BY_FILES = { author: 'files', message: '', approvals: [] } as const
const nothing = async (): Promise<void> => undefined
const ALONE: SharedStores = { announce: nothing, announceTurn: nothing, everywhere: nothing }

/** The plan that the files of a folder make the first one. */
export function firstPlan(plans: Plans, number: Revision, now: EpochMs): RevisionPlan {
  return planOf(plans, number, now, { ...BY_FILES, parent: 0, change: 'first' })
}

function createBook(
  stores: Required<RevisionStores>,
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
    // `Promise.try` calls at once, and a failing listener does not prevent the others.
    await Promise.all(listeners.map((listener) => Promise.try(listener)))
  }
  /** Stops that no store may have yet. */
  const unsaved = new Set<string>()
  const stopNow = async (partner: string): Promise<void> => {
    const turn = { partner, stopped: true }
    unsaved.add(partner)
    stops = turned(stops, turn)
    const told = tell(stopListeners)
    const written = inTurn(async () => {
      await stores.stops.write(turn, stops)
      unsaved.delete(partner)
    })
    await Promise.all([told, written])
  }
  const resumeLater = (partner: string): Promise<void> =>
    inTurn(async () => {
      const before = stops
      const turn = { partner, stopped: false }
      const after = turned(before, turn)
      await stores.stops.write(turn, after)
      unsaved.delete(partner)
      // A later stop wins: its own write comes next and corrects the file.
      if (stops !== before) throw new Error('stopped again while resuming: nothing was resumed')
      stops = after
      readable = true
      await tell(stopListeners)
    })
  const makeLive = async (next: RevisionPlan): Promise<void> => {
    await stores.shared.announce(next)
    past.set(live.plan.number, live.plan)
    live = indexOf(next)
    await tell(changeListeners)
  }
  const switchTo = async (next: StopState): Promise<void> => {
    stops = next
    await tell(stopListeners)
  }
  /** Stops first, and then on record; resumes the other way round. */
  const refreshStops = async (): Promise<void> => {
    const stored: StopState = await stores.stops.read()
    const turns = turnsBetween(stops, stored).filter(({ partner }) => !unsaved.has(partner))
    const [stopped, resumed] = [turns.filter((turn) => turn.stopped), turns.filter((turn) => !turn.stopped)]
    if (stopped.length > 0) await switchTo(stopped.reduce(turned, stops))
    for (const turn of turns) await stores.shared.announceTurn(turn)
    // What was stopped here meanwhile stays so.
    const left = resumed.filter(({ partner }) => !unsaved.has(partner))
    if (left.length > 0) await switchTo(left.reduce(turned, stops))
  }

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
        // Sound: numbers up to the live one; a missing revision has no keys.
        const plan = stores.revisions.read((keysReadTo + 1) as Revision)
        for (const [key, owner] of keyOwners(plan?.apps ?? [])) formerKeys.set(key, owner)
      }
      return formerKeys
    },
    texts: (number) => stores.revisions.texts(number),
    continueAbove: (number) => {
      takenUpTo = Math.max(takenUpTo, number)
    },
    publish: async ({ plans, texts, publication, approved }, now, base) => {
      const attempt = inTurn(async () => {
        const { number, digest } = live.plan
        if (base !== undefined && base !== number) throw new RevisionMoved(number)
        if (digestOfPlans(plans) === digest) return { revision: number, changed: false }
        const next = planOf(plans, nextAfter(Math.max(number, takenUpTo)), now, { ...publication, parent: number })
        await stores.revisions.write(next, texts, approved)
        await makeLive(next)
        return { revision: next.number, changed: true }
      })
      const published = await attempt.catch(async (error: unknown) => {
        // Whoever tries again finds the one that is live.
        if (error instanceof RevisionMoved) await book.refresh()
        throw error
      })
      // Whoever acts on the former terms a little longer sends less than may be sent.
      if (published.changed && publication.change !== 'wider') await stores.shared.everywhere()
      return published
    },
    stop: stopNow,
    stopAll: () => stopNow('all'),
    resume: resumeLater,
    resumeAll: () => resumeLater('all'),
    stops: () => stops,
    stopsReadable: () => readable,
    isShared: stores.shared !== ALONE,
    refresh: () =>
      inTurn(async () => {
        if (!book.isShared) return
        // Sound: the number of a stored revision.
        const newest = (await stores.revisions.newest()) as Revision
        if (newest > live.plan.number) await makeLive(stores.revisions.read(newest)!)
        await refreshStops()
      }),
    everywhere: () => stores.shared.everywhere(),
  }
  return book
}

/** Each switch that differs, as it is afterwards. */
function turnsBetween(before: StopState, after: StopState): readonly StopTurn[] {
  const partners = [...new Set([...before.partners, ...after.partners])]
  const turns = partners.flatMap((partner) => {
    const stopped = after.partners.has(partner)
    return stopped === before.partners.has(partner) ? [] : [{ partner, stopped }]
  })
  return before.all === after.all ? turns : [{ partner: 'all', stopped: after.all }, ...turns]
}

export interface Live {
  readonly plan: RevisionPlan
  readonly apps: ReadonlyMap<AppId, AppPlan>
  readonly keys: ReadonlyMap<string, { readonly app: AppPlan; readonly retired: boolean }>
  readonly contracts: ReadonlyMap<PartnerId, ContractPlan>
}

export function indexOf(plan: RevisionPlan): Live {
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
  // Sound: numbers count up from 1, with gaps only for lost revisions.
  return (number + 1) as Revision
}
