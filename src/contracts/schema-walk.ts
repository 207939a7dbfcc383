/** Inspects zod schemas: allowed keys at a place, and a description of allowed values. */
import { z } from 'zod'
import type { Path } from '../model/problem.ts'

type Schema = z.core.$ZodType
/** The union of zod's own schema kinds, discriminated by `_zod.def.type`. */
type Kind = z.core.$ZodTypes

/** Every schema that applies at this place; several inside a union. */
function schemasAt(schema: Schema, path: Path): readonly Schema[] {
  let here = unwrap(schema)
  for (const step of path) here = here.flatMap((one) => below(one, step)).flatMap(unwrap)
  return here
}

/** The allowed keys of a map at this place; empty if it takes any, or is no map. */
export function keysAt(schema: Schema, path: Path): readonly string[] {
  return schemasAt(schema, path).flatMap((one) => {
    const { def } = (one as Kind)._zod
    return def.type === 'object' ? Object.keys(def.shape) : []
  })
}

/** The allowed words at this place; empty if it takes more than fixed words. */
export function wordsAt(schema: Schema, path: Path): readonly string[] {
  return schemasAt(schema, path).flatMap(words)
}

/** A description of the allowed values: `a whole number from 1 to 65535`. */
export function describeAt(schema: Schema, path: Path): string {
  const fixed = wordsAt(schema, path)
  const others = schemasAt(schema, path)
    .filter((one) => words(one).length === 0)
    .map(describe)
  const parts = [...(fixed.length > 0 ? [fixed.join(', ')] : []), ...new Set(others)]
  return parts.filter((part) => part !== '').join(', or ')
}

/** Removes optional and default wrappers, and expands unions. */
function unwrap(schema: Schema): readonly Schema[] {
  const { def } = (schema as Kind)._zod
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return unwrap(def.innerType)
    case 'pipe':
      return unwrap((def.in as Kind)._zod.def.type === 'transform' ? def.out : def.in)
    case 'lazy':
      return unwrap(def.getter())
    case 'union':
      return def.options.flatMap(unwrap)
    case 'intersection':
      return [...unwrap(def.left), ...unwrap(def.right)]
    default:
      return [schema]
  }
}

function below(schema: Schema, step: string | number): readonly Schema[] {
  const { def } = (schema as Kind)._zod
  switch (def.type) {
    case 'object': {
      const child = Object.hasOwn(def.shape, step) ? def.shape[step] : def.catchall
      return child === undefined ? [] : [child]
    }
    case 'record':
      return [def.valueType]
    case 'array':
      return [def.element]
    case 'tuple': {
      const child = def.items[Number(step)] ?? def.rest
      return child === null || child === undefined ? [] : [child]
    }
    default:
      return []
  }
}

function words(schema: Schema): readonly string[] {
  const { def } = (schema as Kind)._zod
  if (def.type === 'enum') return Object.values(def.entries).map(String)
  return def.type === 'literal' ? def.values.map(String) : []
}

function describe(schema: Schema): string {
  const { def } = (schema as Kind)._zod
  switch (def.type) {
    case 'string':
      return 'a text'
    case 'boolean':
      return 'true or false'
    case 'number':
      return describeNumber(schema)
    case 'array':
      return `a list (${describeAt(def.element, [])})`
    case 'tuple':
      return `a list of ${def.items.length} (${def.items.map((item) => describeAt(item, [])).join('; ')})`
    case 'object':
      return `a map of ${Object.keys(def.shape).join(', ')}`
    case 'record':
      return 'a map'
    case 'null':
      return 'nothing'
    default:
      return ''
  }
}

function describeNumber(schema: Schema): string {
  const { minValue, maxValue, isInt } = schema instanceof z.ZodNumber ? schema : z.number()
  const kind = isInt ? 'a whole number' : 'a number'
  const low = minValue !== null && minValue > Number.MIN_SAFE_INTEGER ? minValue : undefined
  const high = maxValue !== null && maxValue < Number.MAX_SAFE_INTEGER ? maxValue : undefined
  if (low !== undefined && high !== undefined) return `${kind} from ${low} to ${high}`
  if (low !== undefined) return `${kind} of at least ${low}`
  return high === undefined ? kind : `${kind} of at most ${high}`
}
