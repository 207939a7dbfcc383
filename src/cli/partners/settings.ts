/** A type's settings as a table, from its schema and the comments in it. */
import { z } from 'zod'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'

interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly items?: JsonSchema
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly minimum?: number
  readonly maximum?: number
}

/**
 * @param source the text of the type's connection.ts
 * @param shared the texts of its imports from the kit, which describe nested settings
 */
export function settingsTable(type: RegisteredType, source: string, shared: string): string {
  const schema = z.toJSONSchema(type.connection, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  return ['| key | value | default | |', '|---|---|---|---|', ...rowsOf(type, schema, [source, shared], [])].join('\n')
}

/** A row for each key, followed by rows for its nested keys. */
function rowsOf(
  type: RegisteredType,
  schema: JsonSchema,
  sources: readonly [own: string, shared: string],
  above: readonly string[],
): readonly string[] {
  const required = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).flatMap(([key, one]) => {
    const path = [...above, key]
    const name = path.join('.')
    const isSecret = type.secrets.some((pattern) => pattern === name || pattern.startsWith(`${name}.`))
    const kind = isSecret && one.properties === undefined ? secretWords(type, name) : kindOf(one)
    const fallback =
      one.default === undefined ? (required.has(key) ? 'required' : '—') : `\`${JSON.stringify(one.default)}\``
    const row = `| \`${name}\` | ${kind} | ${fallback} | ${commentOf(above.length === 0 ? sources[0] : sources.join('\n'), path)} |`
    return [row, ...rowsOf(type, one, sources, path)]
  })
}

function secretWords(type: RegisteredType, name: string): string {
  const isMap = type.secrets.includes(`${name}.*`)
  return isMap ? 'name → text or secret (`{env: NAME}`, `{file: path}`)' : 'a secret: `{env: NAME}` or `{file: path}`'
}

function kindOf({ type, enum: words, const: only, anyOf, items, properties, minimum, maximum }: JsonSchema): string {
  if (words !== undefined) return words.map((word) => `\`${String(word)}\``).join(', ')
  if (only !== undefined) return `\`${String(only)}\``
  if (anyOf !== undefined) return anyOf.map(kindOf).join(' or ')
  if (properties !== undefined) return `\`{${Object.keys(properties).join(', ')}}\``
  if (items !== undefined) return `a list of ${kindOf(items)}`
  if (type === 'boolean') return '`true`, `false`'
  if (type === 'integer' || type === 'number') {
    const isBounded = minimum !== undefined && maximum !== undefined && maximum < 1e9
    return isBounded ? `${minimum} to ${maximum}` : 'a number'
  }
  return type === 'object' ? 'name → value' : 'text'
}

/** The comment directly above a key, as one line, or ''. Nested keys follow their parent. */
function commentOf(source: string, path: readonly string[]): string {
  const lines = source.split('\n')
  const at = path.reduce(
    (from, key) =>
      from < 0
        ? from
        : lines.findIndex(
            (line, index) =>
              index > from && isNamed(line.trim(), key) && lines[index - 1]?.trimEnd().endsWith('*/') === true,
          ),
    0,
  )
  const above = lines.slice(0, Math.max(0, at)).join('\n').trimEnd()
  return above
    .slice(above.lastIndexOf('/**') + '/**'.length, -'*/'.length)
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .join(' ')
    .trim()
    .replaceAll('|', '\\|')
}

function isNamed(line: string, key: string): boolean {
  return line.startsWith(`${key}:`) || line.startsWith(`${key},`)
}
