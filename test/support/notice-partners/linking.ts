/**
 * A curious partner: it looks through what it was told for anything that ties two identifiers to each other which its events
 * had not tied. What stands in everybody's notices ties nobody; what stands in one person's alone does.
 */
import type { Received } from '../partner.ts'
import type { Told } from './recorder.ts'

export interface Tie {
  /** What the two have in common: where it stands, never what it is. */
  readonly place: string
  readonly between: readonly [string, string]
}

/** Set by the HTTP client alone, the same for every request of it. */
const OF_THE_CLIENT = new Set(['host', 'connection', 'content-length', 'content-type', 'accept', 'user-agent'])

/**
 * @param told what one partner was told, of at least two persons
 * @param personOf whose an identifier is, which the partner is not to find out
 */
export function tiesIn(told: readonly Told[], personOf: (identifier: string) => string): readonly Tie[] {
  const together = told.filter(({ identifiers }) => identifiers.length > 1)
  const alone = told.filter(({ identifiers }) => identifiers.length === 1)
  const holders = new Map<string, { readonly place: string; readonly of: Set<string> }>()
  for (const { request, identifiers } of alone)
    for (const [place, value] of leavesOf(request)) {
      const key = `${place}\0${value}`
      const known = holders.get(key) ?? { place, of: new Set<string>() }
      holders.set(key, known)
      known.of.add(identifiers[0]!)
    }
  const shared = [...holders.values()].flatMap(({ place, of }): Tie[] => {
    const [first, second] = [...of]
    if (first === undefined || second === undefined) return []
    return new Set([...of].map(personOf)).size === 1 ? [{ place, between: [first, second] }] : []
  })
  return [
    ...together.map(
      ({ identifiers: [one = '', other = ''] }): Tie => ({ place: 'one request', between: [one, other] }),
    ),
    ...shared,
  ]
}

/** Identifiers that came in one event: what the partner knows already. */
export function tiedByEvents(events: readonly Received[], identifiers: readonly string[]): ReadonlySet<string> {
  const pairs = new Set<string>()
  for (const event of events) {
    const text = `${event.path}\n${event.body}`.toLowerCase()
    const here = identifiers.filter((one) => text.includes(one.toLowerCase())).sort()
    for (const [at, one] of here.entries()) for (const other of here.slice(at + 1)) pairs.add(`${one} ${other}`)
  }
  return pairs
}

/** Every value of a request with its place: headers, path, query, form, JSON, and what is inside tokens. */
export function leavesOf({ path, headers, body }: Received): readonly (readonly [place: string, value: string])[] {
  const { pathname, searchParams } = new URL(path, 'http://partner')
  return [
    ...Object.entries(headers)
      .filter(([name]) => !OF_THE_CLIENT.has(name))
      .map(([name, value]) => [`header ${name}`, String(value)] as const),
    ...pathname.split('/').map((part, at) => [`path ${at}`, part] as const),
    ...[...searchParams].map(([name, value]) => [`query ${name}`, value] as const),
    ...leavesOfBody(body),
  ]
}

function leavesOfBody(body: string): readonly (readonly [string, string])[] {
  if (body === '') return []
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(body)) return leavesOfJson(claimsOf(body), 'token')
  try {
    return leavesOfJson(JSON.parse(body), 'body')
  } catch {
    return [...new URLSearchParams(body)].map(([name, value]) => [`form ${name}`, value] as const)
  }
}

function leavesOfJson(value: unknown, place: string): readonly (readonly [string, string])[] {
  if (typeof value === 'string' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value) && value.startsWith('ey'))
    return leavesOfJson(claimsOf(value), place)
  if (typeof value !== 'object' || value === null) return [[place, String(value)]]
  return Object.entries(value).flatMap(([name, inner]) => leavesOfJson(inner, `${place}.${name}`))
}

function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}
