/**
 * At acceptance: what no partner could receive is dropped before the event is stored, and the last-hop scanner will
 * never see it. So what is kept is searched here for what was dropped; a kept slot that holds it is tainted.
 */
import type { JsonObject } from '../model/brand.ts'
import type { FieldValues } from '../model/values.ts'
import { createHaystack, type Needle, needleOf } from './haystack.ts'
import { leavesOf, type WalkedLeaves } from './leaves.ts'
import { IDENTITY_SLOTS } from './slots.ts'
import { squeeze } from './text.ts'

/** Kept slots whose values are numbers cut from the same cloth as much else: nothing is searched in them. */
const NUMBER_SLOTS: ReadonlySet<string> = new Set(['ip', 'coordinates', 'time'])
/**
 * Kept slots in which a value is an identity by nature: a dropped copy of it elsewhere taints nothing, another dropped
 * value inside it does.
 */
const OPEN_SLOTS: ReadonlySet<string> = new Set([...IDENTITY_SLOTS, 'time'])

const VERSION_KEY = /version|build/i
/** As in the scan: shorter ones are the same by chance too often. */
const MIN_REPEATED = 5

/** A kept text, under the slot that a decision names. */
interface Kept {
  readonly slot: string
  readonly text: string
}

/**
 * @param received the event as it came in, batch context merged
 * @returns tainted slots: a class, or `property.<source path>`
 */
export function screen(received: JsonObject, kept: FieldValues): readonly string[] {
  const { identities, typed, properties } = sortKept(kept)
  const all = leavesOf(received)
  // What cannot be looked through may hold anything, and so may whatever text is kept of it.
  if (all.cut) return [...new Set([...properties, ...typed].map(({ slot }) => slot))]
  const keptTexts = [...properties, ...typed, ...identities.filter(({ slot }) => !NUMBER_SLOTS.has(slot))]
  if (keptTexts.length === 0) return []
  const repeating = properties.filter(({ text }) => repeatsSubject(text, received, identities)).map(({ slot }) => slot)
  const dropped = droppedLeaves(all, typed, properties, identities)
  if (dropped.length === 0) return repeating
  const whole = createHaystack(keptTexts.map(({ text }) => text).join('\n'))
  const suspects = dropped.filter((needle) => whole.find(needle) !== undefined)
  if (suspects.length === 0) return repeating
  const tainted = new Set(repeating)
  for (const { slot, text } of keptTexts) {
    const own = createHaystack(text)
    if (suspects.some((needle) => own.find(needle) !== undefined)) tainted.add(slot)
  }
  return [...tainted]
}

/** A user's id may look like any word; where it is dropped, a property that says the same is still it. */
function repeatsSubject(text: string, received: JsonObject, identities: readonly Kept[]): boolean {
  if (text.length < MIN_REPEATED || (text !== received.userId && text !== received.anonymousId)) return false
  return !identities.some((kept) => kept.text === text)
}

function sortKept(kept: FieldValues) {
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
 * Received leaves that look like an identifier, contact, address or position and are not themselves what is kept. A
 * leaf of `properties` that equals a kept one is taken for it; a leaf of `context` or `traits` never is: an advertising
 * id that an app also wrote into a property stays an advertising id.
 */
function droppedLeaves(
  { slots, keys, texts }: WalkedLeaves,
  typed: readonly Kept[],
  properties: readonly Kept[],
  identities: readonly Kept[],
): Needle[] {
  const keptTyped = new Set(typed.map(({ text }) => text))
  const keptProperties = new Set(properties.map(({ text }) => text))
  const traitsKept = properties.some(({ slot }) => slot.startsWith('property.traits.'))
  const isNamed = (slot: string, text: string): boolean =>
    keptProperties.has(text) &&
    (slot === 'properties' || slot === 'name' || (traitsKept && (slot === 'traits' || slot === 'context')))
  // The same id in other letters or without its hyphens is the same id.
  const own = new Set(identities.map(({ text }) => squeeze(text)))
  const dropped: Needle[] = []
  for (let index = 0; index < texts.length; index++) {
    const text = texts[index]!
    if (keptTyped.has(text) || isNamed(slots[index]!, text)) continue
    const needle = needleOf(text)
    // A version of four parts looks like an address, and is in every user agent.
    if (needle?.shape === 'ip' && VERSION_KEY.test(keys[index]!)) continue
    if (needle !== undefined && !own.has(needle.squeezed)) dropped.push(needle)
  }
  return dropped
}
