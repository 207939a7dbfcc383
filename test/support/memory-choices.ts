/**
 * A second implementation of the ports of choices: one log that several nodes append to, each with a view of its own that
 * follows it. Appends take their time and may fail, before they are kept or after; the feed comes late and in bursts.
 */
import { createSecretKey, randomBytes } from 'node:crypto'
import { expirePermissions, pruneLinks } from '../../src/choices/aging.ts'
import { eraseIdentities } from '../../src/choices/erase.ts'
import { createHandles } from '../../src/choices/handles.ts'
import { createIdentityKeys } from '../../src/choices/identity.ts'
import { type Changed, EVERYONE } from '../../src/choices/last-changed.ts'
import type {
  Aging,
  Appended,
  Choices,
  ChoicesLog,
  ErasureSteps,
  Freshness,
  Kept,
  Lift,
  LogEntry,
  LogPosition,
  Reached,
} from '../../src/choices/ports.ts'
import { stepAll } from '../../src/choices/reach.ts'
import { createChoicesService } from '../../src/choices/service.ts'
import { inherit } from '../../src/choices/split.ts'
import { listStatements } from '../../src/choices/standing.ts'
import type { KeptStatement } from '../../src/choices/store.ts'
import { createChoicesView, type StandingRows } from '../../src/choices/view.ts'
import { watchStore } from '../../src/choices/watched-store.ts'
import { keepChoice, keepObservation } from '../../src/choices/write.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { createMemoryStore } from './memory-store.ts'

const INDEX_KEY = createSecretKey(Buffer.alloc(32, 1))

/** An entry of the feed, and the state that it makes. */
interface FeedEntry extends LogEntry {
  readonly rows: ReadonlyMap<IdentityKey, readonly KeptStatement[]>
  readonly linked: ReadonlySet<IdentityKey>
}
interface Follower {
  readonly take: (entry: FeedEntry) => void
  readonly waiting: FeedEntry[]
}

/** How the log behaves. All of it is asked again for every append and every entry. */
export interface LogTiming {
  /** Turns until an append is committed, until it is answered after that, and until a follower is told of it. */
  readonly turns: (what: 'commit' | 'answer' | 'feed') => number
  /** Fails this append, before it is kept or after. */
  readonly fails?: () => 'before' | 'after' | undefined
}
const PROMPT: LogTiming = { turns: () => 0 }

export interface MemoryLog {
  /** Tells each follower of everything that waits, in one burst. */
  deliver(): void
  head(): LogPosition
  /** Resolves once every follower has been told up to here. */
  followed(at: LogPosition): Promise<void>
  /** A node of its own: a process over the same log. */
  open(options: NodeOptions): MemoryChoices
}
export interface NodeOptions {
  readonly freshness: Freshness
  readonly now: () => number
  readonly feedBoundMs?: number
  /** Told instead of the service, which it hands on to: for planting faults. */
  readonly between?: (entry: LogEntry) => LogEntry
}
export interface MemoryChoices extends Choices, Aging, Pick<ErasureSteps, 'beginErasure'> {
  counts(): Promise<{ choices: number; links: number; covers: number; walksCutShort: number }>
  /** Look-ups throw until it is called with false. */
  lose(isLost: boolean): void
}

/** @param isHeld the feed is delivered by `deliver` alone, and otherwise by itself */
export function createMemoryLog(timing: LogTiming = PROMPT, isHeld = false): MemoryLog {
  const { store, take } = watchStore(createMemoryStore())
  const namespaces = new Set<string>()
  const followers = new Set<Follower>()
  const watchers = new Set<() => void>()
  let position: LogPosition = 0
  const waiting: { readonly commit: () => void; readonly answer: () => void }[] = []

  const snapshot = (changed: Changed): Pick<FeedEntry, 'rows' | 'linked'> => {
    const keys = [...(changed === EVERYONE ? store.everybody() : changed)]
    return {
      rows: new Map(keys.map((key) => [key, store.statementsOn(key)])),
      linked: new Set(keys.filter((key) => store.neighbours(key, 1).length > 0)),
    }
  }
  const tell = (follower: Follower): void => {
    for (const entry of follower.waiting.splice(0)) follower.take(entry)
    for (const check of [...watchers]) check()
  }
  const commit = <T>(work: (note: (at: number) => void) => T, isForEveryone = false): Appended<T> => {
    const lifts: Lift[] = []
    let changed: Changed = []
    const note = (at: number): void => {
      const one = take()
      changed = changed === EVERYONE || one.changed === EVERYONE ? EVERYONE : [...changed, ...one.changed]
      if (one.lifted.length > 0) lifts.push({ keys: one.lifted, at })
    }
    const value = work(note)
    note(0)
    if (isForEveryone) changed = EVERYONE
    const at = ++position
    const entry: FeedEntry = { at, changed, lifts, ...snapshot(changed) }
    for (const follower of followers) {
      follower.waiting.push(entry)
      if (!isHeld) void turns(timing.turns('feed')).then(() => tell(follower))
    }
    return { value, at }
  }
  /** What waits as the log turns to it is committed in one go, in its order. */
  const commitAll = async (): Promise<void> => {
    await turns(timing.turns('commit'))
    const group = waiting.splice(0)
    for (const one of group) one.commit()
    await turns(timing.turns('answer'))
    for (const one of group) one.answer()
  }
  const append = <T>(work: (note: (at: number) => void) => T, isForEveryone = false): Promise<Appended<T>> => {
    const fails = timing.fails?.()
    const refused = (why: string) => new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, new Error(why))
    return new Promise((resolve, reject) => {
      let appended: Appended<T> | undefined
      if (waiting.length === 0) void commitAll()
      waiting.push({
        commit: () => {
          if (fails !== 'before') appended = commit(work, isForEveryone)
        },
        answer: () => {
          if (appended === undefined) reject(refused('refused'))
          else if (fails === 'after') reject(refused('kept, and nobody said so'))
          else resolve(appended)
        },
      })
    })
  }
  const logOf = (follower: Follower, told: { entry: (entry: LogEntry) => void }): ChoicesLog => ({
    put: (keys, statement) =>
      append((note): Reached => {
        const reaches = keepChoice(store, keys, statement)
        note(statement.at)
        while (!stepAll(store, reaches));
        const reached = [...new Set([...keys, ...(reaches[0]?.reached ?? [])])]
        return { keys: reached, complete: reaches.every((reach) => reach.isComplete()) }
      }),
    observe: (observations) =>
      append((note) =>
        observations.map((observation): Kept => {
          const kept = keepObservation(store, observation)
          note(observation.at)
          return kept
        }),
      ),
    beginErasure: (erasure) =>
      append((note) => {
        eraseIdentities(store, erasure.keys, erasure)
        note(erasure.at)
        return undefined
      }, true),
    inherit: (pairs) =>
      append(() => {
        for (const [from, to] of pairs) inherit(store, from, to, 0)
        return undefined
      }),
    expirePermissions: (before, after) => append(() => expirePermissions(store, before, after)),
    pruneLinks: (before, after) => append(() => pruneLinks(store, before, after)),
    addNamespaces: (names) =>
      append(() => {
        for (const name of names) namespaces.add(name)
        return undefined
      }),
    usersAfter: async (after, max) => store.usersAfter(after, max),
    list: async (keys) => listStatements(keys.flatMap((key) => store.statementsOn(key))),
    follow: (call) => {
      told.entry = call
      followers.add(follower)
    },
  })

  return {
    head: () => position,
    deliver: () => {
      for (const follower of followers) tell(follower)
    },
    followed: async (at) => {
      const isReached = (): boolean => [...followers].every(({ waiting }) => !waiting.some((entry) => entry.at <= at))
      while (!isReached()) {
        const { promise, resolve } = Promise.withResolvers<void>()
        watchers.add(resolve)
        await promise
        watchers.delete(resolve)
      }
    },
    open: ({ freshness, now, feedBoundMs, between = (entry) => entry }) => {
      const view = createMemoryView(snapshot(EVERYONE))
      const told = { entry: (_: LogEntry): void => {} }
      const follower: Follower = {
        waiting: [],
        take: (entry) => {
          view.apply(entry)
          const { at, changed, lifts } = entry
          told.entry(between({ at, changed, lifts }))
        },
      }
      const log = logOf(follower, told)
      const identities = createIdentityKeys(INDEX_KEY)
      const bound = feedBoundMs === undefined ? {} : { feedBoundMs }
      const { keyOf, formerKeysOf, keysFor } = identities
      return {
        keyOf,
        formerKeysOf,
        keysFor,
        ...createChoicesView(view, freshness),
        ...createChoicesService({ log, identities, freshness, namespaces: [...namespaces], ...bound }),
        ...createHandles(INDEX_KEY, now, randomBytes),
        list: log.list,
        lose: view.lose,
        counts: async () => {
          const { choices, links, covers, walks_cut_short: walksCutShort } = store.totals
          return { choices, links, covers, walksCutShort }
        },
        health: () => ({ writable: true, why: '' }),
        close: async () => void followers.delete(follower),
      }
    },
  }
}

function createMemoryView(start: Pick<FeedEntry, 'rows' | 'linked'>) {
  const rows = new Map(start.rows)
  const linked = new Set(start.linked)
  let isLost = false
  const view: StandingRows = {
    standing: (keys) => {
      if (isLost) throw new Error('the view is not as new as it has to be')
      return keys.flatMap((key) => rows.get(key) ?? [])
    },
    isKnown: (key) => linked.has(key) || (rows.get(key)?.length ?? 0) > 0,
  }
  return {
    ...view,
    lose: (lost: boolean): void => {
      isLost = lost
    },
    apply: ({ rows: changed, linked: nowLinked }: FeedEntry): void => {
      for (const [key, standing] of changed) {
        rows.set(key, standing)
        if (nowLinked.has(key)) linked.add(key)
        else linked.delete(key)
      }
    },
  }
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
