/** A request in a partner's own format: matched to a route, read by the map, and written again from what may pass. */
import type { Json, JsonObject } from '../../model/brand.ts'
import type { Decision } from '../../model/decision.ts'
import { GatewayError } from '../../model/errors.ts'
import type { RelayMap, RelayRoute } from '../../model/relay-map.ts'
import type { AppFacts } from '../../model/values.ts'
import type { Pseudonymise } from '../view.ts'
import { compileNode, type Place } from './compile.ts'
import { withNames } from './named.ts'
import { Reading, Writing } from './reading.ts'

/** As it came, taken apart. Header names in lower case. */
export interface RelayRequest {
  readonly query: JsonObject
  readonly headers: JsonObject
  /** A JSON body, or a form's fields; undefined where there is none. */
  readonly content: Json | undefined
}
/** What may pass: the request that goes out, and what it holds. */
export interface WrittenRequest {
  readonly method: RelayRoute['method']
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly writing: Writing
}
export interface CompiledRoute {
  readonly route: RelayRoute
  read(request: RelayRequest): Reading
  write(
    request: RelayRequest,
    decision: Extract<Decision, { kind: 'send' }>,
    app: AppFacts,
    pseudonymise: Pseudonymise,
  ): WrittenRequest
}
export interface CompiledMap {
  readonly map: RelayMap
  readonly routes: readonly CompiledRoute[]
}
export type Match = { readonly kind: 'route'; readonly route: CompiledRoute } | { readonly kind: 'path' | 'method' }

const HEADER_TEXT = /^[\x20-\x7e]{1,1024}$/
const CONTENT_TYPES = {
  json: 'application/json',
  json_or_none: 'application/json',
  form: 'application/x-www-form-urlencoded',
  none: undefined,
} as const

/**
 * @param names places that the contract lets through beside the map
 * @param forgets whether it lets wishes to be forgotten through: without it there is no such route, so that nobody is told they were
 */
export function compileMap(map: RelayMap, names: readonly string[], forgets: boolean): CompiledMap {
  const routes = map.routes.filter((route) => route.forgets !== true || forgets)
  return { map, routes: routes.map((route) => compileRoute(route.forgets === true ? route : withNames(route, names))) }
}

/**
 * @param body what the sender says it sends
 * @returns `path`: nothing is at that path; `method`: something is, by another method
 */
export function matchRoute({ routes }: CompiledMap, method: string, path: string, body: 'json' | 'form'): Match {
  const segments = path.split('/')
  const there = routes.filter(({ route }) => matches(route.path, segments))
  const byMethod = there.filter(({ route }) => route.method === method)
  // Some partners take a form and JSON at one path.
  const route = byMethod.find(({ route }) => (route.body === 'form') === (body === 'form')) ?? byMethod[0]
  return route === undefined ? { kind: there.length > 0 ? 'method' : 'path' } : { kind: 'route', route }
}

function matches(pattern: string, segments: readonly string[]): boolean {
  const wanted = pattern.split('/')
  return (
    wanted.length === segments.length &&
    wanted.every((part, index) =>
      part.startsWith('{') ? /^[A-Za-z0-9._~-]{1,100}$/.test(segments[index]!) : part === segments[index],
    )
  )
}

function compileRoute(route: RelayRoute): CompiledRoute {
  const [query, headers, content] = [route.query, route.headers, route.content].map(compileNode) as [
    Place,
    Place,
    Place,
  ]
  const type = CONTENT_TYPES[route.body]
  return {
    route,
    read: (request) => {
      const reading = new Reading()
      content.read(request.content, reading)
      query.read(request.query, reading)
      for (const name in route.headers.members) {
        const text = request.headers[name]
        if (text !== undefined) headers.read({ [name]: text }, reading)
      }
      return reading
    },
    write: (request, decision, app, pseudonymise) => {
      const writing = new Writing(decision, app, pseudonymise)
      const body = route.body === 'none' ? undefined : content.write(request.content, writing)
      const parameters = query.write(request.query, writing)
      const sent = headerTexts(headers.write(request.headers, writing))
      if (type !== undefined && body !== undefined) sent['content-type'] = type
      if (decision.flags.gpc) sent['sec-gpc'] = '1'
      const queryText = formText(parameters)
      return {
        method: route.method,
        path: queryText === '' ? route.to : `${route.to}?${queryText}`,
        headers: sent,
        body: body === undefined ? '' : route.body === 'form' ? formText(body) : JSON.stringify(body),
        writing,
      }
    },
  }
}

function headerTexts(written: Json | undefined): Record<string, string> {
  const texts: Record<string, string> = {}
  if (typeof written !== 'object' || written === null) return texts
  for (const [name, value] of Object.entries(written)) {
    const text = String(value)
    if (HEADER_TEXT.test(text)) texts[name] = text
  }
  return texts
}

/** A body as its route reads it. Throws `ERR_BODY_NOT_JSON`, and never repeats what was sent. */
export function parseContent(kind: RelayRoute['body'], text: string): Json | undefined {
  if (kind === 'none' || (kind === 'json_or_none' && text === '')) return undefined
  if (kind === 'form') return parseForm(text)
  try {
    return JSON.parse(text) as Json
  } catch {
    // The parser's message quotes the body: only the fact goes on.
    throw new GatewayError('ERR_BODY_NOT_JSON')
  }
}

/** Never fails: what is malformed stays as it is. */
export function parseForm(text: string): JsonObject {
  return fieldsOf(text === '' ? [] : new URLSearchParams(text))
}

/** Names to texts; a name that comes several times has a list. */
export function fieldsOf(pairs: Iterable<readonly [string, string]>): JsonObject {
  const fields = Object.create(null) as Record<string, string | string[]>
  for (const [name, value] of pairs) {
    const before = fields[name]
    if (before === undefined) fields[name] = value
    else if (typeof before === 'string') fields[name] = [before, value]
    else before.push(value)
  }
  return fields
}

/** A secret's place stays as it is: it is filled, and encoded, as the request is sent. */
function formText(fields: Json | undefined): string {
  if (typeof fields !== 'object' || fields === null) return ''
  let text = ''
  for (const [name, value] of Object.entries(fields)) {
    const shown = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
    text += `${text === '' ? '' : '&'}${encode(name)}=${shown.startsWith('{{secret:') ? shown : encode(shown)}`
  }
  return text
}

/** Half a surrogate pair cannot be written: it becomes the replacement character. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** The request as one text: what the ledger commits to and the guard scans. Secrets are placeholders. */
export function textOf({ method, path, headers, body }: Omit<WrittenRequest, 'writing'>): string {
  let text = `${method} ${path}`
  for (const name in headers) text += `\n${name}: ${headers[name]}`
  return body === '' ? text : `${text}\n\n${body}`
}
