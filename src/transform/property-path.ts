/**
 * Property paths in contracts: `revenue`, `order.total`, `products[].sku`, `traits.plan`. A path selects scalars and lists of
 * scalars, never an object, so that unlisted members cannot pass along.
 */
import type { Json, JsonObject } from '../model/brand.ts'

/** Reads one path below `holder`; undefined if it selects no scalar. */
export type PathReader = (holder: JsonObject) => Json | undefined

/** Lists are truncated to this length, so that one event cannot fill a request. */
const MAX_LIST = 100

export function compilePath(path: string): PathReader {
  const steps = path.split('.')
  return (holder) => readSteps(holder, steps, 0)
}

function readSteps(value: Json | undefined, steps: readonly string[], index: number): Json | undefined {
  if (index === steps.length) return scalarOrList(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const step = steps[index]!
  const isList = step.endsWith('[]')
  const key = isList ? step.slice(0, -2) : step
  if (!Object.hasOwn(value, key)) return undefined
  const next = (value as JsonObject)[key]
  if (!isList) return readSteps(next, steps, index + 1)
  if (!Array.isArray(next)) return undefined
  const items = next.slice(0, MAX_LIST).map((item) => readSteps(item, steps, index + 1))
  const scalars = items.filter((item) => item !== undefined && !Array.isArray(item))
  return scalars.length > 0 ? (scalars as Json[]) : undefined
}

function scalarOrList(value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object') return isHeld(value) ? value : undefined
  if (!Array.isArray(value)) return undefined
  const scalars = value.slice(0, MAX_LIST).filter((item) => item !== null && typeof item !== 'object' && isHeld(item))
  return scalars.length > 0 ? scalars : undefined
}

/** False for a number that was out of range in the input. */
function isHeld(value: Json): boolean {
  return typeof value !== 'number' || Number.isFinite(value)
}
