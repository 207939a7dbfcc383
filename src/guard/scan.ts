/**
 * The last-hop scanner: a withheld value must not be in the bytes, in any form. It trusts neither the field map nor the
 * encoder: it sees what was received, what the view passes and what would be sent.
 */
import type { FieldValues, View } from '../model/values.ts'
import { networksOf } from './address.ts'
import { createHaystack, type Form } from './haystack.ts'
import { kindByLook } from './kinds.ts'
import { keysOf, leavesOf, type WalkedLeaves } from './leaves.ts'
import { createNeedleMemory, type NeedleMemory } from './memory.ts'
import { firstNeedleOf, type Needle, needleOf, positionNeedle } from './needle.ts'
import { isEnough } from './own-ids.ts'
import { isNamePart, type Pair, pairsIn } from './pairs.ts'
import { Passing, slotsByText } from './passing.ts'
import { kindOf, NAMES, NAMING_SLOTS, REDUCES, REMEMBERED_SLOTS, traitsOf } from './slots.ts'
import { type FormsVersion, NEWEST_FORMS } from './version.ts'
import { wholeOf } from './words.ts'

/**
 * Names the kind of a value (a field class, or what it looks like) and the form it was in. Never contains the value.
 */
export type ScanResult =
  | { readonly clear: true }
  | { readonly clear: false; readonly what: string; readonly form: Form | 'whole' | 'unread' }

export interface ScanInput {
  /** The event's fields as received. */
  readonly raw: FieldValues
  /** The same fields as treated. */
  readonly view: View
  readonly bytes: string
  /** The encoder's constants: `constantsOf` an item for an empty view under the same flags. */
  readonly constants: ReadonlySet<string>
  /** Whether a class passes whole; without it, whether the view has it. */
  readonly isGranted?: (kind: 'email' | 'phone') => boolean
}

/** Slots with facts about a device, in numbers with points. */
const FACT_SLOTS: ReadonlySet<string> = new Set<keyof FieldValues>(['os', 'device', 'network', 'time'])
const NOTHING: ReadonlySet<string> = new Set()
/** More than was examined, or unreadable: it does not pass. */
export const UNREAD: ScanResult = { clear: false, what: 'value', form: 'unread' }
/** Keys that are words belong to the partner's format. */
const WORD_KEY = /^[A-Za-z_$]*$/
const MIN_REPEATED = 5
const PERSON_IDS: ReadonlySet<string> = new Set<keyof FieldValues>(['user_id', 'anonymous_id'])
export const CLEAR: ScanResult = { clear: true }

/** By look alone, without caching. */
const FIRST_MEMORY: NeedleMemory = {
  of: (_, text) => firstNeedleOf(text),
  position: positionNeedle,
  forget: () => undefined,
}

/** The leaves of an event, each prepared for the search once, when it is first withheld from a partner. */
class Sought {
  readonly leaves: WalkedLeaves
  readonly pairs: readonly Pair[]
  /** See `traitsOf`. */
  readonly traits: readonly number[]
  readonly #needles: (Needle | undefined | null)[]
  readonly #memory: NeedleMemory
  constructor(raw: FieldValues, memory: NeedleMemory) {
    this.leaves = leavesOf(raw)
    this.traits = traitsOf(this.leaves.slots)
    this.pairs = memory === FIRST_MEMORY ? [] : pairsIn(this.leaves, this.leaves.slots, memory.position)
    this.#memory = memory
    this.#needles = new Array(this.leaves.texts.length).fill(null)
  }
  /** Undefined for a plain value. */
  needle(index: number): Needle | undefined {
    let needle = this.#needles[index]
    if (needle === null) {
      needle = needleIn(this.leaves.slots[index]!, this.leaves.keys[index]!, this.leaves.texts[index]!, this.#memory)
      this.#needles[index] = needle
    }
    return needle
  }
}

/** A system version of four parts looks like an address, a screen density like a degree: they are neither. */
function needleIn(slot: string, key: string, text: string, memory: NeedleMemory): Needle | undefined {
  if (REMEMBERED_SLOTS.has(slot) && memory !== FIRST_MEMORY)
    return memory.of(slot === 'name' && isNamePart(key) ? 'name_part' : slot, text)
  const needle = memory === FIRST_MEMORY ? memory.of(slot, text) : needleOf(text)
  const isNumber = needle?.how === 'ip' || needle?.how === 'degree'
  return isNumber && FACT_SLOTS.has(slot) ? undefined : needle
}

export interface Scan {
  (input: ScanInput): ScanResult
  /** Forgets the forms of all values searched for: call before an erasure is answered. */
  forget(): void
}

/**
 * A scanner caches the leaves of an event while the event lives: it goes to several partners.
 * @param version an earlier one only for comparison
 */
export function createScanner(version: FormsVersion = NEWEST_FORMS): Scan {
  const memory = version > 1 ? createNeedleMemory() : FIRST_MEMORY
  const soughtByEvent = new WeakMap<object, Sought>()
  const soughtIn = (raw: FieldValues): Sought => {
    let sought = soughtByEvent.get(raw)
    if (sought === undefined) {
      sought = new Sought(raw, memory)
      soughtByEvent.set(raw, sought)
    }
    return sought
  }

  const scan = ({ raw, view, bytes, constants, isGranted }: ScanInput): ScanResult => {
    const sought = soughtIn(raw)
    const { slots, texts, cut } = sought.leaves
    if (cut) return UNREAD
    const viewed = leavesOf(view)
    const passing = new Passing(viewed, version)
    const granted = version > 1 ? (isGranted ?? ((kind) => Object.hasOwn(view, kind))) : () => true
    const withheld: number[] = []
    /** In the order of `withheld`. */
    const isAbsent: boolean[] = []
    for (let index = 0; index < texts.length; index++) {
      const slot = slots[index]!
      const text = texts[index]!
      const fate = passing.fateOf(slot, text)
      if (fate === 'passes' && isOfGranted(slot, text, granted)) continue
      if (fate === 'absent') {
        const traits = sought.traits[index]!
        if ((traits & REDUCES) !== 0 && passing.isInReduced(slot, text)) continue
        // The encoder's constants say nothing about this event.
        if ((traits & NAMES) === 0 && constants.has(text)) continue
      }
      withheld.push(index)
      isAbsent.push(fate === 'absent')
    }
    if (withheld.length === 0) return CLEAR

    const own = { numbers: Object.values(view.coordinates ?? {}), networks: networksOf(view.ip) }
    const haystack = createHaystack(bytes, own, () => needlesAt(sought, withheld), version)
    for (const index of withheld) {
      const needle = sought.needle(index)
      const form = needle && haystack.find(needle)
      if (form !== undefined) return { clear: false, what: kindOf(slots[index]!, needle), form }
    }
    for (const { first, second, kind, needle } of sought.pairs) {
      if (!withheld.includes(first) && !withheld.includes(second)) continue
      const form = haystack.find(needle)
      if (form !== undefined) return { clear: false, what: kind, form }
    }
    // Longer names were searched for in the whole text.
    const isShort = (index: number): boolean =>
      (sought.traits[index]! & NAMES) !== 0 &&
      (sought.needle(index)?.how ?? 'word') === 'word' &&
      !WORD_KEY.test(texts[index]!)
    const asksForKeys = withheld.some(isShort)
    const mayBeWhole = (index: number, at: number): boolean => {
      if (view.property !== undefined && isShortName(sought.needle(index))) return true
      const isName = (sought.traits[index]! & NAMES) !== 0
      return (isName || isAbsent[at] === true) && haystack.mayHoldWhole(texts[index]!, isName)
    }
    if (!asksForKeys && !withheld.some(mayBeWhole)) return CLEAR

    const { leaves, documents, isWhole } = readItem(bytes)
    if (!isWhole) return UNREAD
    const passed = slotsByText(viewed)
    const unexplained = new Set(leaves.filter((text) => !passed.has(text) && !constants.has(text)))
    const named = view.property === undefined ? NOTHING : namedAlone(leaves, passed)
    const wholes = namesAmong(named)
    const keys = asksForKeys ? keysIn(documents, view) : NOTHING
    if (unexplained.size === 0 && named.size === 0 && keys.size === 0) return CLEAR
    const hit = withheld.find(
      (index) =>
        unexplained.has(texts[index]!) ||
        repeats(slots[index]!, texts[index]!, named) ||
        sought.needle(index)?.told.whole.some((name) => wholes().has(name)) === true ||
        (keys.has(texts[index]!) && NAMING_SLOTS.has(slots[index]!)),
    )
    return hit === undefined ? CLEAR : { clear: false, what: kindOf(slots[hit]!, sought.needle(hit)), form: 'whole' }
  }
  return Object.assign(scan, { forget: () => memory.forget() })
}

function needlesAt(sought: Sought, indices: readonly number[]): readonly Needle[] {
  return indices.map((index) => sought.needle(index)).filter((needle) => needle !== undefined)
}

/**
 * False if a value passes in its own slot and is also something that does not: an e-mail address or a phone number as a
 * user id, or in a property.
 */
export function isOfGranted(slot: string, text: string, isGranted: (kind: 'email' | 'phone') => boolean): boolean {
  const kind = kindByLook(text)
  return kind === undefined || kind === slot || isGranted(kind)
}

/** Leaves of the item that only properties pass, in lower case. */
function namedAlone(leaves: readonly string[], passed: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const byProperty = leaves.filter((text) => passed.get(text)?.every((slot) => slot === 'property') === true)
  return new Set(byProperty.map((text) => text.toLowerCase()))
}

/**
 * True if a property equals an identity withheld in its own slot. Shorter texts are equal by chance too often: user
 * `42` may well have bought 42 things.
 */
function repeats(own: string, text: string, named: ReadonlySet<string>): boolean {
  return isRepeatable(own, text) && named.has(text.toLowerCase())
}

/** True for a value that identifies a user wherever it is a whole value. */
export function isRepeatable(slot: string, text: string): boolean {
  return NAMING_SLOTS.has(slot) && (text.length >= MIN_REPEATED || (PERSON_IDS.has(slot) && isEnough(text)))
}

function isShortName(needle: Needle | undefined): boolean {
  return needle !== undefined && needle.told.whole.length > 0
}

/** Whole values as names are compared, computed on first use. */
function namesAmong(named: ReadonlySet<string>): () => ReadonlySet<string> {
  let made: ReadonlySet<string> | undefined
  return () => {
    made ??= new Set([...named].map(wholeOf))
    return made
  }
}

/** The encoder's constants, from an item without data. */
export function constantsOf(bytes: string): ReadonlySet<string> {
  return new Set(readItem(bytes).leaves)
}

/** An item, parsed: a document or path, a form's fields, headers one a line. */
interface Item {
  /** Values of a JSON document, a query, path segments, headers, a body. */
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

/** Undefined if it is not JSON. */
function jsonOf(text: string): unknown {
  if (text[0] !== '{' && text[0] !== '[') return undefined
  try {
    return JSON.parse(text)
  } catch {
    // A path or form.
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
