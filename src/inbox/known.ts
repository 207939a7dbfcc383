/**
 * The known names of one app's events, as a tree that each event is walked along with one look-up for each name. It holds names
 * in live contracts, waiting names and decided ones, and counts subjects for the others.
 */
import { LRUCache } from 'lru-cache'
import { isShowable } from '../guard/showable.ts'
import type { JsonObject } from '../model/brand.ts'
import { EVENT_KINDS } from '../model/values.ts'
import type { Mark, Sketch, SubjectCounter } from './subjects.ts'

/** The occurrence counter of a listed name. */
export interface Counted {
  count: number
}
/** One name. `asked`: listed, only occurrences are counted. `counting`: subjects are counted until there are enough. */
interface Entry {
  kind: 'settled' | 'asked' | 'counting' | 'holder'
  asked?: Counted
  sketch?: Sketch
  /** Subjects that were told of elsewhere. */
  told?: number
  /** Names within an object of this name, and within objects of a list of this name. */
  inner?: Names
  list?: Names
}
type Names = Map<string, Entry>

export interface KnownDeps {
  readonly counter: SubjectCounter
  /** Subjects needed before a name is listed; 1 for a test app. */
  readonly subjects: number
  /** Lists a name that enough subjects sent; returns its counter, or undefined if there is no room. */
  readonly found: (event: string, name: string) => Counted | undefined
  /** Hears each subject that is new to a name, where subjects are counted elsewhere, too. False: not now, ask again. */
  readonly met?: (event: string, name: string, subject: string) => boolean
}

/** New names processed in one event; the others wait for a later event. */
const MAX_NEW = 64
/** For one app: invalid names remembered, and objects that contain names. */
const MAX_NONE = 5_000
const MAX_HOLDERS = 5_000
/** Names counted concurrently; the least recently seen is evicted. */
const MAX_COUNTING = 1_000
/** Longest property path, in steps. */
const MAX_STEPS = 4
/** Objects of a list that are walked. */
const MAX_LISTED = 3

/** The position of a counted name in the tree. */
interface Place {
  readonly event: string
  readonly name: string
  readonly holder: Names
  readonly key: string
  readonly entry: Entry
}

/** State while one event is walked. */
interface Walk {
  readonly event: string
  readonly subject: string
  mark: Mark | undefined
  left: number
}

export class KnownNames {
  readonly #deps: KnownDeps
  readonly #events = new Map<string, { readonly entry: Entry; isNamed: boolean; readonly names: Names }>()
  /** Counts events that no contract mentions. */
  readonly #strangers: Names = new Map()
  readonly #counting = new LRUCache<string, Place>({
    max: MAX_COUNTING,
    dispose: ({ holder, key, entry }, _, reason) => {
      if (reason === 'evict') this.#forget(holder, key, entry)
    },
  })
  #none = 0
  #holders = 0

  constructor(deps: KnownDeps) {
    this.#deps = deps
  }

  look(event: JsonObject, subject: string): void {
    const { type } = event
    const key = type === 'track' ? event.event : `@${String(type)}`
    if (typeof key !== 'string') return
    const known = this.#events.get(key)
    const walk: Walk = { event: key, subject, mark: undefined, left: MAX_NEW }
    if (known?.isNamed === true) {
      const holder = hasTraits(key) ? event.traits : event.properties
      if (typeof holder === 'object' && holder !== null && !Array.isArray(holder))
        this.#walk(known.names, holder as JsonObject, hasTraits(key) ? TRAITS : '', 1, false, walk)
    } else if (known?.entry.kind === 'asked') known.entry.asked!.count++
    else if (known?.entry.kind !== 'settled' && type === 'track' && !isCall(key))
      this.#see(this.#strangers.get(key), this.#strangers, key, '', walk)
  }

  /** A live contract mentions the event: its property names are walked. */
  nameEvent(event: string): void {
    this.#eventOf(event).isNamed = true
  }

  /** A live contract mentions the name, or it was decided. `name` '' is the event itself. */
  settle(event: string, name: string): void {
    const path = pathIn(event, name)
    if (path !== undefined) this.#entryAt(event, path).kind = 'settled'
  }

  ask(event: string, name: string, counted: Counted): void {
    const path = pathIn(event, name)
    if (path === undefined) return
    const entry = this.#entryAt(event, path)
    entry.kind = 'asked'
    entry.asked = counted
  }

  /** Takes over the counts of a former instance. */
  takeOver(from: KnownNames): void {
    for (const { event, name, entry } of from.#counting.values()) {
      const path = pathIn(event, name)
      const known = this.#events.get(event)
      const id = `${event}\0${name}`
      if (name === '' && known === undefined) {
        this.#strangers.set(event, entry)
        this.#counting.set(id, { event, name, holder: this.#strangers, key: event, entry })
      } else if (name !== '' && path !== undefined && known?.isNamed === true && !/[.[]/.test(path)) {
        const own = this.#entryAt(event, path)
        if (own.kind !== 'holder' || entry.sketch === undefined) continue
        own.kind = 'counting'
        own.sketch = entry.sketch
        this.#counting.set(id, { event, name, holder: known.names, key: path, entry: own })
      }
    }
  }

  #walk(names: Names, object: JsonObject, prefix: string, steps: number, isListed: boolean, walk: Walk): void {
    for (const key in object) {
      const value = object[key]
      const first: unknown = Array.isArray(value) ? value[0] : value
      if (first == null) continue
      if (typeof first !== 'object') this.#see(names.get(key), names, key, prefix, walk)
      else if (steps < MAX_STEPS && !Array.isArray(first) && isStep(key)) {
        const holder = this.#holderAt(names, key)
        if (holder === undefined) continue
        if (!Array.isArray(value)) {
          holder.inner ??= new Map()
          this.#walk(holder.inner, first as JsonObject, `${prefix}${key}.`, steps + 1, isListed, walk)
        } else if (!isListed) {
          holder.list ??= new Map()
          for (const one of value.slice(0, MAX_LISTED))
            if (typeof one === 'object' && one !== null && !Array.isArray(one))
              this.#walk(holder.list, one as JsonObject, `${prefix}${key}[].`, steps + 1, true, walk)
        }
      }
    }
  }

  /** Handles one name with a value. A known one costs only its look-up. */
  #see(entry: Entry | undefined, holder: Names, key: string, prefix: string, walk: Walk): void {
    if (entry?.kind === 'settled') return
    if (entry?.kind === 'asked') entry.asked!.count++
    else if (walk.left > 0) this.#meet(entry, holder, key, prefix, walk)
  }

  /** Counts an unknown name, and lists it once enough subjects sent it. */
  #meet(known: Entry | undefined, holder: Names, key: string, prefix: string, walk: Walk): void {
    walk.left--
    const isEvent = holder === this.#strangers
    const { event } = walk
    const name = isEvent ? '' : prefix + key
    if (!isShowable(isEvent ? event : name) || !(isEvent || isStep(key))) {
      if (known !== undefined) known.kind = 'settled'
      else if (this.#none++ < MAX_NONE) holder.set(key, { kind: 'settled' })
      return
    }
    const { counter, subjects, found, met } = this.#deps
    const entry = known ?? { kind: 'counting' }
    entry.kind = 'counting'
    entry.sketch ??= counter.sketch()
    holder.set(key, entry)
    walk.mark ??= counter.mark(walk.subject)
    const id = `${event}\0${name}`
    const count = counter.add(entry.sketch, walk.mark)
    if (count > (entry.told ?? 0) && met?.(event, name, walk.subject) === true) entry.told = count
    if (count < subjects) {
      this.#counting.set(id, { event, name, holder, key, entry })
      return
    }
    this.#counting.delete(id)
    delete entry.sketch
    const asked = found(event, name)
    if (asked !== undefined) {
      entry.kind = 'asked'
      entry.asked = asked
      // No room in the inbox. If there is also no room to remember that, count it again later.
    } else if (this.#none++ < MAX_NONE) entry.kind = 'settled'
    else this.#forget(holder, key, entry)
  }

  /** Keeps the entry if names are within it. */
  #forget(holder: Names, key: string, entry: Entry): void {
    if (entry.inner === undefined && entry.list === undefined) holder.delete(key)
    entry.kind = 'holder'
    delete entry.sketch
    delete entry.told
  }

  #holderAt(names: Names, key: string): Entry | undefined {
    const known = names.get(key)
    if (known !== undefined || this.#holders >= MAX_HOLDERS) return known
    this.#holders++
    const made: Entry = { kind: 'holder' }
    names.set(key, made)
    return made
  }

  #eventOf(event: string) {
    let known = this.#events.get(event)
    if (known === undefined) {
      known = { entry: { kind: 'holder' }, isNamed: false, names: new Map() }
      this.#events.set(event, known)
    }
    return known
  }

  /** The entry at the end of a path; created if missing. */
  #entryAt(event: string, path: string): Entry {
    const known = this.#eventOf(event)
    let at: Entry = known.entry
    let names: Names = known.names
    const steps = path === '' ? [] : path.split('.')
    for (const [index, step] of steps.entries()) {
      const isList = step.endsWith('[]')
      const key = isList ? step.slice(0, -2) : step
      at = names.get(key) ?? { kind: 'holder' }
      names.set(key, at)
      if (index === steps.length - 1) break
      if (isList) names = at.list ??= new Map()
      else names = at.inner ??= new Map()
    }
    return at
  }
}

const TRAITS = 'traits.'

/** True for a valid step of a contract's path. */
function isStep(key: string): boolean {
  return /^[^.[\]]*[^.[\]\s]$/u.test(key)
}

/** True for calls whose names are traits. In other events traits are context and not listed again. */
function hasTraits(event: string): boolean {
  return event === '@identify' || event === '@group'
}

/** A contract's path in this tree; undefined for a part of the event that is not walked. */
function pathIn(event: string, name: string): string | undefined {
  const isTrait = name.startsWith(TRAITS)
  if (hasTraits(event)) return isTrait ? name.slice(TRAITS.length) : name === '' ? '' : undefined
  return isTrait ? undefined : name.replace(/^properties\./, '')
}

/** A track event named like a call would be mistaken for it in a contract. */
function isCall(key: string): boolean {
  return EVENT_KINDS.some((kind) => key === `@${kind}`)
}
