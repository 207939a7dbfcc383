/**
 * Whether each value that a forwarder sends arrives at the same partner through us, with everything granted and consented:
 * in the same place, in the place of the API version that we speak, not at all by a rule with a name, or not at all.
 */

import { anyPosition, leavesWithPointers, valueAt } from '../../../src/cli/partners/pointers.ts'
import { type Places, placesOf } from '../../../src/cli/partners/request.ts'
import type { JsonObject, PartnerId } from '../../../src/model/brand.ts'
import { isNeverLeaving } from '../../../src/model/never-leaves.ts'
import type { Reason } from '../../../src/model/reason.ts'
import type { RegisteredType } from '../../../src/partners/kit/envelope-limits.ts'
import type { Connection, PartnerRequest } from '../../../src/partners/kit/type.ts'
import { type Bench, textAt } from '../judgement.ts'
import { contractFor, EVERYTHING, eventsNamed } from './contracts.ts'
import { createDelivery, typeNamed } from './delivery.ts'
import { completed, eventKeyOf, platformOf } from './events.ts'
import { FORWARDERS, type Forwarder } from './forwarders.ts'
import { REFUSALS } from './refusals.ts'
import { SETTINGS } from './settings.ts'
import { says } from './spellings.ts'
import { CONSENTED } from './states.ts'
import type { Landing, PartnerVector } from './vectors.ts'

export type Arrival = 'matched' | 'moved' | 'refused' | 'missing'
export interface LandingResult {
  readonly landing: Landing
  readonly arrival: Arrival
  /** The rule, where one was needed. */
  readonly rule: string
}
export interface LandedCase {
  readonly id: string
  readonly type: string
  /** Why nothing was compared, or ''. */
  readonly problem: string
  readonly results: readonly LandingResult[]
}

/** Undefined where no type of ours speaks to the partner. */
export function judgeLanding(vector: PartnerVector, bench: Bench): LandedCase | undefined {
  const forwarder = FORWARDERS[vector.partner]
  if (forwarder === undefined) return undefined
  const landings = preciseLandings(vector)
  const requests = requestsFor(vector, forwarder, landings, bench)
  const results = landings.map((landing) => arrivalOf(landing, vector, forwarder, requests, bench))
  return { id: vector.id, type: forwarder.type, problem: requests.problem, results }
}

/** A text that itself is JSON is looked into: the value lands at the members of it that say it. */
function preciseLandings({ pii_landing, expected, input }: PartnerVector): readonly Landing[] {
  return pii_landing.flatMap((landing) => {
    const value = textOf(valueAt(input, landing.from))
    const holder = valueAt(expected, landing.to)
    if (landing.as !== 'inside string' || value === undefined || typeof holder !== 'string') return [landing]
    const inside = leavesWithPointers(holder, landing.to).filter(
      ([pointer, text]) => pointer !== landing.to && says(text, value),
    )
    return inside.length === 0 ? [landing] : inside.map(([pointer]) => ({ ...landing, to: pointer }))
  })
}

interface Requests {
  readonly places: Places
  /** Why nothing was sent, or ''. */
  readonly problem: string
}

function requestsFor(
  vector: PartnerVector,
  forwarder: Forwarder,
  landings: readonly Landing[],
  bench: Bench,
): Requests {
  const nothing = new Map<string, readonly string[]>()
  const type = typeNamed(forwarder.type)
  const connection = connectionFor(type, forwarder.connection(vector))
  const named = propertiesFor(vector, forwarder, landings)
  const sent = send(vector, forwarder.type, connection, named, bench)
  // A property that repeats an id which this type has no place for keeps the whole event back: such a one is not named.
  const again =
    sent === 'guard' ? send(vector, forwarder.type, connection, withoutRepeats(vector.input, named), bench) : sent
  if (typeof again === 'string') return { places: nothing, problem: again }
  return { places: placesOf(again), problem: '' }
}

/** The request, or why there is none. */
function send(
  vector: PartnerVector,
  type: string,
  connection: Connection,
  properties: Readonly<Record<string, string>>,
  bench: Bench,
): PartnerRequest | Reason | 'rejected' {
  const { input } = vector
  const event = completed(input)
  const key = eventKeyOf(event)
  const contract = contractFor('record', type, {
    events: eventsNamed([key], { as: key.replace(/^@/, ''), properties }),
    share: EVERYTHING,
    whenRestricted: { send: 'nothing', share: {} },
    connection,
  })
  const delivery = createDelivery([contract], bench, textAt(input, 'context', 'app', 'namespace'))
  const accepted = delivery.accept(event, platformOf(vector))
  if (accepted === undefined) return 'rejected'
  const prepared = delivery.prepare(accepted, 'record' as PartnerId, CONSENTED)
  return prepared.kind === 'withheld' ? prepared.why : prepared.encoder.envelope([prepared.bytes])
}

function withoutRepeats(
  { properties: _, ...others }: JsonObject,
  named: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const elsewhere = new Set(leavesWithPointers(others).map(([, text]) => text))
  const texts = new Map(ownProperties({ properties: _ ?? {} }))
  return Object.fromEntries(Object.entries(named).filter(([path]) => !elsewhere.has(texts.get(path) ?? '')))
}

/**
 * The forwarder's settings, each where the type's schema takes it, over ones of our own: a vector's are often placeholders,
 * and where data goes is not what is judged.
 */
function connectionFor(type: RegisteredType, settings: Readonly<Record<string, unknown>>): Connection {
  let taken = SETTINGS[type.type] ?? type.sample.connection
  for (const [name, value] of Object.entries(settings)) {
    const tried = { ...taken, [name]: value }
    if (value !== undefined && type.connection.safeParse(tried).success) taken = tried
  }
  return JSON.parse(JSON.stringify(type.connection.parse(taken))) as Connection
}

/**
 * The properties a contract has to name for the free-form places of this case: wherever the event's own properties (or
 * traits) hold the value that the forwarder sent there.
 */
function propertiesFor(
  { input, expected }: PartnerVector,
  { free }: Forwarder,
  landings: readonly Landing[],
): Readonly<Record<string, string>> {
  const named: Record<string, string> = {}
  const own = ownProperties(input)
  for (const { from, to } of landings) {
    const name = nameAt(to, free)
    if (name === undefined) continue
    const wanted = [textOf(valueAt(expected, to)), textOf(valueAt(input, from))].map((text) => text?.toLowerCase())
    const isSource = ([path, text]: readonly [string, string]): boolean =>
      wanted.includes(text.toLowerCase()) && !Object.hasOwn(named, path) && !isNeverLeaving(path)
    // Of several that hold the value the one of the same name.
    const source =
      own.find((one) => isSource(one) && lastOf(one[0]) === lastOf(name)) ?? own.find((one) => isSource(one))
    if (source !== undefined && !Object.values(named).includes(name)) named[source[0]] = name
  }
  return named
}

function nameAt(to: string, free: Forwarder['free']): string | undefined {
  const place = anyPosition(to.replace(/^\/\d+\//, '/'))
  for (const [pattern, name] of free) {
    const found = pattern.exec(place)
    if (found !== null) return found[0].replace(pattern, name)
  }
  return undefined
}

/** Property paths as contracts write them, each with its text. */
function ownProperties(input: JsonObject): readonly (readonly [path: string, text: string])[] {
  const holders = [
    ['', input.properties],
    ['traits.', input.traits ?? (input.context as JsonObject | undefined)?.traits],
  ] as const
  return holders.flatMap(([prefix, holder]) =>
    leavesWithPointers(holder ?? {}).map(([pointer, text]) => {
      const path = pointer
        .slice(1)
        .replace(/\/\d+$/, '')
        .replace(/\/\d+\//g, '[].')
        .replaceAll('/', '.')
      return [prefix === '' && path.startsWith('traits.') ? `properties.${path}` : prefix + path, text] as const
    }),
  )
}

const COUNTRY_RULE = 'a country’s name → its ISO code'

function arrivalOf(
  landing: Landing,
  vector: PartnerVector,
  { moves, free }: Forwarder,
  { places, problem }: Requests,
  { countryOf }: Bench,
): LandingResult {
  const value = textOf(valueAt(vector.input, landing.from)) ?? ''
  const place = anyPosition(landing.to.replace(/^\/\d+\//, '/'))
  // A list of one and the one itself are the same place.
  const arrivesAt = (where: string, what: string): boolean =>
    [where, `${where}/N`, where.replace(/\/N$/, '')].some((one) => places.get(one)?.some((text) => says(text, what)))
  if (arrivesAt(place, value)) return { landing, arrival: 'matched', rule: '' }
  const code = /\/country(\/N)?$/.test(place) ? countryOf(value) : undefined
  if (code !== undefined && arrivesAt(place, code)) return { landing, arrival: 'moved', rule: COUNTRY_RULE }
  for (const { theirs, ours, rule } of moves) {
    if (!theirs.test(place)) continue
    const moved = place.replace(theirs, ours)
    if (arrivesAt(moved, value)) return { landing, arrival: 'moved', rule }
    if (code !== undefined && arrivesAt(moved, code)) return { landing, arrival: 'moved', rule: COUNTRY_RULE }
  }
  const refusal = REFUSALS.find(({ explains }) =>
    explains({
      isCountry: countryOf(value) !== undefined,
      landing,
      value,
      vector,
      problem,
      isFree: nameAt(landing.to, free) !== undefined,
      place,
    }),
  )
  return refusal === undefined
    ? { landing, arrival: 'missing', rule: '' }
    : { landing, arrival: 'refused', rule: refusal.rule }
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}
