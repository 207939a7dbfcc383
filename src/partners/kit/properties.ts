/** The properties that a contract grants, by the partner's names for them. No others reach a type. */
import type { Json } from '../../model/brand.ts'
import type { View } from '../../model/values.ts'

export interface SortedProperties {
  /** Those with a field of their own. */
  readonly own: Readonly<Record<string, Json>>
  /** Lists of objects, assembled from names such as `contents[].id`. */
  readonly lists: Readonly<Record<string, readonly Readonly<Record<string, Json>>[]>>
  /** All others, by name, for the partner's custom data. Undefined if there are none. */
  readonly rest: Readonly<Record<string, Json>> | undefined
}
export type SortProperties = (properties: View['property']) => SortedProperties

const NOTHING: SortedProperties = { own: {}, lists: {}, rest: undefined }
const MEMBER = /^([^[\]]+)\[\]\.([^[\]]+)$/

/** The destination of one name. */
type Place =
  | { readonly name: string; readonly kind: 'own' | 'rest' }
  | { readonly name: string; readonly kind: 'member'; readonly list: string; readonly member: string }
type Column = readonly [list: string, member: string, values: readonly Json[]]

/** An event's contract always lists the same names, so this many sets are cached. */
const MAX_REMEMBERED = 500

/** @param ownNames names with a field of their own at this partner */
export function createPropertySorter(...ownNames: readonly string[]): SortProperties {
  const owned = new Set(ownNames)
  const known = new Map<string, readonly Place[]>()
  const placesOf = (names: readonly string[]): readonly Place[] => {
    const key = names.join('\n')
    const found = known.get(key)
    if (found !== undefined) return found
    const places = names.toSorted().map((name) => placeOf(name, owned))
    if (known.size >= MAX_REMEMBERED) known.clear()
    known.set(key, places)
    return places
  }
  return (properties) => {
    if (properties === undefined) return NOTHING
    const own: Record<string, Json> = {}
    const rest: Record<string, Json> = {}
    const columns: Column[] = []
    let hasRest = false
    for (const place of placesOf(Object.keys(properties))) {
      const value = properties[place.name]!
      if (place.kind === 'own') own[place.name] = value
      else if (place.kind === 'member') columns.push([place.list, place.member, Array.isArray(value) ? value : [value]])
      else {
        rest[place.name] = value
        hasRest = true
      }
    }
    return { own, lists: columns.length === 0 ? NOTHING.lists : listsFrom(columns), rest: hasRest ? rest : undefined }
  }
}

function placeOf(name: string, owned: ReadonlySet<string>): Place {
  const found = MEMBER.exec(name)
  if (found !== null) return { name, kind: 'member', list: found[1]!, member: found[2]! }
  return { name, kind: owned.has(name) ? 'own' : 'rest' }
}

/**
 * One object per index of the longest list. A shorter list has lost elements, so its values cannot be assigned to objects: it
 * is left out.
 */
function listsFrom(columns: readonly Column[]): SortedProperties['lists'] {
  const lists = new Map<string, Record<string, Json>[]>()
  for (const [list, , values] of columns) {
    if ((lists.get(list)?.length ?? 0) < values.length)
      lists.set(
        list,
        values.map(() => ({})),
      )
  }
  for (const [list, member, values] of columns) {
    const objects = lists.get(list)
    if (objects?.length !== values.length) continue
    for (let index = 0; index < values.length; index++) objects[index]![member] = values[index]!
  }
  return Object.fromEntries(lists)
}

/** A number, also from text; undefined for anything else. */
export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\s*-?\d{1,15}(\.\d{1,10})?\s*$/.test(value) ? Number(value) : undefined
}

/** Text, also from a number or a switch; undefined for lists and objects. */
export function textOf(value: Json | undefined): string | undefined {
  return value === undefined || value === null || typeof value === 'object' ? undefined : String(value)
}
