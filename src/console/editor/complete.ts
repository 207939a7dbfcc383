/** Completes YAML from a JSON Schema: keys of the map at the cursor, and the enum of a value. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'

export interface JsonSchema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
}

export function completeBySchema(
  { state, pos, explicit }: Pick<CompletionContext, 'state' | 'pos' | 'explicit'>,
  schema: JsonSchema | undefined,
): CompletionResult | null {
  if (schema === undefined) return null
  const { text, number, from } = state.doc.lineAt(pos)
  const before = text.slice(0, pos - from)
  const word = wordAtEnd(before)
  if (word === '' && !explicit) return null
  const lines = state.doc
    .toString()
    .split('\n')
    .slice(0, number - 1)
  const place = placeOf(lines, before.slice(0, before.length - word.length))
  const found = schemasAt([schema], place.path)
  const options = place.isValue ? valuesOf(found) : keysOf(found)
  return options.length === 0 ? null : { from: pos - word.length, options, validFor: /^[\w@.-]*$/ }
}

/** Scans from the end; a regular expression would try every start. */
function wordAtEnd(text: string): string {
  let start = text.length
  while (start > 0 && /[\w@.-]/.test(text.charAt(start - 1))) start--
  return text.slice(start)
}

/** The cursor's path of keys from the top, and whether a value is expected. */
export function placeOf(
  lines: readonly string[],
  before: string,
): { readonly path: readonly string[]; readonly isValue: boolean } {
  const indent = /^ */.exec(before)?.[0].length ?? 0
  const path = [...outerKeys(lines, indent)]
  let rest = before.trimStart().replace(/^- /, '')
  for (let key = leadingKey(rest); key !== undefined; key = leadingKey(rest)) {
    path.push(key.name)
    rest = key.rest.trimStart()
    const opened = /^\{\s*/.exec(rest)
    if (opened === null) return { path, isValue: true }
    rest = lastMember(rest.slice(opened[0].length))
  }
  return { path, isValue: false }
}

/** Keys of less indented lines above, outermost first. */
function outerKeys(lines: readonly string[], indent: number): readonly string[] {
  const keys: string[] = []
  let within = indent
  for (const line of lines.toReversed()) {
    const depth = /^ */.exec(line)?.[0].length ?? 0
    const key = leadingKey(line.slice(depth).replace(/^- /, ''))
    if (key === undefined || depth >= within) continue
    keys.unshift(key.name)
    within = depth
    if (depth === 0) break
  }
  return keys
}

function leadingKey(text: string): { readonly name: string; readonly rest: string } | undefined {
  const found = /^(?:'([^']*)'|"([^"]*)"|([^\s:#{}[\],'"][^:#{}[\],]*)):(?: |$)/.exec(text)
  if (found === null) return undefined
  return { name: found[1] ?? found[2] ?? found[3] ?? '', rest: text.slice(found[0].length) }
}

/** The text after the last comma of an open flow map. */
function lastMember(text: string): string {
  return text.slice(text.lastIndexOf(',') + 1).trimStart()
}

function schemasAt(schemas: readonly JsonSchema[], path: readonly string[]): readonly JsonSchema[] {
  const all = schemas.flatMap(branches)
  const [key, ...rest] = path
  if (key === undefined) return all
  const next = all.flatMap(({ properties, additionalProperties, items }) => {
    const own = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined
    const other = typeof additionalProperties === 'object' ? additionalProperties : undefined
    const listed = items?.properties?.[key]
    return [own ?? other ?? listed].filter((one) => one !== undefined)
  })
  return next.length === 0 ? [] : schemasAt(next, rest)
}

function branches(schema: JsonSchema): readonly JsonSchema[] {
  return [schema, ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(branches)]
}

function keysOf(schemas: readonly JsonSchema[]): Completion[] {
  return schemas.flatMap(({ properties = {} }) =>
    Object.entries(properties).map(([label, { description }]) => ({
      label,
      type: 'property',
      apply: `${label}: `,
      ...(description === undefined ? {} : { info: description }),
    })),
  )
}

function valuesOf(schemas: readonly JsonSchema[]): Completion[] {
  const words = schemas.flatMap((schema) => [...(schema.enum ?? []), ...('const' in schema ? [schema.const] : [])])
  return [...new Set(words)].flatMap((word) => (typeof word === 'string' ? [{ label: word, type: 'enum' }] : []))
}
