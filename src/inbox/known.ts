/**
 * What is known of the names of one app's events, as a tree that an event is walked along: one look-up a name. What a live
 * contract names, what waits, and what somebody said something about is in it; of other names, how many subjects had them.
 */
import { LRUCache } from 'lru-cache'
import { isShowable } from '../guard/showable.ts'
import type { JsonObject } from '../model/brand.ts'
import { EVENT_KINDS } from '../model/values.ts'
import type { Mark, Sketch, SubjectCounter } from './subjects.ts'

/** A name that is asked about, as it is counted. */
export interface Counted {
  count: number
}
/** Of one name. `asked`: only how often it comes is counted. `counting`: by subjects, until there are enough. */
interface Entry {
  kind: 'settled' | 'asked' | 'counting' | 'holder'
  asked?: Counted
  sketch?: Sketch
  /** Names within an object of this name, and within the objects of a list of this name. */
  inner?: Names
  list?: Names
}
type Names = Map<string, Entry>

export interface KnownDeps {
  readonly counter: SubjectCounter
  /** Different subjects before a name is asked about; 1 for an app of tests. */
  readonly subjects: number
  /** A name has come from so many. What is to be counted from now on; undefined where there is no room for it. */
  readonly found: (event: string, name: string) => Counted | undefined
}

/** Names looked at more closely, of one event: the others have their turn with another one. */
const MAX_NEW = 64
/** Of one app: names that are none, remembered so that they are looked at once; and objects that names are within. */
const MAX_NONE = 5_000
const MAX_HOLDERS = 5_000
/** Names counted at once; the one unseen for longest gives way. */
const MAX_COUNTING = 1_000
/** Steps of a property's path that are looked at. */
const MAX_STEPS = 4
/** Objects of a list that are looked into. */
const MAX_LISTED = 3

/** Where a name that is counted stands. */
interface Place {
  readonly event: string
  readonly name: string
  readonly holder: Names
  readonly key: string
  readonly entry: Entry
}

/** The names under way of one event. */
interface Walk {
  readonly event: string
  readonly subject: string
  mark: Mark | undefined
  left: number
}

export class KnownNames {
  readonly #deps: KnownDeps
  readonly #events = new Map<string, { readonly entry: Entry; isNamed: boolean; readonly names: Names }>()
  /** Events that no contract names are counted among themselves. */
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

  /** A live contract names the event: names within it are of interest. */
  nameEvent(event: string): void {
    this.#eventOf(event).isNamed = true
  }

  /** A live contract names it, or nothing is to be asked about it again. `name` '' is the event itself. */
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

  /** Goes on counting what another one counted. */
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

  /** One name that an event has, with a value of its own. Known ones cost the look-up that found them. */
  #see(entry: Entry | undefined, holder: Names, key: string, prefix: string, walk: Walk): void {
    if (entry?.kind === 'settled') return
    if (entry?.kind === 'asked') entry.asked!.count++
    else if (walk.left > 0) this.#meet(entry, holder, key, prefix, walk)
  }

  /** A name that is not known: counted, and asked about once enough subjects had it. */
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
    const { counter, subjects, found } = this.#deps
    const entry = known ?? { kind: 'counting' }
    entry.kind = 'counting'
    entry.sketch ??= counter.sketch()
    holder.set(key, entry)
    walk.mark ??= counter.mark(walk.subject)
    const id = `${event}\0${name}`
    if (counter.add(entry.sketch, walk.mark) < subjects) {
      this.#counting.set(id, { event, name, holder, key, entry })
      return
    }
    this.#counting.delete(id)
    delete entry.sketch
    const asked = found(event, name)
    if (asked !== undefined) {
      entry.kind = 'asked'
      entry.asked = asked
      // Nor is there room to remember without end that there was none: it is counted anew.
    } else if (this.#none++ < MAX_NONE) entry.kind = 'settled'
    else this.#forget(holder, key, entry)
  }

  /** Unless names are within it. */
  #forget(holder: Names, key: string, entry: Entry): void {
    if (entry.inner === undefined && entry.list === undefined) holder.delete(key)
    entry.kind = 'holder'
    delete entry.sketch
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

  /** Where a path ends; made where it is not there. */
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

/** True for what can be a step of a contract's path. */
function isStep(key: string): boolean {
  return /^[^.[\]]*[^.[\]\s]$/u.test(key)
}

/** Traits of these calls; of any other event they are the person's, and were asked about there. */
function hasTraits(event: string): boolean {
  return event === '@identify' || event === '@group'
}

/** A contract's path as the tree has it; undefined for one that leads elsewhere than what is looked at of this event. */
function pathIn(event: string, name: string): string | undefined {
  const isTrait = name.startsWith(TRAITS)
  if (hasTraits(event)) return isTrait ? name.slice(TRAITS.length) : name === '' ? '' : undefined
  return isTrait ? undefined : name.replace(/^properties\./, '')
}

/** A track event that is called like a call would be taken for it in a contract. */
function isCall(key: string): boolean {
  return EVENT_KINDS.some((kind) => key === `@${kind}`)
}
