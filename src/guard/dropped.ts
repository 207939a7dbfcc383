/** Received values that are dropped and could be personal: the screen searches for them in what is kept. */
import { isPlaceholder } from '../model/placeholder.ts'
import type { FieldValues } from '../model/values.ts'
import { among, FEW, type Kept, textOf } from './kept.ts'
import { kindByKey, type Told } from './kinds.ts'
import type { WalkedLeaves } from './leaves.ts'
import { type Needle, needleOf, needleOfKind } from './needle.ts'
import { isNamePart, type Pair } from './pairs.ts'
import { kindOf } from './slots.ts'
import { squeeze, squeezesTo } from './text.ts'

/** The event's own ids, under their own keys. */
const OWN_IDS: Readonly<Record<string, string>> = {
  userId: 'user_id',
  anonymousId: 'anonymous_id',
  previousId: 'user_id',
}

const VERSION_KEY = /version|build/i

/** One dropped value. */
export interface Dropped {
  readonly kind: string
  readonly needle: Needle
  /** The class by its key, and the slot of its origin. */
  readonly told: Told | undefined
  readonly slot: string
  /** Whether the kept values of the user and device contain it; undefined until first asked. */
  isHeld?: boolean
}

/** The kept values of the user and device. */
export interface KeptOfPerson {
  readonly identities: readonly Kept[]
  readonly typed: readonly Kept[]
  readonly isTyped: (text: string) => boolean
  readonly isIdentity: (needle: Needle) => boolean
}

export function toldAt({ keys, holders, texts }: WalkedLeaves, index: number): Told | undefined {
  return kindByKey(keys[index]!, holders[index]!, texts[index]!)
}

export function needleAt(
  { slots, keys, texts }: WalkedLeaves,
  told: readonly (Told | undefined)[],
  index: number,
): Needle | undefined {
  const slot = slots[index]!
  const key = keys[index]!
  const text = texts[index]!
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
 * A received value that looks like an identifier, contact, address or position, or has the key of one, and is not
 * itself kept for the user and device. A value with such a key counts as kept only in its own class.
 */
export function droppedAt(
  { slots, keys, texts }: WalkedLeaves,
  classes: readonly (Told | undefined)[],
  index: number,
  needleOfLeaf: (index: number) => Needle | undefined,
  kept: FieldValues,
  { identities, typed, isTyped, isIdentity }: KeptOfPerson,
): Dropped | undefined {
  const told = classes[index]
  const text = texts[index]!
  if (told === undefined ? isTyped(text) : holdsOfClass(identities, told, text) || holdsOfClass(typed, told, text))
    return undefined
  const needle = needleOfLeaf(index)
  if (needle === undefined) return undefined
  if (told === undefined ? isIdentity(needle) : keepsOwnId(told, needle, kept)) return undefined
  const slot = slots[index]!
  return { kind: told ?? ownId(slot, keys[index]!) ?? kindOf('', needle), needle, told, slot }
}

export function withPairs(
  found: readonly (Dropped | undefined)[],
  told: readonly (Told | undefined)[],
  pairs: () => readonly Pair[],
  kept: FieldValues,
): readonly Dropped[] {
  const dropped = found.filter((one) => one !== undefined)
  if (!told.includes('coordinates') && !told.includes('name')) return dropped
  for (const pair of pairs())
    if (!keepsPair(pair, kept)) dropped.push({ kind: pair.kind, needle: pair.needle, told: pair.kind, slot: '' })
  return dropped
}

/**
 * Whether the event drops what its user and device values do not contain: not if its own id or time is the same. For
 * values without a telling key, an equal kept leaf of `properties` counts as the value, and so does a trait.
 */
export function dropping(ids: readonly Kept[], properties: readonly Kept[]): (one: Dropped) => boolean {
  const isId = amongIdentities(ids)
  const isProperty = among(properties.map(textOf))
  const traitsKept = properties.some(({ slot }) => slot.startsWith('property.traits.'))
  return ({ told, slot, needle }) => {
    if (told !== undefined) return true
    const isNamed =
      slot === 'properties' || slot === 'name' || (traitsKept && (slot === 'traits' || slot === 'context'))
    return !(isNamed && isProperty(needle.text)) && !isId(needle)
  }
}

/** The same id in other case or without hyphens is the same id. */
export function amongIdentities(identities: readonly Kept[]): (needle: Needle) => boolean {
  const isText = among(identities.map(textOf))
  const isSqueezed =
    identities.length > FEW
      ? among(identities.map(({ text }) => squeeze(text)))
      : (squeezed: string) => identities.some(({ text }) => squeezesTo(text, squeezed))
  return ({ text, squeezed }) => (squeezed === '' ? isText(text) : isSqueezed(squeezed))
}

function holdsOfClass(kept: readonly Kept[], told: string, text: string): boolean {
  for (const one of kept)
    if (one.text === text && (one.slot === told || (DEVICE_IDS.has(one.slot) && DEVICE_IDS.has(told)))) return true
  return false
}

/** Distinguished by the app's platform, not by a key. */
const DEVICE_IDS: ReadonlySet<string> = new Set(['vendor_id', 'device_id'])

/** The same id of its class in other case is kept with it. */
function keepsOwnId(told: Told, { squeezed }: Needle, { advertising_id, vendor_id, device_id }: FieldValues): boolean {
  if (told === 'advertising_id') return advertising_id !== undefined && squeezesTo(advertising_id.id, squeezed)
  if (told !== 'vendor_id' && told !== 'device_id') return false
  return [vendor_id, device_id].some((id) => id !== undefined && squeezesTo(id, squeezed))
}

/** The scan searches for what is kept, in pairs as well. */
function keepsPair({ kind, needle }: Pair, { coordinates, name }: FieldValues): boolean {
  if (kind === 'coordinates')
    return coordinates !== undefined && needle.text === `${coordinates.latitude},${coordinates.longitude}`
  return name !== undefined && needle.text === `${name.first} ${name.last}`
}
