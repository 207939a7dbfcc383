/** Validates a file's value against a schema: the typed value, or every deviation with its place. */
import type { z } from 'zod'
import type { Path, Problem } from '../model/problem.ts'
import { describeAt, keysAt, wordsAt } from './schema-walk.ts'
import { type Finding, problemAt, type Source } from './source.ts'
import { didYouMean } from './suggest.ts'

export interface ShapeOptions {
  /** Path of the value within the file. Default: the root. */
  readonly under?: Path
  /** False if any text may be a secret: then no value and no nested key is ever repeated. Default true. */
  readonly repeatValues?: boolean
}

export type Shaped<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/**
 * Parses `value` by `schema`. Messages defined by a schema (`error: '…'`) are used: for a format as what is allowed, for unknown
 * keys and custom checks as what was found. zod's own messages are not: they may repeat values.
 */
export function shape<T>(schema: z.ZodType<T>, source: Source, value: unknown, options: ShapeOptions = {}): Shaped<T> {
  const result = schema.safeParse(value, { error: () => '' })
  if (result.success) return { ok: true, value: result.data }
  const { under = [], repeatValues = true } = options
  const file = { schema, root: value, repeatValues }
  const problems = result.error.issues
    .flatMap((issue) => findings(issue, [], file))
    .map(({ path, ...finding }) => problemAt(source, [...under, ...path], finding))
  return { ok: false, problems }
}

type Placed = Finding & { readonly path: Path }
interface Shaping {
  readonly schema: z.ZodType
  readonly root: unknown
  readonly repeatValues: boolean
}

function findings(issue: z.core.$ZodIssue, above: Path, file: Shaping): readonly Placed[] {
  // Paths of YAML values hold texts and numbers only.
  const path = [...above, ...(issue.path as Path)]
  const value = valueAt(file.root, path)
  const allowed = describeAt(file.schema, path)
  if (value === undefined && issue.code !== 'unrecognized_keys') return [{ path, found: 'missing', allowed }]
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, issue.message, file))
    case 'invalid_type':
      return [{ path, found: `${shapeOf(value)}, where another kind of value belongs`, allowed }]
    case 'too_small':
    case 'too_big':
      return [outOfRange(issue, path, value, allowed, file)]
    case 'invalid_value':
      return [notAWord(path, value, allowed, file)]
    case 'invalid_union':
      return insideUnion(issue, path, value, allowed, file)
    case 'invalid_format':
      return [
        { path, found: `${quoted(value, file)}, not of the form that belongs here`, allowed: issue.message || allowed },
      ]
    case 'invalid_key':
      return [
        { path, found: 'not a key of the form that belongs here', allowed: issue.issues[0]?.message ?? '', at: 'key' },
      ]
    case 'not_multiple_of':
      return [{ path, found: `${quoted(value, file)}, not a whole number`, allowed }]
    case 'custom':
    case 'invalid_element':
      return [{ path, found: issue.message || 'not allowed here', allowed: issue.message ? '' : allowed }]
    default:
      return [{ path, found: 'not allowed here', allowed }]
  }
}

function unknownKey(key: string, path: Path, message: string, file: Shaping): Placed {
  const keys = keysAt(file.schema, path)
  const allowed = keys.join(', ')
  const hint = didYouMean(key, keys)
  // An unknown key may be a misplaced secret (`{ token: { <secret> } }`).
  if (!file.repeatValues && path.length > 0) return { path, found: 'a key that is not known here', allowed, hint }
  return { path: [...path, key], found: message || 'not a key that is known here', allowed, hint, at: 'key' }
}

function outOfRange(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  path: Path,
  value: unknown,
  allowed: string,
  file: Shaping,
): Placed {
  const small = issue.code === 'too_small'
  const bound = Number(small ? issue.minimum : issue.maximum)
  if (typeof value === 'number')
    return { path, found: `${quoted(value, file)}, which is too ${small ? 'small' : 'large'}`, allowed }
  const unit = typeof value === 'string' ? 'characters' : 'entries'
  const limit = `${small ? 'at least' : 'at most'} ${bound} ${bound === 1 ? unit.replace(/s$|ies$/, (end) => (end === 's' ? '' : 'y')) : unit}`
  const size = typeof value === 'string' ? value.length : Object.keys(value ?? {}).length
  return { path, found: size === 0 ? 'empty' : `${size} ${unit}`, allowed: limit }
}

function notAWord(path: Path, value: unknown, allowed: string, file: Shaping): Placed {
  const hint = typeof value === 'string' ? didYouMean(value, wordsAt(file.schema, path)) : ''
  return { path, found: `${quoted(value, file)} is not one of the words that belong here`, allowed, hint }
}

/** Reports on the one branch that the value evidently meant; otherwise lists what all branches allow. */
function insideUnion(
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
  value: unknown,
  allowed: string,
  file: Shaping,
): readonly Placed[] {
  const meant = issue.errors.filter(
    (branch) =>
      !branch.some(({ path: at, code }) => at.length === 0 && (code === 'invalid_type' || code === 'invalid_value')),
  )
  if (meant.length === 1) return meant[0]!.flatMap((inner) => findings(inner, path, file))
  if (typeof value === 'string' && wordsAt(file.schema, path).length > 0) return [notAWord(path, value, allowed, file)]
  return [{ path, found: `${shapeOf(value)}, where another kind of value belongs`, allowed: issue.message || allowed }]
}

/** The value at a path; undefined if there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[step]
  }
  return value
}

/** Repeats short plain words and numbers, never longer texts. */
function quoted(value: unknown, { repeatValues }: Shaping): string {
  if (!repeatValues) return shapeOf(value)
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && /^[\w ./:-]{1,32}$/.test(value) ? `"${value}"` : shapeOf(value)
}

/** The kind of a value in words, without the value. */
export function shapeOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return value === '' ? 'an empty text' : 'a text'
    case 'number':
      return 'a number'
    case 'boolean':
      return 'true or false'
    default:
      return 'a map'
  }
}
