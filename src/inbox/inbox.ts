/**
 * Lists event and property names that no contract mentions, as to-dos: at once for a test app, otherwise once enough different
 * subjects sent them. An item holds the name, counts, times and the staff decision, but no value and no subject.
 */
import { LRUCache } from 'lru-cache'
import type { AppId, EpochMs } from '../model/brand.ts'
import type { RevisionPlan } from '../model/contract.ts'
import { isRelayKey } from '../model/relay-map.ts'
import { type Counted, KnownNames } from './known.ts'
import type { BlockedName, Inbox, InboxItem, ItemState, NameWatch } from './ports.ts'
import type { InboxStore } from './store.ts'
import { createSubjectCounter, type Sketch, type SubjectCounter } from './subjects.ts'

/** Different subjects that must have sent a name before it is shown. */
export const MIN_SUBJECTS = 20
/** Most waiting names. */
export const MAX_WAITING = 500
/** Most waiting names of one app, so that one write key cannot fill the inbox. */
const MAX_WAITING_OF_APP = 200
/** Most ignored or granted names kept. Beyond that the oldest is forgotten, and listed again if it recurs. */
const MAX_DONE = 2_000
/** Names of one app counted over data threads; the least recently met is evicted. */
const MAX_COUNTING = 1_000
/** Subjects of one app that a data thread tells of between two messages. */
const MAX_MET = 200
const SAVE_EVERY_MS = 30_000
const SAVE_SOON_MS = 1_000

export interface InboxDeps {
  readonly store: InboxStore
  readonly current: () => RevisionPlan
  readonly now: () => EpochMs
  readonly random: (bytes: number) => Uint8Array
  readonly failed: (where: string, error: unknown) => void
}

interface Kept {
  item: InboxItem
  count: number
}

export async function openInbox({ store, current, now, random, failed }: InboxDeps): Promise<Inbox> {
  const state = await store.read()
  let next = state.next
  const kept = new Map<number, Kept>(state.items.map((item) => [item.id, { item, count: item.count }]))
  const counter = createSubjectCounter(now, random)
  const hasEnough = createMetCounter(counter)
  let known = new Map<AppId, KnownNames>()
  let notKept = 0
  let isDirty = false
  let saving: Promise<void> = Promise.resolve()
  let soon: NodeJS.Timeout | undefined

  const ofState = (wanted: ItemState): Kept[] => [...kept.values()].filter(({ item }) => item.state === wanted)
  /** Copies the live counts into the items. */
  const catchUp = (): void => {
    for (const one of kept.values()) {
      if (one.count === one.item.count) continue
      one.item = { ...one.item, count: one.count, lastAt: now() }
      isDirty = true
    }
  }
  const save = (): Promise<void> => {
    saving = saving
      .catch(() => undefined)
      .then(async () => {
        catchUp()
        if (!isDirty) return
        isDirty = false
        try {
          await store.write({ next, items: [...kept.values()].map(({ item }) => item) })
        } catch (error) {
          isDirty = true
          throw error
        }
      })
    return saving
  }
  const saveLater = (): void => {
    void save().catch((error: unknown) => failed('inbox', error))
  }
  const timer = setInterval(saveLater, SAVE_EVERY_MS).unref()
  const saveSoon = (): void => {
    isDirty = true
    soon ??= setTimeout(() => {
      soon = undefined
      saveLater()
    }, SAVE_SOON_MS).unref()
  }

  const found = (app: AppId, event: string, name: string, count = 1): Kept | undefined => {
    const waiting = ofState('waiting')
    if (waiting.length >= MAX_WAITING || waiting.filter(({ item }) => item.app === app).length >= MAX_WAITING_OF_APP) {
      notKept++
      return undefined
    }
    const at = now()
    const kind = name === '' ? 'event' : 'property'
    const item: InboxItem = { id: next++, app, kind, event, name, count, firstAt: at, lastAt: at, state: 'waiting' }
    const one: Kept = { item, count }
    kept.set(item.id, one)
    saveSoon()
    return one
  }
  const refresh = (): void => {
    const plan = current()
    const before = known
    const named = namesOf(plan)
    known = knownNames(plan, named, counter, found)
    for (const [id, one] of kept) {
      const { app, event, name, state: was } = one.item
      const isNamed = named.get(app)?.get(event)?.has(name) === true
      // Drop items of removed apps, and granted names that no contract mentions any more.
      if (!known.has(app) || (was === 'granted' && !isNamed)) kept.delete(id)
      else if (isNamed && was !== 'granted' && was !== 'blocked') {
        const { by: _, ...item } = one.item
        one.item = { ...item, state: 'granted', at: now() }
      } else {
        if (was === 'waiting') known.get(app)?.ask(event, name, one)
        else known.get(app)?.settle(event, name)
        continue
      }
      isDirty = true
    }
    takeOver(known, before)
    forgetOldest()
  }
  const forgetOldest = (): void => {
    const done = [...ofState('ignored'), ...ofState('granted')]
    done.sort((a, b) => (a.item.at ?? 0) - (b.item.at ?? 0))
    for (const { item } of done.slice(0, Math.max(0, done.length - MAX_DONE))) kept.delete(item.id)
  }
  refresh()
  if (isDirty) saveSoon()

  const listedAs = (app: AppId, event: string, name: string): Kept | undefined =>
    [...kept.values()].find(({ item }) => item.app === app && item.event === event && item.name === name)
  return {
    look: (app, event, subject) => known.get(app)?.look(event, subject),
    met: (app, event, name, subject) => {
      if (!known.has(app) || listedAs(app, event, name) !== undefined) return
      const one = hasEnough(app, `${event}\0${name}`, subject) ? found(app, event, name) : undefined
      if (one !== undefined) known.get(app)?.ask(event, name, one)
    },
    note: (app, event, name, count) => {
      const listed = listedAs(app, event, name)
      if (listed === undefined) {
        const one = known.has(app) ? found(app, event, name, count) : undefined
        if (one !== undefined) known.get(app)?.ask(event, name, one)
      } else if (listed.item.state === 'waiting') listed.count += count
    },
    items: () => {
      catchUp()
      return [...kept.values()].map(({ item }) => item)
    },
    item: (id) => kept.get(id)?.item,
    waiting: () => ofState('waiting').length,
    notKept: () => notKept,
    say: async (id, word, by) => {
      const one = kept.get(id)
      if (one === undefined || one.item.state === 'granted') return undefined
      const before = one.item
      const { by: _, at: __, ...rest } = before
      one.item = word === 'waiting' ? { ...rest, state: word } : { ...rest, state: word, by, at: now() }
      isDirty = true
      try {
        await save()
      } catch (error) {
        one.item = before
        throw error
      }
      refresh()
      return one.item
    },
    refresh: () => {
      refresh()
      if (isDirty) saveSoon()
    },
    close: async () => {
      clearInterval(timer)
      clearTimeout(soon)
      await save().catch((error: unknown) => failed('inbox', error))
    },
  }
}

/** Counts subjects of names that data threads have not listed. True with the one that makes them enough. */
function createMetCounter(counter: SubjectCounter): (app: AppId, id: string, subject: string) => boolean {
  const byApp = new Map<AppId, LRUCache<string, Sketch>>()
  return (app, id, subject) => {
    const names = byApp.get(app) ?? new LRUCache<string, Sketch>({ max: MAX_COUNTING })
    byApp.set(app, names)
    const sketch = names.get(id) ?? counter.sketch()
    names.set(id, sketch)
    const isEnough = counter.add(sketch, counter.mark(subject)) >= MIN_SUBJECTS
    if (isEnough) names.delete(id)
    return isEnough
  }
}

type NamesByApp = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>
type Found = (app: AppId, event: string, name: string) => Counted | undefined

function knownNames(
  { apps }: Pick<RevisionPlan, 'apps'>,
  named: NamesByApp,
  counter: SubjectCounter,
  found: Found,
  met?: (app: AppId, event: string, name: string, subject: string) => boolean,
): Map<AppId, KnownNames> {
  const known = new Map(
    apps.map(({ id, test }) => [
      id,
      new KnownNames({
        counter,
        subjects: test === true ? 1 : MIN_SUBJECTS,
        found: (event, name) => found(id, event, name),
        ...(met && { met: (event, name, subject) => met(id, event, name, subject) }),
      }),
    ]),
  )
  for (const [app, events] of named)
    for (const [event, names] of events) {
      known.get(app as AppId)?.nameEvent(event)
      for (const name of names) known.get(app as AppId)?.settle(event, name)
    }
  return known
}

function takeOver(known: ReadonlyMap<AppId, KnownNames>, before: ReadonlyMap<AppId, KnownNames>): void {
  for (const [app, names] of known) {
    const former = before.get(app)
    if (former !== undefined) names.takeOver(former)
  }
}

/** Looks for names on a data thread, and keeps none: `flush` tells the inbox what enough subjects sent here, and how often. */
export interface NameScout extends NameWatch {
  refresh(): void
  flush(): void
}

export function createNameScout({
  current,
  now,
  random,
  tell,
}: Pick<InboxDeps, 'current' | 'now' | 'random'> & { readonly tell: Pick<Inbox, 'note' | 'met'> }): NameScout {
  const counter = createSubjectCounter(now, random)
  let known = new Map<AppId, KnownNames>()
  let seen: { readonly app: AppId; readonly event: string; readonly name: string; readonly of: Counted }[] = []
  const metOf = new Map<AppId, number>()
  const found: Found = (app, event, name) => {
    if (seen.length >= MAX_DONE) return undefined
    const of = { count: 1 }
    seen.push({ app, event, name, of })
    return of
  }
  /** One app's made-up names leave room for those of the others. */
  const met = (app: AppId, event: string, name: string, subject: string): boolean => {
    const before = metOf.get(app) ?? 0
    if (before >= MAX_MET) return false
    metOf.set(app, before + 1)
    tell.met(app, event, name, subject)
    return true
  }
  const refresh = (): void => {
    const before = known
    seen = []
    known = knownNames(current(), namesOf(current()), counter, found, met)
    takeOver(known, before)
  }
  refresh()
  return {
    look: (app, event, subject) => known.get(app)?.look(event, subject),
    refresh,
    flush: () => {
      metOf.clear()
      for (const { app, event, name, of } of seen) {
        if (of.count > 0) tell.note(app, event, name, of.count)
        of.count = 0
      }
    },
  }
}

type Contracts = Pick<RevisionPlan, 'contracts'>

/** App → event → property names in contracts; '' is the event itself. */
function namesOf({ contracts }: Contracts): NamesByApp {
  const named = new Map<string, Map<string, Set<string>>>()
  for (const { apps, events } of contracts)
    for (const app of apps)
      for (const [event, { properties }] of Object.entries(events)) {
        if (isRelayKey(event)) continue
        const ofApp = named.get(app) ?? new Map<string, Set<string>>()
        named.set(app, ofApp)
        const names = ofApp.get(event) ?? new Set([''])
        ofApp.set(event, names)
        for (const path of Object.keys(properties)) names.add(path.replace(/^properties\./, ''))
      }
  return named
}

/** Blocked names that a change would grant and no live contract mentions yet. */
export function blockedNames(items: readonly InboxItem[], live: Contracts, wanted: Contracts): readonly BlockedName[] {
  const blocked = items.filter(({ state }) => state === 'blocked')
  if (blocked.length === 0) return []
  const [before, after] = [namesOf(live), namesOf(wanted)]
  return blocked
    .filter(({ app, event, name }) => {
      const isNamed = (names: ReturnType<typeof namesOf>): boolean => names.get(app)?.get(event)?.has(name) === true
      return isNamed(after) && !isNamed(before)
    })
    .map(({ app, event, name }) => ({ app, event, name }))
}
