/** The part of docs/relay.md that is made from the field maps: for every type its routes, and what is at each place. */
import { NEVER_LEAVES } from '../../src/model/field-class.ts'
import type { RelayMap, RelayNode, RelayRoute, ValueNode } from '../../src/model/relay-map.ts'
import { RELAYED_TYPES } from './relay-core.ts'

export const BEGIN = '<!-- made from the field maps: begin -->'
export const END = '<!-- made from the field maps: end -->'

export function madePart(): string {
  return RELAYED_TYPES.map(({ type, map }) => sectionOf(type.type, map)).join('\n')
}

function sectionOf(type: string, map: RelayMap): string {
  const { status, body } = map.withheld
  const answer = body === '' ? `${status}` : `${status} \`${body}\``
  const tables = groupByPlaces(map.routes).map(([routes, rows]) =>
    [
      routes.map(labelOf).join(', '),
      '',
      '| place | what it is |',
      '|---|---|',
      ...rows.map(([place, what]) => `| ${place.map((one) => `\`${one}\``).join(', ')} | ${what} |`),
      '',
    ].join('\n'),
  )
  return [`### ${type}`, '', `Withheld is answered ${answer}.`, '', ...tables].join('\n')
}

function labelOf({ method, path, body, forgets }: RelayRoute): string {
  return `\`${method} ${path}\` (${BODIES[body]}${forgets === true ? '; by `@forget`, the first id that is granted' : ''})`
}

const BODIES: Readonly<Record<RelayRoute['body'], string>> = {
  json: 'JSON',
  json_or_none: 'JSON or no body',
  form: 'form',
  none: 'no body',
}
type Row = readonly [readonly string[], string]

/** Routes with the same places share one table. */
function groupByPlaces(routes: readonly RelayRoute[]): readonly (readonly [readonly RelayRoute[], readonly Row[]])[] {
  const groups = new Map<string, { readonly routes: RelayRoute[]; readonly rows: readonly Row[] }>()
  for (const route of routes) {
    const rows = rowsOf(route)
    const key = JSON.stringify(rows)
    const group = groups.get(key) ?? { routes: [], rows }
    groups.set(key, group)
    group.routes.push(route)
  }
  return [...groups.values()].map((group) => [group.routes, group.rows])
}

/** Places of one kind together, in order of first appearance. */
function rowsOf(route: RelayRoute): readonly Row[] {
  const byWhat = new Map<string, string[]>()
  const add = (place: string, what: string): void => {
    byWhat.set(what, [...(byWhat.get(what) ?? []), place])
  }
  const walk = (node: RelayNode, at: string): void => {
    switch (node.kind) {
      case 'object':
        if (node.isFromIp !== undefined) add(at, 'derived from the IP address, where it says so: no finer than `ip`')
        if (node.position !== undefined) {
          const { latitude, longitude, quality } = node.position
          add(`${at}.{${latitude},${longitude}}`, '`coordinates`')
          add(`${at}.{${quality.join(',')}}`, '`coordinates`, with an exact position only')
        }
        for (const [name, member] of Object.entries(node.members)) walk(member, at === '' ? name : `${at}.${name}`)
        return
      case 'list':
        walk(node.of, `${at}${node.orOne === true ? '' : '[]'}`)
        return
      case 'tuple':
        node.of.forEach((one, index) => {
          walk(one, `${at}[${index}]`)
        })
        return
      case 'json_text':
        walk(node.of, at)
        return
      default:
        add(at, sayOf(node))
    }
  }
  walk(route.query, 'query')
  walk(route.headers, 'header')
  walk(route.content, 'body')
  return [...byWhat].map(([what, places]) => [
    places.map((place) => place.replace(/^(query|header|body)\.?/, '$1.')),
    what,
  ])
}

function sayOf(node: Exclude<RelayNode, { kind: 'object' | 'list' | 'tuple' | 'json_text' }>): string {
  switch (node.kind) {
    case 'value':
      return sayOfValue(node)
    case 'flag':
      return node.signal === undefined
        ? 'set to what was enforced'
        : `signal \`${node.signal}\`; set to what was enforced`
    case 'consent':
      return `signal \`${node.signal}\`; kept`
    case 'ours':
      return 'the contract’s own'
    case 'plain':
      return 'plain'
    case 'named':
      return 'named by the contract'
  }
}

function sayOfValue({ of, place, hash }: ValueNode): string {
  if (NEVER_LEAVES.includes(of)) return `\`${of}\`: never leaves`
  const part = place === undefined ? '' : ` (${place})`
  return `\`${of}\`${part}${hash === undefined ? '' : ', hashed'}`
}
