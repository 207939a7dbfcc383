/**
 * At acceptance: what no partner could receive is dropped before the event is stored, and the last-hop scanner will
 * never see it. So what is kept is searched here for what was dropped; a kept slot that holds it is tainted.
 */
import type { JsonObject } from '../model/brand.ts'
import { isPlaceholder } from '../model/placeholder.ts'
import type { FieldValues } from '../model/values.ts'
import { createHaystack } from './haystack.ts'
import { kindByKey, type Told } from './kinds.ts'
import { leavesOf, type WalkedLeaves } from './leaves.ts'
import { type Needle, needleOf, needleOfKind } from './needle.ts'
import { isEnough } from './own-ids.ts'
import { isNamePart, type Pair, pairsIn } from './pairs.ts'
import { IDENTITY_SLOTS, kindOf } from './slots.ts'
import { taintText } from './taint.ts'
import { squeeze } from './text.ts'
import { wholeOf } from './words.ts'

/** Kept slots whose values are numbers cut from the same cloth as much else: nothing is searched in them. */
const NUMBER_SLOTS: ReadonlySet<string> = new Set(['ip', 'coordinates', 'time'])
/**
 * Kept slots in which a value is an identity by nature: a dropped copy of it elsewhere taints nothing, another dropped
 * value inside it does, and so does the same value where its key says that it is of a class of its own.
 */
const OPEN_SLOTS: ReadonlySet<string> = new Set([...IDENTITY_SLOTS, 'time'])
/** Their pseudonyms tell nothing of the value, whatever it is. */
const KEYED_SLOTS: ReadonlySet<string> = new Set([...IDENTITY_SLOTS].filter((slot) => !NUMBER_SLOTS.has(slot)))
const LINK_SLOTS: ReadonlySet<string> = new Set<keyof FieldValues>(['url', 'referrer'])
/** The event's own ids, under their own keys. */
const OWN_IDS: Readonly<Record<string, string>> = {
  userId: 'user_id',
  anonymousId: 'anonymous_id',
  previousId: 'user_id',
}

const VERSION_KEY = /version|build/i

/** A kept text, under the slot that a decision names. */
interface Kept {
  readonly slot: string
  readonly text: string
}
interface Dropped {
  readonly kind: string
  readonly needle: Needle
}

/** What the events of a batch share, walked once for all of them. Place for place with its leaves: */
export interface ScreenedContext {
  readonly leaves: WalkedLeaves
  /** The class that its key tells. */
  readonly told: readonly (Told | undefined)[]
  /** What it is looked for as, where it looks like anybody's. */
  readonly needles: readonly (Needle | undefined)[]
  /** Leaves that say together what neither says alone. */
  readonly pairs: readonly Pair[]
}

/** Leaves that are looked for in one event, and characters of kept texts times those leaves. */
const MAX_LOOKED_FOR = 1_000
const MAX_LOOKED_THROUGH = 4_000_000
/** Kept places times what was found in them together. */
const MAX_COMPARED = 4_000

/** @param context a batch's own */
export function screenContext(context: JsonObject): ScreenedContext {
  const leaves = leavesOf({ context })
  const told = toldOf(leaves)
  const needles = leaves.texts.map((_, index) => needleAt(leaves, told, index))
  return { leaves, told, needles, pairs: pairsIn(leaves, told) }
}

function toldOf({ keys, holders, texts }: WalkedLeaves): readonly (Told | undefined)[] {
  return texts.map((text, index) => kindByKey(keys[index]!, holders[index]!, text))
}

function needleAt(
  { slots, keys, texts }: WalkedLeaves,
  told: readonly (Told | undefined)[],
  index: number,
): Needle | undefined {
  const [slot, key, text] = [slots[index]!, keys[index]!, texts[index]!]
  const kind = told[index] ?? ownId(slot, key)
  if (kind !== undefined)
    return isPlaceholder(text) ? undefined : needleOfKind(kind === 'name' && isNamePart(key) ? 'name_part' : kind, text)
  const needle = needleOf(text)
  // A version of four parts looks like an address, and is in every user agent.
  return needle?.how === 'ip' && VERSION_KEY.test(key) ? undefined : needle
}

function ownId(slot: string, key: string): string | undefined {
  return slot === key ? OWN_IDS[key] : undefined
}

/**
 * Its work is bounded whatever came in: beyond `MAX_LOOKED_FOR` and its like nothing of what is kept counts as looked through.
 * @param received the event as it came in
 * @param shared its batch's context, where there is one: what of it the event's own context replaces was received as well
 * @returns tainted slots, see `taint.ts`
 */
export function screen(received: JsonObject, kept: FieldValues, shared?: ScreenedContext): readonly string[] {
  const { identities, typed, properties } = sortKept(kept)
  const leaves = leavesOf(received)
  // What cannot be looked through may hold anything, and so may whatever text is kept of it.
  const unseen = (): readonly string[] => [
    ...new Set([...properties, ...typed].map(({ slot }) => taintText('value', 'unread', slot, false))),
  ]
  if (leaves.cut || shared?.leaves.cut === true) return unseen()
  const keptTexts = [...properties, ...typed, ...identities.filter(({ slot }) => !NUMBER_SLOTS.has(slot))]
  if (keptTexts.length === 0) return []
  const tainted = new Set<string>()
  for (const { slot, text } of properties) {
    if (repeatsSubject(text, received, identities))
      tainted.add(taintText(isSame(text, received.userId) ? 'user_id' : 'anonymous_id', 'whole', slot, false))
  }
  const dropped = droppedValues(leaves, shared, kept, { identities, typed, properties })
  if (dropped.length === 0) return [...tainted]
  const text = joined(keptTexts)
  if (dropped.length > MAX_LOOKED_FOR || dropped.length * text.length > MAX_LOOKED_THROUGH) return unseen()
  const whole = createHaystack(text)
  const isWhole = namesIn(keptTexts)
  const suspects = dropped.filter(({ needle }) => whole.find(needle) !== undefined || isWhole(needle))
  if (suspects.length === 0) return [...tainted]
  const places = bySlot(keptTexts)
  if (suspects.length * places.size > MAX_COMPARED) return unseen()
  for (const [slot, texts] of places) {
    const own = createHaystack(joined(texts))
    const isWholeHere = namesIn(texts)
    for (const { kind, needle } of suspects) {
      const form = own.find(needle) ?? (isWholeHere(needle) ? 'whole' : undefined)
      if (form === undefined) continue
      tainted.add(taintText(kind, form, slot, isPassOnly(slot, texts, needle)))
      // What is of no class is never right; of a class, another one may be in the place as well.
    }
  }
  return [...tainted]
}

/** Whether a value among them is a whole name that may be a part of any text. */
function namesIn(texts: readonly Kept[]): (needle: Needle) => boolean {
  let made: ReadonlySet<string> | undefined
  return ({ told }) => {
    if (told.whole.length === 0) return false
    made ??= new Set(texts.map(({ text }) => wholeOf(text)))
    return told.whole.some((name) => made!.has(name))
  }
}

function joined(texts: readonly Kept[]): string {
  return texts.map(({ text }) => text).join('\n')
}

/** A contract names a few places, and lists in them have many values: each place is looked through once. */
function bySlot(texts: readonly Kept[]): ReadonlyMap<string, readonly Kept[]> {
  const slots = new Map<string, Kept[]>()
  for (const one of texts) {
    const known = slots.get(one.slot)
    if (known === undefined) slots.set(one.slot, [one])
    else known.push(one)
  }
  return slots
}

function isPassOnly(slot: string, texts: readonly Kept[], needle: Needle): boolean {
  if (KEYED_SLOTS.has(slot)) return true
  // The host of a link stays where only its origin passes.
  return (
    LINK_SLOTS.has(slot) &&
    createHaystack(texts.map(({ text }) => originOf(text)).join('\n')).find(needle) === undefined
  )
}

function originOf(link: string): string {
  return link.split('/').slice(0, 3).join('/').split(/[?#]/, 1)[0]!
}

/** A user's id may look like any word; where it is dropped, a property that says the same is still it. */
function repeatsSubject(text: string, received: JsonObject, identities: readonly Kept[]): boolean {
  if (!isEnough(text) || !isSubject(text, received)) return false
  const lower = text.toLowerCase()
  return !isPlaceholder(text) && !identities.some((kept) => kept.text.toLowerCase() === lower)
}

function isSubject(text: string, { userId, anonymousId }: JsonObject): boolean {
  return isSame(text, userId) || isSame(text, anonymousId)
}

function isSame(text: string, id: unknown): boolean {
  return typeof id === 'string' && id.length === text.length && id.toLowerCase() === text.toLowerCase()
}

interface Sorted {
  readonly identities: readonly Kept[]
  readonly typed: readonly Kept[]
  readonly properties: readonly Kept[]
}

function sortKept(kept: FieldValues): Sorted {
  const identities: Kept[] = []
  const typed: Kept[] = []
  const { slots, texts } = leavesOf(kept)
  for (let index = 0; index < texts.length; index++) {
    const slot = slots[index]!
    if (OPEN_SLOTS.has(slot)) identities.push({ slot, text: texts[index]! })
    else if (slot !== 'property') typed.push({ slot, text: texts[index]! })
  }
  const named = leavesOf(kept.property ?? {})
  const properties = named.texts.map((text, index): Kept => ({ slot: `property.${named.slots[index]}`, text }))
  return { identities, typed, properties }
}

/**
 * Received values that look like an identifier, contact, address or position, or whose keys say that they are one, and
 * are not themselves what is kept. What a key tells is kept only by its own class; of the rest, a leaf of `properties`
 * that equals a kept one is taken for it, and so is a trait.
 */
function droppedValues(
  received: WalkedLeaves,
  shared: ScreenedContext | undefined,
  kept: FieldValues,
  { identities, typed, properties }: Sorted,
): readonly Dropped[] {
  const isKeptTyped = among(typed.map(textOf))
  const isKeptProperty = among(properties.map(textOf))
  const traitsKept = properties.some(({ slot }) => slot.startsWith('property.traits.'))
  const isNamed = (slot: string, text: string): boolean =>
    (slot === 'properties' || slot === 'name' || (traitsKept && (slot === 'traits' || slot === 'context'))) &&
    isKeptProperty(text)
  // The same id in other letters or without its hyphens is the same id.
  const isOwnSqueezed = among(identities.map(({ text }) => squeeze(text)))
  const isOwnText = among(identities.map(textOf))
  const dropped: Dropped[] = []
  const add = (
    { slots, keys, texts }: WalkedLeaves,
    told: ScreenedContext['told'],
    needleOfLeaf: (index: number) => Needle | undefined,
    pairs: () => readonly Pair[],
  ): void => {
    let mayPair = false
    for (let index = 0; index < texts.length; index++) {
      const [slot, text, kind] = [slots[index]!, texts[index]!, told[index]]
      if (kind === undefined) {
        if (isKeptTyped(text) || isNamed(slot, text)) continue
      } else if (holdsOfClass(identities, kind, text) || holdsOfClass(typed, kind, text)) continue
      const needle = needleOfLeaf(index)
      if (kind === 'coordinates' || kind === 'name') mayPair = true
      if (needle === undefined) continue
      const isOwnId = needle.squeezed === '' ? isOwnText(text) : isOwnSqueezed(needle.squeezed)
      if (kind === undefined ? isOwnId : keepsOwnId(kind, needle, kept)) continue
      dropped.push({ kind: kind ?? ownId(slot, keys[index]!) ?? kindOf('', needle), needle })
    }
    if (mayPair) for (const pair of pairs()) if (!keepsPair(pair, kept)) dropped.push(pair)
  }
  const told = toldOf(received)
  add(
    received,
    told,
    (index) => needleAt(received, told, index),
    () => pairsIn(received, told),
  )
  if (shared !== undefined) {
    add(
      shared.leaves,
      shared.told,
      (index) => shared.needles[index],
      () => shared.pairs,
    )
  }
  return dropped
}

function textOf({ text }: Kept): string {
  return text
}

function holdsOfClass(kept: readonly Kept[], told: string, text: string): boolean {
  for (const one of kept)
    if (one.text === text && (one.slot === told || (DEVICE_IDS.has(one.slot) && DEVICE_IDS.has(told)))) return true
  return false
}

/** So few texts are compared with one by one sooner than they are put in a set: most differ in their length. */
const FEW = 32

function among(texts: readonly string[]): (text: string) => boolean {
  if (texts.length > FEW) {
    const all = new Set(texts)
    return (text) => all.has(text)
  }
  return (text) => {
    for (const one of texts) if (one.length === text.length && one === text) return true
    return false
  }
}

/** Told apart by the app's platform, which no key tells. */
const DEVICE_IDS: ReadonlySet<string> = new Set(['vendor_id', 'device_id'])

/** The same id of its class in other letters is kept with it. */
function keepsOwnId(told: Told, { squeezed }: Needle, { advertising_id, vendor_id, device_id }: FieldValues): boolean {
  if (told === 'advertising_id') return advertising_id !== undefined && squeeze(advertising_id.id) === squeezed
  if (told !== 'vendor_id' && told !== 'device_id') return false
  return [vendor_id, device_id].some((id) => id !== undefined && squeeze(id) === squeezed)
}

/** The scan looks for what is kept, in pairs as well. */
function keepsPair({ kind, needle }: Dropped, { coordinates, name }: FieldValues): boolean {
  if (kind === 'coordinates')
    return coordinates !== undefined && needle.text === `${coordinates.latitude},${coordinates.longitude}`
  return name !== undefined && needle.text === `${name.first} ${name.last}`
}
