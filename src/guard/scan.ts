/**
 * The last-hop scanner: a value that was withheld must not be in the bytes, in whatever form. It trusts neither the
 * field map nor the encoder: it sees what was received, what the view passes and what would be sent.
 */
import type { FieldValues, View } from '../model/values.ts'
import { createHaystack, type Form, type Needle, needleOf } from './haystack.ts'
import { keysOf, leavesOf, type WalkedLeaves } from './leaves.ts'
import { Passing, slotsByText } from './passing.ts'
import type { Shape } from './shape.ts'
import { NAMING_SLOTS } from './slots.ts'

/** Never holds the value. */
export type ScanResult =
  | { readonly clear: true }
  | { readonly clear: false; readonly what: Shape; readonly form: Form | 'whole' | 'unread' }

export interface ScanInput {
  /** The event's fields as received. */
  readonly raw: FieldValues
  /** The same fields as treated. */
  readonly view: View
  readonly bytes: string
  /** What the encoder writes of its own accord: `constantsOf` an item for an empty view under the same flags. */
  readonly constants: ReadonlySet<string>
}

/** Slots that hold facts of a device, in numbers with points. */
const FACT_SLOTS: ReadonlySet<string> = new Set<keyof FieldValues>(['os', 'device', 'network', 'time'])
const NOTHING: ReadonlySet<string> = new Set()
/** There is more than was looked at, or nobody can say: it does not pass. */
export const UNREAD: ScanResult = { clear: false, what: 'value', form: 'unread' }
/** Keys that are words belong to the partner's format. */
const WORD_KEY = /^[A-Za-z_$]*$/
export const MIN_REPEATED = 5
export const CLEAR: ScanResult = { clear: true }

/** The leaves of an event, each prepared for the search once, when a partner is found that it is withheld from. */
class Sought {
  readonly leaves: WalkedLeaves
  readonly #needles: (Needle | undefined | null)[]
  constructor(raw: FieldValues) {
    this.leaves = leavesOf(raw)
    this.#needles = new Array(this.leaves.texts.length).fill(null)
  }
  /** Undefined for a plain value. */
  needle(index: number): Needle | undefined {
    let needle = this.#needles[index]
    if (needle === null) {
      needle = needleIn(this.leaves.slots[index]!, this.leaves.texts[index]!)
      this.#needles[index] = needle
    }
    return needle
  }
}

/** A system's version of four parts looks like an address, a screen's density like a degree: they are neither. */
function needleIn(slot: string, text: string): Needle | undefined {
  const needle = needleOf(text)
  const isNumber = needle?.shape === 'ip' || needle?.shape === 'coordinates'
  return isNumber && FACT_SLOTS.has(slot) ? undefined : needle
}

export type Scan = (input: ScanInput) => ScanResult

/** A scanner remembers the leaves of an event while the event lives: it goes to several partners. */
export function createScanner(): Scan {
  const soughtByEvent = new WeakMap<object, Sought>()
  const soughtIn = (raw: FieldValues): Sought => {
    let sought = soughtByEvent.get(raw)
    if (sought === undefined) {
      sought = new Sought(raw)
      soughtByEvent.set(raw, sought)
    }
    return sought
  }

  return ({ raw, view, bytes, constants }) => {
    const sought = soughtIn(raw)
    const { slots, texts, cut } = sought.leaves
    if (cut) return UNREAD
    const viewed = leavesOf(view)
    const passing = new Passing(viewed)
    const withheld: number[] = []
    const absent = new Set<number>()
    for (let index = 0; index < texts.length; index++) {
      const fate = passing.fateOf(slots[index]!, texts[index]!)
      if (fate === 'passes') continue
      withheld.push(index)
      if (fate === 'absent') absent.add(index)
    }
    if (withheld.length === 0) return CLEAR

    const haystack = createHaystack(bytes, Object.values(view.coordinates ?? {}))
    for (const index of withheld) {
      const needle = sought.needle(index)
      const form = needle && haystack.find(needle)
      if (form !== undefined) return { clear: false, what: needle!.shape, form }
    }
    // Longer names were looked for in the whole text.
    const isShort = (index: number): boolean =>
      NAMING_SLOTS.has(slots[index]!) && sought.needle(index) === undefined && !WORD_KEY.test(texts[index]!)
    const asksForKeys = withheld.some(isShort)
    const mayBeWhole = (index: number): boolean => {
      const text = texts[index]!
      const isName = NAMING_SLOTS.has(slots[index]!)
      return (isName || (absent.has(index) && !constants.has(text))) && haystack.mayHoldWhole(text, isName)
    }
    if (!asksForKeys && !withheld.some(mayBeWhole)) return CLEAR

    const { leaves, documents, isWhole } = readItem(bytes)
    if (!isWhole) return UNREAD
    const passed = slotsByText(viewed)
    const unexplained = new Set(leaves.filter((text) => !passed.has(text) && !constants.has(text)))
    const named = view.property === undefined ? NOTHING : namedAlone(leaves, passed)
    const keys = asksForKeys ? keysIn(documents, view) : NOTHING
    if (unexplained.size === 0 && named.size === 0 && keys.size === 0) return CLEAR
    const hit = withheld.find(
      (index) =>
        unexplained.has(texts[index]!) ||
        repeats(slots[index]!, texts[index]!, named) ||
        (keys.has(texts[index]!) && NAMING_SLOTS.has(slots[index]!)),
    )
    return hit === undefined ? CLEAR : { clear: false, what: sought.needle(hit)?.shape ?? 'value', form: 'whole' }
  }
}

/** Leaves of the item that properties pass and nothing else, in small letters. */
function namedAlone(leaves: readonly string[], passed: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const byProperty = leaves.filter((text) => passed.get(text)?.every((slot) => slot === 'property') === true)
  return new Set(byProperty.map((text) => text.toLowerCase()))
}

/**
 * True where a property says what an identity's own slot withholds. Shorter texts are the same by chance too often: a
 * user `42` may well have bought 42 things.
 */
function repeats(own: string, text: string, named: ReadonlySet<string>): boolean {
  return text.length >= MIN_REPEATED && NAMING_SLOTS.has(own) && named.has(text.toLowerCase())
}

/** What an encoder writes of its own accord, from an item that holds nothing else. */
export function constantsOf(bytes: string): ReadonlySet<string> {
  return new Set(readItem(bytes).leaves)
}

/** An item, read whole: a document or path, a form's fields, headers a line. */
interface Item {
  /** A JSON document's, a query's values, a path's segments, headers' values, a body's. */
  readonly leaves: readonly string[]
  /** Its JSON documents. */
  readonly documents: readonly unknown[]
  readonly isWhole: boolean
}

export function readItem(bytes: string): Item {
  const [document = '', ...lines] = bytes.split('\n')
  const found = { leaves: [] as string[], documents: [] as unknown[], isWhole: true }
  const addJson = (text: string): boolean => {
    const value = jsonOf(text)
    if (value === undefined) return false
    const { texts, cut } = leavesOf(value)
    for (const leaf of texts) found.leaves.push(leaf)
    found.documents.push(value)
    if (cut) found.isWhole = false
    return true
  }
  if (!addJson(document)) found.leaves.push(...leavesOfPath(document))
  for (const line of lines) {
    if (addJson(line)) continue
    const colon = line.indexOf(': ')
    if (colon < 0) found.leaves.push(...leavesOfPath(line))
    else found.leaves.push(line.slice(colon + 2))
  }
  return found
}

/** Keys that are neither words nor names that a contract gives to properties, such as `contents[].id`. */
function keysIn(documents: readonly unknown[], { property = {} }: View): ReadonlySet<string> {
  const names = new Set(Object.keys(property).flatMap((name) => [name, ...name.split(/[.[\]]+/)]))
  const found = documents.flatMap((value) => [...keysOf(value)])
  return new Set(found.filter((key) => !WORD_KEY.test(key) && !names.has(key)))
}

/** Undefined where it is no JSON. */
function jsonOf(text: string): unknown {
  if (text[0] !== '{' && text[0] !== '[') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // A path or form, after all.
    return undefined
  }
}

function leavesOfPath(text: string): readonly string[] {
  const mark = text.indexOf('?')
  const leaves = text
    .slice(0, Math.max(0, mark))
    .split('/')
    .filter((segment) => segment !== '')
  for (const [, value] of new URLSearchParams(text.slice(mark + 1))) leaves.push(...leavesOf(value).texts)
  return leaves
}
