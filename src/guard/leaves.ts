/** Walks any JSON value to its leaves, including JSON inside strings. Knows no field by name. */

/**
 * Strings and numbers anywhere in a value, in order of appearance. Booleans and null carry too little and are not
 * leaves. Parallel lists, because there are many: a leaf's slot and its text have the same index.
 */
export interface Leaves {
  /** Its key at the top level of the value. */
  readonly slots: readonly string[]
  readonly texts: readonly string[]
}
/** As this file's walk finds them. */
export interface WalkedLeaves extends Leaves {
  /** The key directly above each, and the key of the object that contains it. */
  readonly keys: readonly string[]
  readonly holders: readonly string[]
  /** True if there is more than was examined: the caller must assume the worst. */
  readonly cut: boolean
}
interface Found {
  readonly slots: string[]
  readonly keys: string[]
  readonly holders: string[]
  readonly texts: string[]
  count: number
  cut: boolean
}

/** Deeper than any SDK's nesting, and far from stack limits. */
const MAX_DEPTH = 64
/** More than any event of the maximum size has. */
const MAX_LEAVES = 50_000

/** Growing lists are copied repeatedly, so every walk reuses the same ones and copies its result out. */
let scratch: Found = emptyScratch()
/** Events have some forty; larger lists are not kept. */
const MAX_SCRATCH = 1_024

function emptyScratch(): Found {
  return { slots: [], keys: [], holders: [], texts: [], count: 0, cut: false }
}

export function leavesOf(value: unknown): WalkedLeaves {
  const found = scratch
  found.count = 0
  found.cut = false
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const slot in value) walk((value as Readonly<Record<string, unknown>>)[slot], slot, slot, '', 0, found)
  } else walk(value, '', '', '', 0, found)
  const { count, cut } = found
  const leaves = {
    slots: found.slots.slice(0, count),
    keys: found.keys.slice(0, count),
    holders: found.holders.slice(0, count),
    texts: found.texts.slice(0, count),
    cut,
  }
  if (count > MAX_SCRATCH) scratch = emptyScratch()
  // Keeps no data of an event.
  else for (const list of [found.slots, found.keys, found.holders, found.texts]) list.fill('', 0, count)
  return leaves
}

function walk(value: unknown, slot: string, key: string, holder: string, depth: number, found: Found): void {
  switch (typeof value) {
    case 'string':
      if (value === '') return
      add(value, slot, key, holder, found)
      walkInside(value, slot, key, holder, depth, found)
      return
    case 'number':
      add(String(value), slot, key, holder, found)
      return
    case 'object':
      if (value === null) return
      if (depth >= MAX_DEPTH) {
        found.cut = true
        return
      }
      if (Array.isArray(value)) for (const item of value) walk(item, slot, key, holder, depth + 1, found)
      else
        for (const inner in value)
          walk((value as Readonly<Record<string, unknown>>)[inner], slot, inner, key, depth + 1, found)
      return
    default:
  }
}

function add(text: string, slot: string, key: string, holder: string, found: Found): void {
  const at = found.count
  if (at >= MAX_LEAVES) {
    found.cut = true
    return
  }
  found.slots[at] = slot
  found.keys[at] = key
  found.holders[at] = holder
  found.texts[at] = text
  found.count = at + 1
}

/** A string may itself be JSON: its leaves count too. */
function walkInside(text: string, slot: string, key: string, holder: string, depth: number, found: Found): void {
  const first = text.charCodeAt(0)
  if (first !== 0x7b && first !== 0x5b) return
  let inside: unknown
  try {
    inside = JSON.parse(text)
  } catch {
    return
  }
  walk(inside, slot, key, holder, depth + 1, found)
}

/** Every key of every object in a value, including JSON inside strings, to the depth of leaves. */
export function keysOf(value: unknown, found: Set<string> = new Set(), depth = 0): ReadonlySet<string> {
  if (typeof value === 'string') {
    if (!/^[[{]/.test(value)) return found
    try {
      return keysOf(JSON.parse(value), found, depth + 1)
    } catch {
      // A text that only begins like JSON has no keys.
      return found
    }
  }
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return found
  if (Array.isArray(value)) for (const item of value) keysOf(item, found, depth + 1)
  else
    for (const key in value) {
      found.add(key)
      keysOf((value as Readonly<Record<string, unknown>>)[key], found, depth + 1)
    }
  return found
}
