/**
 * Paths that a contract lists beyond the map: `query.sub1`, `header.x-tag`, `body.ext.channel`, `body.imp[].ext.skadn.version`.
 * JSON inside a text is walked like the rest if the map knows it.
 */
import type { ObjectNode, RelayMap, RelayNode, RelayRoute } from '../../model/relay-map.ts'

type Step = { readonly kind: 'member'; readonly name: string } | { readonly kind: 'each' }
type Part = 'query' | 'headers' | 'content'
const PARTS: Readonly<Record<string, Part>> = { query: 'query', header: 'headers', body: 'content' }

/** Headers about the connection, the client address and authorisation: these are built, never copied. */
const NEVER_COPIED =
  /^header\.(?:(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|host|expect|accept-encoding|via|forwarded|x-real-ip|cookie2?|authorization|sec-gpc|referer|origin)$|(?:proxy|content|x-forwarded|x-sluice)-)/i

/** Why a path is invalid; undefined if at least one route has room for it. */
export function namedPathProblem(
  map: RelayMap,
  name: string,
): 'not_a_place' | 'known' | 'no_room' | 'never_copied' | undefined {
  if (NEVER_COPIED.test(name)) return 'never_copied'
  if (stepsOf(name) === undefined) return 'not_a_place'
  const tried = map.routes.map((route) => nameIn(route, name))
  if (tried.some((one) => typeof one === 'object')) return undefined
  return tried.includes('known') ? 'known' : 'no_room'
}

/** The route with every listed path it has room for. */
export function withNames(route: RelayRoute, names: readonly string[]): RelayRoute {
  return names.reduce((so, name) => {
    const named = nameIn(so, name)
    return typeof named === 'object' ? named : so
  }, route)
}

function nameIn(route: RelayRoute, name: string): RelayRoute | 'known' | 'no_room' {
  const place = stepsOf(name)
  if (place === undefined || NEVER_COPIED.test(name)) return 'no_room'
  const { part, steps } = place
  const grown = grow(route[part], steps, name)
  if (typeof grown === 'string') return grown
  // Sound: `grow` keeps a node's kind, and query and headers are objects.
  return part === 'content' ? { ...route, content: grown } : { ...route, [part]: grown as ObjectNode }
}

function grow(node: RelayNode | undefined, steps: readonly Step[], name: string): RelayNode | 'known' | 'no_room' {
  const [step, ...rest] = steps
  if (step === undefined) {
    if (node === undefined || node.kind === 'named') return { kind: 'named', name }
    // A path that passes anyway may be listed too: contracts did before the type knew it.
    return isPlain(node) ? node : 'known'
  }
  if (node?.kind === 'json_text') {
    const inner = grow(node.of, steps, name)
    return typeof inner === 'string' ? inner : { ...node, of: inner }
  }
  if (step.kind === 'each') {
    if (node !== undefined && node.kind !== 'list') return 'no_room'
    const inner = grow(node?.of, rest, name)
    return typeof inner === 'string' ? inner : { kind: 'list', ...node, of: inner }
  }
  if (node !== undefined && node.kind !== 'object') return 'no_room'
  const positional = node?.position
  if (
    positional !== undefined &&
    [positional.latitude, positional.longitude, ...positional.quality].includes(step.name)
  )
    return 'known'
  const members = node?.members ?? {}
  const inner = grow(Object.hasOwn(members, step.name) ? members[step.name] : undefined, rest, name)
  return typeof inner === 'string' ? inner : { kind: 'object', ...node, members: { ...members, [step.name]: inner } }
}

function isPlain(node: RelayNode): boolean {
  return node.kind === 'plain' || (node.kind === 'list' && isPlain(node.of))
}

/** Undefined if the path is malformed. `__proto__` is not allowed. */
function stepsOf(name: string): { readonly part: Part; readonly steps: readonly Step[] } | undefined {
  const [where = '', ...parts] = name.split('.')
  const part = Object.hasOwn(PARTS, where) ? PARTS[where] : undefined
  if (part === undefined || parts.length === 0 || name.length > 200) return undefined
  const steps: Step[] = []
  for (const one of parts) {
    const [, member = '', each = ''] = /^([^.[\]\p{Cc}\s]+)((?:\[\])*)$/u.exec(one) ?? []
    if (member === '' || [...member].length > 64 || member === '__proto__') return undefined
    if (part === 'headers' && !/^[A-Za-z0-9-]+$/.test(member)) return undefined
    steps.push({ kind: 'member', name: part === 'headers' ? member.toLowerCase() : member })
    for (let index = 0; index < each.length; index += 2) steps.push({ kind: 'each' })
  }
  return { part, steps }
}
