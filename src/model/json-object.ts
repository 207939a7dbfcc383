/** Objects among JSON values. */
import type { JsonObject } from './brand.ts'

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value as an object; empty for anything else. */
export function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : EMPTY
}
const EMPTY: JsonObject = {}

/** The object under a key; empty for anything else. */
export function objectAt(holder: JsonObject, key: string): JsonObject {
  return asObject(holder[key])
}
