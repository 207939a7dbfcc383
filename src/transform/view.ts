/**
 * Applies a decision to an event: the view holds what the decision lets through and nothing else. It is built slot by slot from
 * an allow-list; an unlisted slot cannot reach a partner.
 */
import type { Decision } from '../model/decision.ts'
import { CITY, DROP, type FieldClass, ipBits, type Level, PASS, POSTAL, REGION, topOf } from '../model/field-class.ts'
import type { AppFacts, EventKind, FieldValues, View } from '../model/values.ts'
import { coarseCoordinates } from './coarse-coordinates.ts'
import { coarseTime } from './coarse-time.ts'
import { maskIp } from './mask-ip.ts'
import { originOf } from './origin.ts'
import {
  reduceCarrier,
  reduceDevice,
  reduceLocale,
  reduceNetwork,
  reduceOs,
  reduceTimezone,
  reduceUserAgent,
} from './reduce.ts'

/** HMAC under the partner's own key: an id has a different pseudonym at each partner. */
export type Pseudonymise = (value: string) => string

type SendDecision = Extract<Decision, { kind: 'send' }>
type Treat<Value> = (value: Value, level: Level, pseudonymise: Pseudonymise) => Value | undefined

const id: Treat<string> = (value, level, pseudonymise) => (level === PASS ? value : pseudonymise(value))
const named: Treat<Readonly<Record<string, string>>> = (values, level, pseudonymise) =>
  level === PASS
    ? values
    : Object.fromEntries(Object.entries(values).map(([name, value]) => [name, pseudonymise(value)]))
const whole = <Value>(value: Value): Value => value
const reduced =
  <Value>(reduce: (value: Value) => Value | undefined): Treat<Value> =>
  (value, level) =>
    level === PASS ? value : reduce(value)
const link: Treat<string> = (value, level) => (level === PASS ? value : originOf(value))

/** One treatment per class. `property` is listed name by name, below. */
const TREATMENTS: { readonly [Slot in Exclude<keyof FieldValues, 'property'>]: Treat<NonNullable<FieldValues[Slot]>> } =
  {
    advertising_id: (value, level, pseudonymise) =>
      level === PASS ? value : { id: pseudonymise(value.id), kind: 'unknown' },
    vendor_id: id,
    device_id: id,
    user_id: id,
    anonymous_id: id,
    push_token: id,
    partner_id: named,
    click_id: named,
    message_id: id,
    ip: (value, level) => {
      const { v4, v6 } = ipBits(level)
      return maskIp(value, v4, v6)
    },
    coordinates: (value, level) => (level === topOf('coordinates') ? value : coarseCoordinates(value, level)),
    place: (value, level) => keepPlace(value, level),
    email: whole,
    phone: whole,
    name: whole,
    address: whole,
    birth_date: whole,
    gender: whole,
    user_agent: reduced(reduceUserAgent),
    device: reduced(reduceDevice),
    os: reduced(reduceOs),
    locale: reduced(reduceLocale),
    timezone: reduced(reduceTimezone),
    carrier: reduced(reduceCarrier),
    network: reduced(reduceNetwork),
    time: coarseTime,
    url: link,
    referrer: link,
    receipt: whole,
  }
type Slot = keyof typeof TREATMENTS
const SLOTS = Object.keys(TREATMENTS) as readonly Slot[]

/** A decision's effect on one passing slot. */
interface Step {
  readonly slot: Slot
  readonly level: Level
  readonly treat: Treat<unknown>
}

/** Pure except for its cache. Two sets of values that differ only where `decision` drops give the same view. */
export type Viewer = (
  values: FieldValues,
  kind: EventKind,
  app: AppFacts,
  decision: SendDecision,
  pseudonymise: Pseudonymise,
) => View

/** Caches the steps of a decision for its lifetime: many events share one, and most slots are dropped. */
export function createViewer(): Viewer {
  const stepsByDecision = new WeakMap<SendDecision, readonly Step[]>()
  return (values, kind, app, decision, pseudonymise) => {
    const steps = stepsByDecision.get(decision) ?? stepsOf(decision)
    stepsByDecision.set(decision, steps)
    const view: Record<string, unknown> = { event: decision.as, kind, app }
    for (const { slot, level, treat } of steps) {
      const value = values[slot]
      const treated = value === undefined ? undefined : treat(value, level, pseudonymise)
      if (treated !== undefined) view[slot] = treated
    }
    if (values.property !== undefined && decision.fields.property.level !== DROP) {
      const properties = nameProperties(values.property, decision.properties)
      if (properties !== undefined) view.property = properties
    }
    // Sound: every slot was built by its own treatment above, and no other key is set.
    return view as unknown as View
  }
}

function stepsOf({ fields }: SendDecision): readonly Step[] {
  return SLOTS.flatMap((slot) => {
    const { level } = fields[slot satisfies FieldClass]
    // Sound: a step's treatment only ever receives its own slot's value.
    return level === DROP ? [] : [{ slot, level, treat: TREATMENTS[slot] as Treat<unknown> }]
  })
}

function nameProperties(
  values: NonNullable<FieldValues['property']>,
  names: Readonly<Record<string, string>>,
): FieldValues['property'] {
  const found: Record<string, NonNullable<FieldValues['property']>[string]> = {}
  let any = false
  for (const source in names) {
    const value = Object.hasOwn(values, source) ? values[source] : undefined
    if (value === undefined) continue
    found[names[source]!] = value
    any = true
  }
  return any ? found : undefined
}

function keepPlace(place: NonNullable<FieldValues['place']>, level: Level): FieldValues['place'] {
  const kept: { -readonly [Part in keyof typeof place]: (typeof place)[Part] } = {}
  if (place.country !== undefined) kept.country = place.country
  if (level >= REGION && place.region !== undefined) kept.region = place.region
  if (level >= CITY && place.city !== undefined) kept.city = place.city
  if (level >= POSTAL && place.postal !== undefined) kept.postal = place.postal
  for (const _ in kept) return kept
  return undefined
}
