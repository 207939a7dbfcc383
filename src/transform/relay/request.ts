/** Requests in a partner's own format: matched to a route, read through the map, and rewritten from what may pass. */
import type { Json, JsonObject } from '../../model/brand.ts'
import type { Decision } from '../../model/decision.ts'
import { GatewayError } from '../../model/errors.ts'
import { parseJson } from '../../model/json-text.ts'
import type { ObjectNode, RelayMap, RelayNode, RelayRoute } from '../../model/relay-map.ts'
import type { AppFacts } from '../../model/values.ts'
import type { Pseudonymise } from '../view.ts'
import { compileNode, compileObject } from './compile.ts'
import type { Place } from './leaf.ts'
import { withNames } from './named.ts'
import { Reading, settingOf, Writing } from './reading.ts'
import { FormMembers, HeaderMembers, jsonText } from './written.ts'

/** The received request, parsed. Header names in lower case. */
export interface RelayRequest {
  readonly query: JsonObject
  readonly headers: JsonObject
  /** A JSON body, or a form's fields; undefined if there is none. */
  readonly content: Json | undefined
}
/** The outgoing request, and what it holds. */
export interface WrittenRequest {
  readonly method: RelayRoute['method']
  /** Including the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly writing: Writing
}
export interface CompiledRoute {
  readonly route: RelayRoute
  /** @param segments of a path, split at each `/` */
  isAt(segments: readonly string[]): boolean
  /** @param real words that are real user ids in the app, though placeholders elsewhere */
  read(request: RelayRequest, real?: readonly string[]): Reading
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

const CONTENT_TYPES = {
  json: 'application/json',
  json_or_none: 'application/json',
  form: 'application/x-www-form-urlencoded',
  none: undefined,
} as const

/**
 * @param names paths that the contract lists beyond the map
 * @param forgets whether the contract grants deletion requests. Without it the route does not exist, so that no user gets a false
 *   confirmation
 */
export function compileMap(map: RelayMap, names: readonly string[], forgets: boolean): CompiledMap {
  const routes = map.routes.filter((route) => route.forgets !== true || forgets)
  return { map, routes: routes.map((route) => compileRoute(route.forgets === true ? route : withNames(route, names))) }
}

/**
 * @param body the content type of the request
 * @returns `path`: no route at this path; `method`: a route with another method
 */
export function matchRoute({ routes }: CompiledMap, method: string, path: string, body: 'json' | 'form'): Match {
  const segments = path.split('/')
  const there = routes.filter(({ isAt }) => isAt(segments))
  const byMethod = there.filter(({ route }) => route.method === method)
  // Some partners accept a form and JSON at one path.
  const route = byMethod.find(({ route }) => (route.body === 'form') === (body === 'form')) ?? byMethod[0]
  return route === undefined ? { kind: there.length > 0 ? 'method' : 'path' } : { kind: 'route', route }
}

function compileRoute(route: RelayRoute): CompiledRoute {
  const query = compileObject(route.query)
  const headers = compileObject(route.headers)
  const content = compileContent(route)
  const type = CONTENT_TYPES[route.body]
  const settings = settingsOf(route)
  return {
    route,
    isAt: pathMatcher(route.path),
    read: (request, real) => {
      const reading = new Reading(settings, real)
      content.read(request.content, reading)
      query.place.read(request.query, reading)
      for (const name in route.headers.members) {
        const text = request.headers[name]
        if (text !== undefined) headers.place.read({ [name]: text }, reading)
      }
      return reading
    },
    write: (request, decision, app, pseudonymise) => {
      const writing = new Writing(decision, app, pseudonymise)
      const body = content.write(request.content, writing)
      const parameters = new FormMembers()
      query.writeMembers(request.query, writing, parameters)
      const { texts: sent } = writeHeaders(request.headers, writing)
      if (type !== undefined && body !== undefined) sent['content-type'] = type
      if (decision.flags.gpc) sent['sec-gpc'] = '1'
      return {
        method: route.method,
        path: parameters.text === '' ? route.to : `${route.to}?${parameters.text}`,
        headers: sent,
        body: body ?? '',
        writing,
      }
    },
  }

  function writeHeaders(given: JsonObject, writing: Writing): HeaderMembers {
    const into = new HeaderMembers()
    headers.writeMembers(given, writing, into)
    return into
  }
}

/**
 * The contract's own values in a request of the route. The partner gets them in any case, and a correctly configured SDK sends
 * the same ones, also in other places.
 */
function settingsOf({ to, query, headers, content }: RelayRoute): ReadonlySet<string> {
  const found = new Set<string>()
  const add = (value: Json | undefined): void => {
    if (typeof value === 'string' || typeof value === 'number') found.add(settingOf(value))
    else if (typeof value === 'object' && value !== null) for (const one of Object.values(value)) add(one)
  }
  const walk = (node: RelayNode): void => {
    if (node.kind === 'ours') add(node.value)
    else if (node.kind === 'object') for (const member of Object.values(node.members)) walk(member)
    else if (node.kind === 'list' || node.kind === 'json_text') walk(node.of)
    else if (node.kind === 'tuple') for (const one of node.of) walk(one)
  }
  for (const part of [query, headers, content]) walk(part)
  for (const segment of to.split('/')) add(segment)
  found.delete('')
  return found
}

/** A body's reader and writer; the writer returns undefined if nothing passes. */
function compileContent({ body, content }: RelayRoute): {
  readonly read: Place['read']
  readonly write: (value: Json | undefined, writing: Writing) => string | undefined
} {
  if (body === 'form') {
    // Sound: a form's content is an object of its fields.
    const fields = compileObject(content as ObjectNode)
    return {
      read: fields.place.read,
      write: (value, writing) => {
        const into = new FormMembers()
        const stays = fields.writeMembers(value, writing, into)
        return into.text !== '' || stays ? into.text : undefined
      },
    }
  }
  const place = compileNode(content)
  return {
    read: place.read,
    write: (value, writing) => {
      const written = body === 'none' ? undefined : place.write(value, writing)
      return written === undefined ? undefined : jsonText(written)
    },
  }
}

/** `{name}` in a pattern matches one segment of name characters. */
function pathMatcher(pattern: string): (segments: readonly string[]) => boolean {
  const wanted = pattern.split('/')
  return (segments) =>
    wanted.length === segments.length &&
    wanted.every((part, index) =>
      part.startsWith('{') ? /^[A-Za-z0-9._~-]{1,100}$/.test(segments[index]!) : part === segments[index],
    )
}

/** Parses a body as its route requires. Throws `ERR_BODY_NOT_JSON`, never quoting the input. */
export function parseContent(kind: RelayRoute['body'], text: string): Json | undefined {
  if (kind === 'none' || (kind === 'json_or_none' && text === '')) return undefined
  if (kind === 'form') return parseForm(text)
  try {
    return parseJson(text)
  } catch {
    // The parser's message quotes the body.
    throw new GatewayError('ERR_BODY_NOT_JSON')
  }
}

/** Never fails: malformed escapes are kept. */
export function parseForm(text: string): JsonObject {
  return fieldsOf(text === '' ? [] : new URLSearchParams(text))
}

/** Names to texts; a repeated name becomes a list. */
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

/** The request as one text, which the ledger commits to and the guard scans. Secrets are placeholders. */
export function textOf({ method, path, headers, body }: Omit<WrittenRequest, 'writing'>): string {
  let text = `${method} ${path}`
  for (const name in headers) text += `\n${name}: ${headers[name]}`
  return body === '' ? text : `${text}\n\n${body}`
}
