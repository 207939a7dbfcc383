/** Validates a contract's events and listed properties. */
import { never } from '../../model/brand.ts'
import { isNeverLeaving } from '../../model/never-leaves.ts'
import type { Path, Problem } from '../../model/problem.ts'
import { FORGET_EVENT, RELAY_EVENT, type RelayMap } from '../../model/relay-map.ts'
import { withoutTail } from '../../model/text.ts'
import { EVENT_KINDS } from '../../model/values.ts'
import { namedPathProblem } from '../../transform/relay/named.ts'
import type { ContractOptions } from '../options/contract.ts'
import type { Parts } from '../salvage.ts'
import { problemAt, type Source } from '../source.ts'
import { didYouMean } from '../suggest.ts'
import { classOfName, classOfPath, classReadInto } from './class-of-name.ts'

/** Keys of calls other than track, whose events go by their names, and of relayed requests. */
const CALL_KEYS: readonly string[] = [
  ...EVENT_KINDS.filter((kind) => kind !== 'track').map((kind) => `@${kind}`),
  RELAY_EVENT,
  FORGET_EVENT,
]

/**
 * @param relayMap what may pass of the partner's own requests; `none` for a type without relay, undefined if the connection is
 *   invalid, so that it cannot be checked
 */
export function checkEvents(
  source: Source,
  { events }: Parts<ContractOptions>,
  relayMap: RelayMap | 'none' | undefined,
): readonly Problem[] {
  if (events === undefined) return []
  const entries = Object.entries(events)
  if (entries.length === 0) {
    return [
      problemAt(source, ['events'], {
        found: 'no event',
        hint: 'Name the events this partner may hear of, or remove the file.',
      }),
    ]
  }
  return entries.flatMap(([key, { properties }]) => [
    ...checkKey(source, key, relayMap),
    ...(key === FORGET_EVENT
      ? Object.keys(properties).map((name) =>
          problemAt(source, ['events', key, 'properties', name], {
            found: 'a place beside the id of the device, which is all that a wish to be forgotten holds',
            hint: 'Remove it.',
            at: 'key',
          }),
        )
      : key === RELAY_EVENT
        ? checkRelayed(source, ['events', key, 'properties'], properties, relayMap)
        : checkProperties(source, ['events', key, 'properties'], properties)),
  ])
}

function checkKey(source: Source, key: string, relayMap: RelayMap | 'none' | undefined): readonly Problem[] {
  const problem = (found: string, allowed: string, hint = ''): readonly Problem[] => [
    problemAt(source, ['events', key], { found, allowed, hint, at: 'key' }),
  ]
  if (key.startsWith('@')) {
    if (key === RELAY_EVENT && relayMap === 'none')
      return problem('requests of the partner’s own SDKs, which this type does not relay', '', 'See docs/relay.md.')
    if (key === FORGET_EVENT && relayMap !== undefined && !canForget(relayMap))
      return problem('wishes to be forgotten, for which this type has no request', '', 'See docs/relay.md.')
    if (CALL_KEYS.includes(key)) return []
    if (key === '@track')
      return problem('track events are named by their own names', '', 'Write the name, such as Order Completed.')
    return problem('not a telemetry call', CALL_KEYS.join(', '), didYouMean(key, CALL_KEYS))
  }
  if (key.trim() === '' || key.length > 200) return problem('not an event name', '1 to 200 characters')
  return []
}

function canForget(relayMap: RelayMap | 'none'): boolean {
  return relayMap !== 'none' && relayMap.routes.some(({ forgets }) => forgets === true)
}

/** Track events named like a call, which usually means the call, and properties that read like a field class. */
export function warnOfEvents(source: Source, { events }: Parts<ContractOptions>): readonly Problem[] {
  return Object.entries(events ?? {}).flatMap(([key, { properties }]) => [
    ...warnOfCall(source, key),
    ...warnOfNames(source, ['events', key, 'properties'], properties),
  ])
}

function warnOfCall(source: Source, key: string): readonly Problem[] {
  if (!EVENT_KINDS.some((kind) => kind === key)) return []
  const hint = key === 'track' ? 'Write the names of its events.' : `Did you mean @${key}?`
  const found = 'names track events that are called so, not the call'
  return [problemAt(source, ['events', key], { found, hint, at: 'key' })]
}

/** Exact class names are rejected elsewhere. */
function warnOfNames(source: Source, path: Path, properties: Readonly<Record<string, string>>): readonly Problem[] {
  return Object.keys(properties).flatMap((name) => {
    const fieldClass = classOfPath(name) === undefined ? classReadInto(name) : undefined
    if (fieldClass === undefined) return []
    const found = `a property that reads like ${fieldClass}: its value would leave although share withholds that class`
    const hint = `Grant ${fieldClass} under share instead, or rename it where it is something else.`
    return [problemAt(source, [...path, name], { found, hint, at: 'key' })]
  })
}

function checkProperties(source: Source, path: Path, properties: Readonly<Record<string, string>>): readonly Problem[] {
  const problems: Problem[] = []
  const names = new Map<string, string>()
  for (const [from, to] of Object.entries(properties)) {
    const wrong = pathProblem(from)
    if (wrong !== undefined) problems.push(problemAt(source, [...path, from], { ...wrong, at: 'key' }))
    const other = names.get(to)
    if (other !== undefined) {
      problems.push(
        problemAt(source, [...path, from], {
          found: `the same name at the partner as ${other}`,
          allowed: 'one source for each name',
        }),
      )
    }
    names.set(to, from)
  }
  return problems
}

/** Listed paths of relayed requests: each must have room in the map and keeps its own name. */
function checkRelayed(
  source: Source,
  path: Path,
  names: Readonly<Record<string, string>>,
  relayMap: RelayMap | 'none' | undefined,
): readonly Problem[] {
  return Object.entries(names).flatMap(([name, as]) => {
    const wrong = relayedPathProblem(name, relayMap)
    if (wrong !== undefined) return [problemAt(source, [...path, name], { ...wrong, at: 'key' })]
    const own = lastPart(name)
    if (as === own) return []
    return [problemAt(source, [...path, name], { found: 'another name than it has in the request', allowed: own })]
  })
}

const RELAYED_FORM = 'query.name, header.name, body.a.b or body.list[].name'

function relayedPathProblem(
  name: string,
  relayMap: RelayMap | 'none' | undefined,
): { found: string; allowed?: string; hint?: string } | undefined {
  if (relayMap === undefined || relayMap === 'none') return undefined
  const why = namedPathProblem(relayMap, name)
  switch (why) {
    case 'not_a_place': {
      const [where = ''] = name.split('.')
      return {
        found: 'not a place of a request',
        allowed: RELAYED_FORM,
        hint: didYouMean(where, ['query', 'header', 'body']),
      }
    }
    case 'known':
      return { found: 'a place that the type knows', hint: 'What stands there is granted by its class under share.' }
    case 'never_copied':
      return { found: 'a header that is never copied' }
    case 'no_room':
      return { found: 'a place inside a value', allowed: RELAYED_FORM }
    case undefined: {
      if (isNeverLeaving(name)) return { found: 'this kind of data never leaves, whatever a contract says' }
      const fieldClass = classOfName(lastPart(name))
      return fieldClass === undefined
        ? undefined
        : { found: `a name that is ${fieldClass} by itself`, hint: `What the type has no place for does not pass.` }
    }
    default:
      return never(why)
  }
}

function lastPart(name: string): string {
  return withoutTail(name.split('.').at(-1)!, '[]')
}

function pathProblem(path: string): { found: string; allowed?: string; hint?: string } | undefined {
  const parts = path.split('.')
  const wellFormed = parts.every((part) => /^[^.[\]\p{Cc}]*[^.[\]\p{Cc}\s](\[\])?$/u.test(part))
  if (!wellFormed || path === 'traits' || path.length > 200) {
    return { found: 'not a path to a property', allowed: 'name, a.b, list[].x or traits.x' }
  }
  if (parts.filter((part) => part.endsWith('[]')).length > 1) {
    return { found: 'a list within a list, which no path reaches', allowed: 'at most one [] in a path' }
  }
  if (isNeverLeaving(path)) return { found: 'this kind of data never leaves, whatever a contract says' }
  const fieldClass = classOfPath(path)
  if (fieldClass === undefined) return undefined
  return { found: `a property that is ${fieldClass} by its name`, hint: `Grant ${fieldClass} under share instead.` }
}
