/** A type's settings as a table: from its schema, and from the comments beside it. */
import { z } from 'zod'
import type { RegisteredType } from '../../partners/envelope-limits.ts'

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

/** @param source the text of the type's connection.ts */
export function settingsTable(type: RegisteredType, source: string): string {
  const schema = z.toJSONSchema(type.connection, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const required = new Set(schema.required ?? [])
  const rows = Object.entries(schema.properties ?? {}).map(([name, one]) => {
    const isSecret = type.secrets.some((pattern) => pattern === name || pattern.startsWith(`${name}.`))
    const kind = isSecret && one.properties === undefined ? secretWords(type, name) : kindOf(one)
    const fallback =
      one.default === undefined ? (required.has(name) ? '**needed**' : '—') : `\`${JSON.stringify(one.default)}\``
    return `| \`${name}\` | ${kind} | ${fallback} | ${commentOf(source, name)} |`
  })
  return ['| key | value | default | |', '|---|---|---|---|', ...rows].join('\n')
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

/** The comment right above a key, as one line; none where it needs none. */
function commentOf(source: string, key: string): string {
  const found = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*\\n\\s*${key}[:,]`).exec(source)?.[1] ?? ''
  return found
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trim())
    .join(' ')
    .trim()
    .replaceAll('|', '\\|')
}
