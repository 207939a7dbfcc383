/** Walks any JSON value to its leaves, JSON inside strings included. Knows no field by name. */

/** A string or number somewhere in a value. Booleans and null say too little to be told apart, and are not leaves. */
export interface Leaf {
  /** The key it is under at the top of the value walked. */
  readonly slot: string
  readonly text: string
}

const MAX_DEPTH = 8
const MAX_LEAVES = 2_000

/** In order of appearance; at most 2,000, and no deeper than 8. */
export function leavesOf(value: unknown): readonly Leaf[] {
  const leaves: Leaf[] = []
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const slot in value) walk((value as Readonly<Record<string, unknown>>)[slot], slot, 0, leaves)
  } else walk(value, '', 0, leaves)
  return leaves
}

function walk(value: unknown, slot: string, depth: number, leaves: Leaf[]): void {
  if (leaves.length >= MAX_LEAVES) return
  switch (typeof value) {
    case 'string':
      if (value === '') return
      leaves.push({ slot, text: value })
      walkInside(value, slot, depth, leaves)
      return
    case 'number':
      leaves.push({ slot, text: String(value) })
      return
    case 'object':
      if (value === null || depth >= MAX_DEPTH) return
      if (Array.isArray(value)) for (const item of value) walk(item, slot, depth + 1, leaves)
      else for (const key in value) walk((value as Readonly<Record<string, unknown>>)[key], slot, depth + 1, leaves)
      return
    default:
  }
}

/** A string may itself be JSON: its leaves count too. */
function walkInside(text: string, slot: string, depth: number, leaves: Leaf[]): void {
  const first = text.charCodeAt(0)
  if ((first !== 0x7b && first !== 0x5b) || depth >= MAX_DEPTH) return
  let inside: unknown
  try {
    inside = JSON.parse(text)
  } catch {
    return
  }
  walk(inside, slot, depth + 1, leaves)
}
