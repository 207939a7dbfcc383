/** What a contract grants of an event's properties, sorted by the partner's names for it. Nothing else ever reaches a type. */
import type { Json } from '../model/brand.ts'
import type { View } from '../model/values.ts'

export interface SortedProperties {
  /** Those with a place of their own. */
  readonly own: Readonly<Record<string, Json>>
  /** Lists of objects, put together from names such as `contents[].id`. */
  readonly lists: Readonly<Record<string, readonly Readonly<Record<string, Json>>[]>>
  /** All others, by name: for the partner's free form. Undefined where there are none. */
  readonly rest: Readonly<Record<string, Json>> | undefined
}
export type SortProperties = (properties: View['property']) => SortedProperties

const NOTHING: SortedProperties = { own: {}, lists: {}, rest: undefined }
const MEMBER = /^([^[\]]+)\[\]\.([^[\]]+)$/

/** @param ownNames names with a place of their own at this partner */
export function createPropertySorter(...ownNames: readonly string[]): SortProperties {
  const owned = new Set(ownNames)
  return (properties) => {
    if (properties === undefined) return NOTHING
    const own: Record<string, Json> = {}
    const rest: Record<string, Json> = {}
    const columns: (readonly [list: string, member: string, values: readonly Json[]])[] = []
    let hasRest = false
    for (const name of Object.keys(properties).sort()) {
      const value = properties[name]!
      const member = name.includes('[].') ? MEMBER.exec(name) : null
      if (member !== null) columns.push([member[1]!, member[2]!, Array.isArray(value) ? value : [value]])
      else if (owned.has(name)) own[name] = value
      else {
        rest[name] = value
        hasRest = true
      }
    }
    return { own, lists: columns.length === 0 ? NOTHING.lists : listsFrom(columns), rest: hasRest ? rest : undefined }
  }
}

/**
 * One object for each place in the longest list. A shorter one has lost members on its way, so nobody can say which of
 * its values belongs to which object: it is left out.
 */
function listsFrom(columns: readonly (readonly [string, string, readonly Json[]])[]): SortedProperties['lists'] {
  const lists: Record<string, Record<string, Json>[]> = {}
  for (const [list, , values] of columns) {
    const known = lists[list]
    if (known === undefined || known.length < values.length) lists[list] = values.map(() => ({}))
  }
  for (const [list, member, values] of columns) {
    const objects = lists[list]!
    if (values.length !== objects.length) continue
    for (let index = 0; index < values.length; index++) objects[index]![member] = values[index]!
  }
  return lists
}

/** A number, also one written as text; undefined for anything else. */
export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\s*-?\d{1,15}(\.\d{1,10})?\s*$/.test(value) ? Number(value) : undefined
}

/** A text, also of a number or a switch; undefined for lists and objects. */
export function textOf(value: Json | undefined): string | undefined {
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value)
}
