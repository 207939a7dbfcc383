/** OpenAPI 3.1 of the ops API, generated from the schemas that validate requests. */
import { z } from 'zod'
import { ERROR_CODES, type ErrorCode } from '../model/errors.ts'
import { problemOf } from './problem-answer.ts'
import { takesKey } from './require-call.ts'
import type { AnswerFacts, Example, Route, TaggedRoute } from './route.ts'

type Json = Readonly<Record<string, unknown>>

const TITLE = 'Sluice ops API'
const VERSION = '1'

/** Errors that any call may answer. */
const EVERY_CALL: readonly ErrorCode[] = [
  'ERR_TOKEN_MISSING',
  'ERR_TOKEN_INVALID',
  'ERR_CSRF',
  'ERR_ROLE',
  'ERR_ORIGIN',
  'ERR_HOST',
  'ERR_RATE',
  'ERR_INTERNAL',
  'ERR_ISSUER_UNAVAILABLE',
]

/** Tags in reading order. */
const TAGS: Readonly<Record<string, string>> = {
  partners: 'Contracts and partner types.',
  configuration: 'Revisions and their publication.',
  simulate: 'What would be sent; sends nothing.',
  stop: 'Kill switches. They always work.',
  subjects: 'A subject’s choices, records and rights.',
  cases: 'Subjects’ requests, until they are answered.',
  ledger: 'Disclosures and their proofs.',
  evidence: 'Exports for regulators and auditors.',
  operations: 'Accounting, deliveries and dead letters.',
  access: 'Callers and tokens.',
}

const PROBLEM = z.looseObject({
  type: z.string().describe('`urn:sluice:` and the code.'),
  title: z.string(),
  status: z.int(),
  code: z.string().describe('Stable; docs/errors.md lists them all.'),
})
const REQUEST_PROBLEM = z.strictObject({
  in: z.enum(['path', 'query', 'header', 'body']),
  path: z.string().describe('JSON Pointer into the body, or the name of a parameter.'),
  found: z.string(),
  allowed: z.string(),
})

const PROBLEM_REF = { $ref: '#/components/schemas/Problem' }
const REQUEST_PROBLEM_REF = { $ref: '#/components/schemas/RequestProblem' }

export function openApiOf(routes: readonly TaggedRoute[]): Json {
  const used = new Set(routes.map(({ tag }) => tag))
  return {
    openapi: '3.1.1',
    info: {
      title: TITLE,
      version: VERSION,
      summary: 'Contracts, privacy rights and operations of one Sluice gateway.',
      description: 'Roles, conventions and the audit trail: docs/control-api.md.',
      license: { name: 'UNLICENSED', url: 'https://choosealicense.com/no-permission/' },
    },
    servers: [{ url: 'http://127.0.0.1:8081', description: 'The control plane on its own machine.' }],
    security: [{ bearer: [] }],
    tags: Object.entries(TAGS).flatMap(([name, description]) => (used.has(name) ? [{ name, description }] : [])),
    paths: Object.fromEntries(
      [...Map.groupBy(routes, ({ path }) => path)].map(([path, ofPath]) => [
        path,
        Object.fromEntries(ofPath.map((route) => [route.method.toLowerCase(), operationOf(route)])),
      ]),
    ),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A token of the OIDC issuer, or the bootstrap token.' },
      },
      schemas: {
        Problem: schemaOf(PROBLEM, 'output'),
        RequestProblem: schemaOf(
          PROBLEM.extend({ code: z.literal('ERR_REQUEST_INVALID'), problems: z.array(REQUEST_PROBLEM) }),
          'output',
        ),
      },
    },
  }
}

function operationOf(route: TaggedRoute): Json {
  const { id, tag, summary, notes, roles, effect } = route
  const parameters = [
    ...parametersOf('path', route.params, route.examples),
    ...parametersOf('query', route.query, route.examples),
    ...headersOf(route),
  ]
  const description = [notes, `Roles: ${roles.join(', ')}.`, EFFECT_WORDS[effect]].filter(Boolean).join('\n\n')
  const body = bodyOf(route)
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    'x-roles': roles,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, answer]) => [status, answerOf(answer)])),
      ...refusalsOf(route),
    },
  }
}

const EFFECT_WORDS: Readonly<Record<Route['effect'], string>> = {
  reads: '',
  inspects: 'Shows one person’s data: recorded in the audit trail first.',
  acts: 'Recorded in the audit trail before it takes effect.',
  stops: 'Takes effect even while the audit trail cannot be written.',
}

function parametersOf(place: 'path' | 'query', schema: z.ZodType | undefined, examples: readonly Example[]): Json[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    readonly properties?: Readonly<Record<string, Json>>
    readonly required?: readonly string[]
  }
  return Object.entries(properties).map(([name, { description, ...shape }]) => {
    const example = examples
      .map((one) => (place === 'path' ? one.params : one.query)?.[name])
      .find((value) => value !== undefined && !value.startsWith('$'))
    return {
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: shape,
      ...(example === undefined ? {} : { example: shape.type === 'integer' ? Number(example) : example }),
    }
  })
}

function headersOf(route: Route): Json[] {
  const { ifMatch } = route
  const header = (name: string, required: boolean, description: string): Json => ({
    name,
    in: 'header',
    required,
    description,
    schema: { type: 'string' },
  })
  return [
    ...(ifMatch === undefined
      ? []
      : [
          header(
            'If-Match',
            ifMatch === 'required',
            'The ETag of the state that is to be changed; 412 where it moved.',
          ),
        ]),
    ...(takesKey(route)
      ? [
          header(
            'Idempotency-Key',
            false,
            'A key of your own: sent again, the call acts once and answers the same. Kept a day.',
          ),
        ]
      : []),
  ]
}

function bodyOf({ body, stream, examples }: Route): Json | undefined {
  if (stream !== undefined) {
    const content = Object.fromEntries(stream.map((type) => [type, { schema: { type: 'string' } }]))
    return { required: true, content }
  }
  if (body === undefined) return undefined
  const shown = examples.filter((example) => example.body !== undefined && (example.status ?? 200) < 300)
  const named = Object.fromEntries(
    shown.map(({ title, body: value }) => [exampleName(title), { summary: title, value }]),
  )
  const content = { schema: schemaOf(body, 'input'), ...(shown.length === 0 ? {} : { examples: named }) }
  return { required: !body.safeParse(undefined).success, content: { 'application/json': content } }
}

function exampleName(title: string): string {
  return title.replace(/[^A-Za-z0-9]+/g, '_')
}

function answerOf({ says, shape, types = [] }: AnswerFacts): Json {
  const json = shape === undefined ? {} : { 'application/json': { schema: schemaOf(shape, 'output') } }
  const streams = Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' } }]))
  return { description: says, content: { ...json, ...streams } }
}

/** One entry for each status, with an example for each code. */
function refusalsOf(route: Route): Json {
  const asksForShape = [route.params, route.query, route.body].some((schema) => schema !== undefined)
  const takesBody = route.body !== undefined || route.stream !== undefined
  const codes: ErrorCode[] = [
    ...EVERY_CALL,
    ...(asksForShape || route.ifMatch !== undefined || takesKey(route) ? (['ERR_REQUEST_INVALID'] as const) : []),
    ...(route.effect === 'acts' || route.effect === 'inspects' ? (['ERR_LEDGER_UNAVAILABLE'] as const) : []),
    ...(takesKey(route)
      ? (['ERR_IDEMPOTENCY_REUSED', 'ERR_IDEMPOTENCY_UNDER_WAY', 'ERR_IDEMPOTENCY_UNKNOWN'] as const)
      : []),
    ...(takesBody ? (['ERR_MEDIA_TYPE'] as const) : []),
    ...(route.body === undefined ? [] : (['ERR_BODY_NOT_JSON', 'ERR_BODY_TOO_LARGE'] as const)),
    ...route.errors,
  ]
  const byStatus = Map.groupBy(new Set(codes), (code) => ERROR_CODES[code].status)
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => route.answers[status] === undefined)
      .toSorted(([a], [b]) => a - b)
      .map(([status, ofStatus]) => [
        status,
        {
          description: ofStatus.map((code) => `\`${code}\`: ${ERROR_CODES[code].says}`).join('\n\n'),
          content: {
            'application/problem+json': {
              schema: ofStatus.includes('ERR_REQUEST_INVALID')
                ? { anyOf: [REQUEST_PROBLEM_REF, PROBLEM_REF] }
                : PROBLEM_REF,
              examples: Object.fromEntries(ofStatus.map((code) => [code, { value: exampleProblem(code) }])),
            },
          },
        },
      ]),
  )
}

function exampleProblem(code: ErrorCode): object {
  const problems = [{ in: 'query', path: 'limit', found: 'too large', allowed: 'at most 1000' }]
  return problemOf({ code, details: code === 'ERR_REQUEST_INVALID' ? { problems } : {} })
}

/** OpenAPI 3.1 uses JSON Schema 2020-12; the dialect is declared once for the document. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, '~standard': __, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json
  return rest
}
