/** What is kept of an incoming event, as the screen compares and searches it. */
import type { FieldValues } from '../model/values.ts'
import { createHaystack, type Haystack } from './haystack.ts'
import { leavesOf, type WalkedLeaves } from './leaves.ts'
import type { Needle } from './needle.ts'
import { IDENTITY_SLOTS } from './slots.ts'
import { wholeOf } from './words.ts'

/** Kept slots whose numbers resemble many others: they are not searched. */
export const NUMBER_SLOTS: ReadonlySet<string> = new Set(['ip', 'coordinates', 'time'])
/**
 * Kept slots that are identities by nature: a dropped copy of the value elsewhere taints nothing, but another dropped
 * value inside it does, and so does the same value under a key of a class of its own.
 */
export const OPEN_SLOTS: ReadonlySet<string> = new Set([...IDENTITY_SLOTS, 'time'])

/** Each event's own, however much it shares with others of its batch; so are properties. */
const OWN_SLOTS: ReadonlySet<string> = new Set<keyof FieldValues>(['message_id', 'time'])
const NONE: readonly Kept[] = []

/** A kept text, under the slot that a decision names. */
export interface Kept {
  readonly slot: string
  readonly text: string
}

/** Its leaves, by the keys of their values: one user's family name is another's given name. */
export type Stable = Pick<WalkedLeaves, 'slots' | 'keys' | 'texts'>

/** Kept texts that are searched for dropped values. */
export interface LookedThrough {
  readonly length: number
  readonly holds: (needle: Needle) => boolean
}

/** The event's own id and time, which are identities by nature. */
export function idsIn({ slots, texts }: WalkedLeaves): readonly Kept[] {
  const ids: Kept[] = []
  for (let index = 0; index < texts.length; index++)
    if (OWN_SLOTS.has(slots[index]!)) ids.push({ slot: slots[index]!, text: texts[index]! })
  return ids
}

export function propertiesIn({ property }: FieldValues): readonly Kept[] {
  if (property === undefined) return NONE
  const { slots, texts } = leavesOf(property)
  return texts.map((text, index): Kept => ({ slot: `property.${slots[index]}`, text }))
}

/** What the next event of the same user and device mostly keeps as well. */
export function stableIn({ slots, keys, texts }: WalkedLeaves): Stable {
  const stable = { slots: [] as string[], keys: [] as string[], texts: [] as string[] }
  for (let index = 0; index < texts.length; index++) {
    if (!isStable(slots[index]!)) continue
    stable.slots.push(slots[index]!)
    stable.keys.push(keys[index]!)
    stable.texts.push(texts[index]!)
  }
  return stable
}

/** The same, unless the values are identical, as in events of one batch: those are not walked again. */
export function keepsTheVerySame(kept: FieldValues, before: FieldValues): boolean {
  for (const name in kept) {
    const slot = name as keyof FieldValues
    if (isStable(slot) && kept[slot] !== before[slot]) return false
  }
  for (const name in before) if (isStable(name) && kept[name as keyof FieldValues] === undefined) return false
  return true
}

/** What is kept of the event's own. */
export function ownOf({ message_id, time }: FieldValues): FieldValues {
  return { ...(message_id === undefined ? {} : { message_id }), ...(time === undefined ? {} : { time }) }
}

/** True if `stableIn` would return the same for the leaves. */
export function keepsTheSame(leaves: WalkedLeaves, stable: Stable): boolean {
  let at = 0
  for (let index = 0; index < leaves.texts.length; index++) {
    if (!isStable(leaves.slots[index]!)) continue
    if (at === stable.texts.length || !isSameLeaf(leaves, index, stable, at)) return false
    at++
  }
  return at === stable.texts.length
}

export function isStable(slot: string): boolean {
  return slot !== 'property' && !OWN_SLOTS.has(slot)
}

export function isSameLeaf(one: Stable, index: number, other: Stable, at: number): boolean {
  return (
    one.texts[index] === other.texts[at] && one.slots[index] === other.slots[at] && one.keys[index] === other.keys[at]
  )
}

export function isSearched({ slot }: Kept): boolean {
  return !NUMBER_SLOTS.has(slot)
}

/** Prepared on the first search. */
export function lookThrough(texts: readonly Kept[]): LookedThrough {
  const text = joined(texts)
  const isWhole = namesIn(texts)
  let haystack: Haystack | undefined
  return {
    length: text.length,
    holds: (needle) => {
      haystack ??= createHaystack(text)
      return haystack.find(needle) !== undefined || isWhole(needle)
    },
  }
}

/** Whether one of the values is a whole name that may be part of any text. */
export function namesIn(texts: readonly Kept[]): (needle: Needle) => boolean {
  let made: ReadonlySet<string> | undefined
  return ({ told }) => {
    if (told.whole.length === 0) return false
    made ??= new Set(texts.map(({ text }) => wholeOf(text)))
    return told.whole.some((name) => made!.has(name))
  }
}

export function joined(texts: readonly Kept[]): string {
  return texts.map(({ text }) => text).join('\n')
}

export function textOf({ text }: Kept): string {
  return text
}

/** Up to this many texts, comparing each is faster than a set: most differ in length. */
export const FEW = 32

export function among(texts: readonly string[]): (text: string) => boolean {
  if (texts.length > FEW) {
    const all = new Set(texts)
    return (text) => all.has(text)
  }
  return (text) => {
    for (const one of texts) if (one.length === text.length && one === text) return true
    return false
  }
}
