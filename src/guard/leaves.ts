/** Walks any JSON value to its leaves, JSON inside strings included. Knows no field by name. */

/**
 * Strings and numbers somewhere in a value, in order of appearance. Booleans and null say too little to be told apart,
 * and are no leaves. Two lists, because there are so many: place for place, a leaf's slot and its text.
 */
export interface Leaves {
  /** The key it is under at the top of the value walked. */
  readonly slots: readonly string[]
  readonly texts: readonly string[]
}
interface Found {
  readonly slots: string[]
  readonly texts: string[]
}

const MAX_DEPTH = 8
const MAX_LEAVES = 2_000

/** At most 2,000, and no deeper than 8. */
export function leavesOf(value: unknown): Leaves {
  const found: Found = { slots: [], texts: [] }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const slot in value) walk((value as Readonly<Record<string, unknown>>)[slot], slot, 0, found)
  } else walk(value, '', 0, found)
  return found
}

function walk(value: unknown, slot: string, depth: number, found: Found): void {
  if (found.texts.length >= MAX_LEAVES) return
  switch (typeof value) {
    case 'string':
      if (value === '') return
      found.slots.push(slot)
      found.texts.push(value)
      walkInside(value, slot, depth, found)
      return
    case 'number':
      found.slots.push(slot)
      found.texts.push(String(value))
      return
    case 'object':
      if (value === null || depth >= MAX_DEPTH) return
      if (Array.isArray(value)) for (const item of value) walk(item, slot, depth + 1, found)
      else for (const key in value) walk((value as Readonly<Record<string, unknown>>)[key], slot, depth + 1, found)
      return
    default:
  }
}

/** A string may itself be JSON: its leaves count too. */
function walkInside(text: string, slot: string, depth: number, found: Found): void {
  const first = text.charCodeAt(0)
  if ((first !== 0x7b && first !== 0x5b) || depth >= MAX_DEPTH) return
  let inside: unknown
  try {
    inside = JSON.parse(text)
  } catch {
    return
  }
  walk(inside, slot, depth + 1, found)
}
