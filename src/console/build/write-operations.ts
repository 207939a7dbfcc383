/** Writes `api/operations.ts` from `docs/openapi.json`: every call of the ops API with the types of what it takes and answers. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { writeSnippets } from './write-snippets.ts'

const FROM = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url))
const TO = fileURLToPath(new URL('../api/operations.ts', import.meta.url))

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>
interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Schema }[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
  readonly 'x-roles': readonly string[]
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** TypeScript's spelling of a JSON Schema; `unknown` for what has no better one. */
export function typeOf(schema: Schema): string {
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const union = schema.anyOf ?? schema.oneOf
  if (union !== undefined) return union.map((one) => `(${typeOf(one)})`).join(' | ')
  if (schema.allOf !== undefined) return schema.allOf.map((one) => `(${typeOf(one)})`).join(' & ')
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => typeOf({ ...schema, type })).join(' | ')
  switch (schema.type) {
    case 'string':
      return 'string'
    case 'integer':
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
      return 'null'
    case 'array':
      return `readonly (${typeOf(schema.items ?? {})})[]`
    case 'object':
      return objectOf(schema)
    default:
      return 'unknown'
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema): string {
  const members = Object.entries(properties).map(
    ([name, schema]) => `readonly ${JSON.stringify(name)}${required.includes(name) ? '' : '?'}: ${typeOf(schema)}`,
  )
  if (members.length > 0) return `{ ${members.join('; ')} }`
  const rest = typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown'
  return additionalProperties === false ? 'Readonly<Record<string, never>>' : `Readonly<Record<string, ${rest}>>`
}

function operationOf(operation: Operation): string {
  const of = (place: string): string => {
    const found = (operation.parameters ?? []).filter((parameter) => parameter.in === place)
    return objectOf({
      properties: Object.fromEntries(found.map(({ name, schema }) => [name, schema])),
      required: found.filter(({ required }) => required).map(({ name }) => name),
      additionalProperties: false,
    })
  }
  const body = operation.requestBody?.content['application/json']?.schema
  const answers = Object.entries(operation.responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, { content }]) => content?.['application/json']?.schema)
  const answer = answers.map((schema) => (schema === undefined ? 'string' : typeOf(schema)))
  return `{ params: ${of('path')}; query: ${of('query')}; body: ${body === undefined ? 'undefined' : typeOf(body)}; answer: ${[...new Set(answer)].join(' | ')} }`
}

export function operationsIn({ paths }: Description): string {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const types = all.map(({ operation }) => `  ${operation.operationId}: ${operationOf(operation)}`)
  const facts = all.map(
    ({ path, method, operation }) =>
      `  ${operation.operationId}: { method: '${method}', path: '${path}', roles: ${JSON.stringify(operation['x-roles'])} },`,
  )
  return [
    '// Written by build/write-operations.ts from docs/openapi.json.',
    'export interface Operations {',
    ...types,
    '}',
    'export const OPERATIONS = {',
    ...facts,
    '} as const satisfies Record<keyof Operations, unknown>',
    '',
  ].join('\n')
}

export function writeOperations(): void {
  // Sound: a test holds the file against the table of routes.
  const text = operationsIn(JSON.parse(readFileSync(FROM, 'utf8')) as Description)
  if (!existsSync(TO) || readFileSync(TO, 'utf8') !== text) writeFileSync(TO, text)
}

if (import.meta.main) {
  writeOperations()
  writeSnippets()
}
