/** Describes problems of a request: path, what was found and what is allowed. Never repeats a value. */
import type { z } from 'zod'
import { describeAt, keysAt } from '../contracts/schema-walk.ts'
import { valueAt } from '../contracts/shape.ts'
import { didYouMean } from '../contracts/suggest.ts'
import type { Path } from '../model/problem.ts'

export interface RequestProblem {
  readonly in: 'path' | 'query' | 'header' | 'body'
  /** JSON Pointer (RFC 6901) into the body, or the name of a parameter; `''` for the whole body. */
  readonly path: string
  readonly found: string
  /** `''` if `found` is sufficient. */
  readonly allowed: string
}

/** Unknown keys that are repeated in a message; longer ones, or those with other characters, may be values. */
const SHOWN_KEY = /^[A-Za-z_][\w-]{0,39}$/

/** Deviations of `value` from `schema`, as `schema.safeParse(value)` found them. */
export function requestProblems(
  place: RequestProblem['in'],
  schema: z.ZodType,
  value: unknown,
  issues: readonly z.core.$ZodIssue[],
  under: Path = [],
): readonly RequestProblem[] {
  return issues.flatMap((issue): readonly RequestProblem[] => {
    // Sound: paths of JSON values and query strings hold only strings and numbers.
    const path = [...under, ...(issue.path as Path)]
    const at = { in: place, path: place === 'body' ? pointer(path) : path.join('.') }
    const allowed = describeAt(schema, path)
    switch (issue.code) {
      case 'unrecognized_keys':
        return issue.keys.map((key) => unknownKey(at, key, keysAt(schema, path)))
      case 'invalid_type':
        return [{ ...at, found: valueAt(value, path) === undefined ? 'missing' : 'another kind of value', allowed }]
      case 'too_small':
        return [{ ...at, found: 'too small', allowed: `at least ${issue.minimum}${unitOf(issue.origin)}` }]
      case 'too_big':
        return [{ ...at, found: 'too large', allowed: `at most ${issue.maximum}${unitOf(issue.origin)}` }]
      case 'invalid_value': {
        const found = valueAt(value, path) === undefined ? 'missing' : 'not one of the words that belong here'
        return [{ ...at, found, allowed }]
      }
      case 'invalid_format':
        return [{ ...at, found: 'not of the form that belongs here', allowed }]
      case 'invalid_union':
        return inUnion(place, schema, value, issue, path) ?? [{ ...at, found: 'none of the allowed shapes', allowed }]
      case 'custom':
        // Messages of our own schemas hold no values.
        return [{ ...at, found: issue.message, allowed: '' }]
      default:
        return [{ ...at, found: 'not allowed here', allowed }]
    }
  })
}

/** The problems of the union branch that the value evidently meant. */
function inUnion(
  place: RequestProblem['in'],
  schema: z.ZodType,
  value: unknown,
  { errors }: z.core.$ZodIssueInvalidUnion,
  path: Path,
): readonly RequestProblem[] | undefined {
  const meant = errors.filter(
    (branch) => !branch.some((issue) => issue.path.length === 0 && issue.code === 'invalid_type'),
  )
  return meant.length === 1 ? requestProblems(place, schema, value, meant[0]!, path) : undefined
}

function unknownKey(
  { in: place, path }: Pick<RequestProblem, 'in' | 'path'>,
  key: string,
  keys: readonly string[],
): RequestProblem {
  const shown = SHOWN_KEY.test(key)
  const hint = didYouMean(key, keys)
  const found = `not a key that is known here${hint === '' ? '' : `. ${hint}`}`
  const where = place === 'body' ? `${path}/${shown ? key : '*'}` : shown ? key : '*'
  return { in: place, path: where, found, allowed: keys.length === 0 ? 'no key at all' : keys.join(', ') }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' || origin === 'object' || origin === 'record' ? ' entries' : ''
}

function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
