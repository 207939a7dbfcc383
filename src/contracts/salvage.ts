/** Salvages the valid parts of a value that breaks its schema, so that one error hides no other. */
import type { z } from 'zod'
import type { Path } from '../model/problem.ts'

/** The valid parts of a map. A key is present (perhaps undefined) unless its part is unusable. */
export type Parts<T> = { readonly [Key in keyof T]?: T[Key] | undefined }

/** Parses each key separately, if necessary without its invalid entries. */
export function salvageParts<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  value: unknown,
): Parts<z.output<z.ZodObject<Shape>>> {
  const given = isMap(value) ? value : {}
  const parts: Record<string, unknown> = {}
  for (const [key, part] of Object.entries(schema.shape)) {
    // Sound: the entries of a raw shape are schemas.
    const saved = salvage(part as z.ZodType, given[key])
    if (saved !== undefined) parts[key] = saved.value
  }
  // Sound: each key holds its own schema's output.
  return parts as Parts<z.output<z.ZodObject<Shape>>>
}

/** Undefined if nothing can be salvaged. List entries are never removed, because the indices of the others would shift. */
function salvage<T>(schema: z.ZodType<T>, value: unknown): { readonly value: T } | undefined {
  const first = schema.safeParse(value)
  if (first.success) return { value: first.data }
  const wrong = first.error.issues.flatMap(({ path, ...issue }): Path[] =>
    // Paths of YAML values hold texts and numbers only.
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...(path as Path), key]) : [path as Path],
  )
  if (wrong.some((path) => path.length === 0 || path.some((step) => typeof step === 'number'))) return undefined
  const second = schema.safeParse(wrong.reduce(without, value))
  return second.success ? { value: second.data } : undefined
}

function without(value: unknown, path: Path): unknown {
  const [step, ...rest] = path
  if (!isMap(value) || step === undefined || !Object.hasOwn(value, step)) return value
  const { [step]: inner, ...others } = value
  return rest.length === 0 ? others : { ...others, [step]: without(inner, rest) }
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
