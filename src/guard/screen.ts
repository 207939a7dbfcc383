/**
 * At acceptance, what no partner could receive is dropped before the event is stored, and the last-hop scanner never
 * sees it. So what is kept is searched here for what was dropped; a kept slot that contains it is tainted.
 */
import type { JsonObject } from '../model/brand.ts'
import { isPlaceholder } from '../model/placeholder.ts'
import type { FieldValues } from '../model/values.ts'
import {
  amongIdentities,
  type Dropped,
  droppedAt,
  dropping,
  type KeptOfPerson,
  needleAt,
  toldAt,
  withPairs,
} from './dropped.ts'
import { createHaystack } from './haystack.ts'
import {
  among,
  idsIn,
  isSameLeaf,
  isSearched,
  isStable,
  joined,
  type Kept,
  keepsTheSame,
  keepsTheVerySame,
  type LookedThrough,
  lookThrough,
  NUMBER_SLOTS,
  namesIn,
  OPEN_SLOTS,
  ownOf,
  propertiesIn,
  type Stable,
  stableIn,
  textOf,
} from './kept.ts'
import type { Told } from './kinds.ts'
import { leavesOf, type WalkedLeaves } from './leaves.ts'
import type { Needle } from './needle.ts'
import { isEnough } from './own-ids.ts'
import { type Pair, pairsIn } from './pairs.ts'
import { IDENTITY_SLOTS } from './slots.ts'
import { taintText } from './taint.ts'

/** Their pseudonyms reveal nothing of the value. */
const KEYED_SLOTS: ReadonlySet<string> = new Set([...IDENTITY_SLOTS].filter((slot) => !NUMBER_SLOTS.has(slot)))
const LINK_SLOTS: ReadonlySet<string> = new Set<keyof FieldValues>(['url', 'referrer'])

/** What the events of a batch share, walked once for all. In the order of its leaves: */
export interface ScreenedContext {
  readonly leaves: WalkedLeaves
  /** The class by its key. */
  readonly told: readonly (Told | undefined)[]
  /** The search form, if it looks like an identifier. */
  readonly needles: readonly (Needle | undefined)[]
  /** Leaves that identify only together. */
  readonly pairs: readonly Pair[]
  /** For the event last screened with it: the next one mostly keeps the same user and device. */
  last?: Alike
}

/** The kept values of a user and device, mostly equal within a batch, and what they omit of the context. */
interface Alike extends KeptOfPerson {
  readonly kept: Stable
  /** Where it is contained, for the previous event. */
  fields: FieldValues
  readonly searchable: readonly Kept[]
  /** The same, if several events share a context. */
  readonly together: LookedThrough | undefined
  /** Values of the context that it does not keep. */
  dropped: readonly Dropped[]
  /** Of the previous event: the same position mostly contains the same. */
  before: Before | undefined
}
/** In the order of the leaves; undefined for what is kept or does not look personal. */
interface Before {
  readonly leaves: WalkedLeaves
  readonly told: readonly (Told | undefined)[]
  readonly dropped: readonly (Dropped | undefined)[]
}
const NONE: readonly Dropped[] = []

/** Limits: leaves searched for in one event, and characters of kept texts times those leaves. */
const MAX_LOOKED_FOR = 1_000
const MAX_LOOKED_THROUGH = 4_000_000
/** Kept slots times what was found in them together. */
const MAX_COMPARED = 4_000

/** @param context a batch's own */
export function screenContext(context: JsonObject): ScreenedContext {
  const leaves = leavesOf({ context })
  const told = toldOf(leaves)
  const needles = leaves.texts.map((_, index) => needleAt(leaves, told, index))
  return { leaves, told, needles, pairs: pairsIn(leaves, told) }
}

function toldOf(leaves: WalkedLeaves): readonly (Told | undefined)[] {
  return leaves.texts.map((_, index) => toldAt(leaves, index))
}

/**
 * Its work is bounded for any input: beyond `MAX_LOOKED_FOR` and the other limits, every kept slot counts as tainted.
 * @param received the event as received
 * @param shared its batch's context, if any: the parts that the event's own context replaces were received as well
 * @returns tainted slots, see `taint.ts`
 */
export function screen(received: JsonObject, kept: FieldValues, shared?: ScreenedContext): readonly string[] {
  const known = shared?.last
  const isAlike = known !== undefined && keepsTheVerySame(kept, known.fields)
  const leavesKept = leavesOf(isAlike ? ownOf(kept) : kept)
  const alike = isAlike ? known : alikeOf(leavesKept, kept, shared)
  const [ids, properties] = [idsIn(leavesKept), propertiesIn(kept)]
  const leaves = leavesOf(received)
  // What cannot be searched may contain anything, and so may every text kept of it.
  const unseen = (): readonly string[] => [
    ...new Set([...properties, ...alike.typed].map(({ slot }) => taintText('value', 'unread', slot, false))),
  ]
  if (leaves.cut || shared?.leaves.cut === true) return unseen()
  const searchable = [...properties, ...ids.filter(isSearched)]
  if (searchable.length + alike.searchable.length === 0) return []
  const tainted = new Set<string>()
  for (const { slot, text } of properties) {
    if (repeatsSubject(text, received, alike))
      tainted.add(taintText(isSame(text, received.userId) ? 'user_id' : 'anonymous_id', 'whole', slot, false))
  }
  const isDropped = dropping(ids, properties)
  const dropped: Dropped[] = []
  for (const one of droppedOfEvent(leaves, kept, alike)) if (isDropped(one)) dropped.push(one)
  for (const one of alike.dropped) if (isDropped(one)) dropped.push(one)
  if (dropped.length === 0) return [...tainted]
  const { together } = alike
  const own = lookThrough(together === undefined ? [...searchable, ...alike.searchable] : searchable)
  if (isTooMuch(dropped.length, own.length + (together?.length ?? 0))) return unseen()
  const suspects = dropped.filter((one) => {
    if (own.holds(one.needle)) return true
    one.isHeld ??= together?.holds(one.needle) === true
    return one.isHeld
  })
  if (suspects.length === 0) return [...tainted]
  const places = bySlot([...searchable, ...alike.searchable])
  if (suspects.length * places.size > MAX_COMPARED) return unseen()
  for (const [slot, texts] of places) {
    const place = createHaystack(joined(texts))
    const isWholeHere = namesIn(texts)
    for (const { kind, needle } of suspects) {
      const form = place.find(needle) ?? (isWholeHere(needle) ? 'whole' : undefined)
      if (form === undefined) continue
      tainted.add(taintText(kind, form, slot, isPassOnly(slot, texts, needle)))
      // Without a class there is no right slot; of a class, another value may be in the slot as well.
    }
  }
  return [...tainted]
}

function isTooMuch(dropped: number, characters: number): boolean {
  return dropped > MAX_LOOKED_FOR || dropped * characters > MAX_LOOKED_THROUGH
}

/** As for the previous event, if that kept the same. */
function alikeOf(leaves: WalkedLeaves, kept: FieldValues, shared: ScreenedContext | undefined): Alike {
  const known = shared?.last
  if (known !== undefined && keepsTheSame(leaves, known.kept)) {
    known.fields = kept
    return known
  }
  const identities: Kept[] = []
  const typed: Kept[] = []
  for (let index = 0; index < leaves.texts.length; index++) {
    const slot = leaves.slots[index]!
    if (!isStable(slot)) continue
    const of = OPEN_SLOTS.has(slot) ? identities : typed
    of.push({ slot, text: leaves.texts[index]! })
  }
  const searchable = [...typed, ...identities.filter(isSearched)]
  const alike: Alike = {
    // Never requested for a single event.
    kept: shared === undefined ? leaves : stableIn(leaves),
    fields: kept,
    identities,
    typed,
    isTyped: among(typed.map(textOf)),
    isIdentity: amongIdentities(identities),
    searchable,
    together: shared === undefined ? undefined : lookThrough(searchable),
    dropped: NONE,
    before: undefined,
  }
  if (shared !== undefined) {
    alike.dropped = droppedOfContext(shared, kept, alike)
    shared.last = alike
  }
  return alike
}

function droppedOfContext(
  { leaves, told, needles, pairs }: ScreenedContext,
  kept: FieldValues,
  alike: KeptOfPerson,
): readonly Dropped[] {
  const needleOfLeaf = (index: number): Needle | undefined => needles[index]
  const found = leaves.texts.map((_, index) => droppedAt(leaves, told, index, needleOfLeaf, kept, alike))
  return withPairs(found, told, () => pairs, kept)
}

/** The same position of the neighbouring event is searched once for both. */
function droppedOfEvent(leaves: WalkedLeaves, kept: FieldValues, alike: Alike): readonly Dropped[] {
  const { before } = alike
  const told = toldOf(leaves)
  const needleOfLeaf = (index: number): Needle | undefined => needleAt(leaves, told, index)
  const found: (Dropped | undefined)[] = []
  for (let index = 0; index < leaves.texts.length; index++) {
    const isRepeated =
      before !== undefined && told[index] === before.told[index] && isSameLeaf(leaves, index, before.leaves, index)
    found.push(isRepeated ? before.dropped[index] : droppedAt(leaves, told, index, needleOfLeaf, kept, alike))
  }
  alike.before = { leaves, told, dropped: found }
  return withPairs(found, told, () => pairsIn(leaves, told), kept)
}

/** A contract names a few paths, and lists there have many values: each path is searched once. */
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

/** A user id may look like any word; if it is dropped, a property that equals it is still the id. */
function repeatsSubject(text: string, received: JsonObject, { identities }: Alike): boolean {
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
