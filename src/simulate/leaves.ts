/**
 * The received event leaf by leaf: which field class or signal reads it, and whether it is kept. Determined by running the
 * readers: a leaf belongs to whatever changes if only that leaf is altered or removed.
 */

import { eventKeyOf } from '../flow/accept.ts'
import type { JsonObject } from '../model/brand.ts'
import { FIELD_CLASSES, type FieldClass } from '../model/field-class.ts'
import { isNeverLeaving } from '../model/never-leaves.ts'
import type { FieldValues } from '../model/values.ts'
import { NO_REQUEST_SIGNALS, readSignals } from '../signals/read.ts'
import { createClassifier } from '../transform/classify.ts'
import type { Scenario, SupposeDeps } from './suppose.ts'
import { partnersFor, type World } from './world.ts'

export interface ClassifiedLeaf {
  /** `context.device.advertisingId`, `properties.products[0].sku`, `header sec-gpc`, `client address`. */
  readonly path: string
  readonly value: unknown
  /** The classes that read it. */
  readonly classes: readonly FieldClass[]
  /** The signals that read it. */
  readonly signals: readonly string[]
  /** True if the intake keeps it as a field for some live contract. */
  readonly kept: boolean
  /** The explanation if it is neither field nor signal. */
  readonly note: '' | 'never leaves' | 'not read'
}

/** Maximum leaves examined; accepted events rarely have more than a hundred. */
const MAX_LEAVES = 400

type Step = string | number

export function classifyLeaves(world: World, scenario: Scenario, deps: SupposeDeps): readonly ClassifiedLeaf[] {
  const { event, app, clientIp, at } = scenario
  const kind = event.type === 'track' ? 'track' : 'identify'
  const eventKey = kind === 'track' ? eventKeyOf('track', event) : `@${String(event.type)}`
  const naming = partnersFor(world, app, eventKey)
  const properties = world.plan.contracts
    .filter(({ id }) => naming.includes(id))
    .flatMap(({ events }) => Object.keys(events[eventKey]!.properties))
  const platform = world.plan.apps.find(({ id }) => id === app)?.platform
  const context = { clientIp, platform, time: new Date(at).toISOString(), countryOf: deps.countryOf }
  const readFields = createClassifier({ classes: new Set(FIELD_CLASSES), properties: [...new Set(properties)] })
  const keep = world.routes(app, eventKey).classify
  const looks = (raw: JsonObject) => ({
    fields: textsOf(readFields(raw, context)),
    kept: JSON.stringify(keep(raw, context)),
    signals: textsOf(readSignals([raw], NO_REQUEST_SIGNALS, at, deps.countryOf)),
  })
  const whole = looks(event)
  const leaves = leavesOf(event).map(({ path, value }): ClassifiedLeaf => {
    const variants = [replaced(event, path, other(value)), replaced(event, path, undefined)].map(looks)
    const classes = FIELD_CLASSES.filter((name) =>
      variants.some(({ fields }) => fields.get(name) !== whole.fields.get(name)),
    )
    const names = new Set(variants.flatMap(({ signals }) => changed(whole.signals, signals)))
    const kept = variants.some((variant) => variant.kept !== whole.kept)
    const text = printSteps(path)
    return { path: text, value, classes, signals: [...names], kept, note: noteOf(text, classes, names) }
  })
  return [...leaves, ...requestLeaves(scenario, whole.fields.get('ip'))]
}

/** Time is computed from the whole event, so its leaf is recognised by name. */
function noteOf(path: string, classes: readonly FieldClass[], signals: ReadonlySet<string>): ClassifiedLeaf['note'] {
  if (isNeverLeaving(path)) return 'never leaves'
  const isRead =
    classes.length > 0 || signals.size > 0 || /^(type|event|timestamp|originalTimestamp|sentAt)$/.test(path)
  return isRead ? '' : 'not read'
}

function requestLeaves({ headers, clientIp }: Scenario, ip: string | undefined): readonly ClassifiedLeaf[] {
  const leaf = (path: string, value: string, part: Partial<ClassifiedLeaf>): ClassifiedLeaf => ({
    path,
    value,
    classes: [],
    signals: [],
    kept: false,
    note: '',
    ...part,
  })
  const found: ClassifiedLeaf[] = []
  if (headers['sec-gpc'] !== undefined) found.push(leaf('header sec-gpc', headers['sec-gpc'], { signals: ['gpc'] }))
  if (headers.dnt !== undefined) found.push(leaf('header dnt', headers.dnt, { signals: ['dnt'] }))
  if (clientIp !== undefined) {
    const isField = ip === JSON.stringify(clientIp)
    found.push(
      leaf('client address', clientIp, { classes: isField ? ['ip'] : [], signals: ['country'], kept: isField }),
    )
  }
  return found
}

function textsOf(values: object): ReadonlyMap<string, string> {
  return new Map(Object.entries(values as FieldValues).map(([name, value]) => [name, JSON.stringify(value)]))
}

function changed(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name))
}

function leavesOf(
  value: unknown,
  path: readonly Step[] = [],
  found: { path: readonly Step[]; value: unknown }[] = [],
): readonly { readonly path: readonly Step[]; readonly value: unknown }[] {
  if (found.length >= MAX_LEAVES) return found
  if (Array.isArray(value)) for (const [index, item] of value.entries()) leavesOf(item, [...path, index], found)
  else if (typeof value === 'object' && value !== null)
    for (const [key, item] of Object.entries(value)) leavesOf(item, [...path, key], found)
  else found.push({ path, value })
  return found
}

/** A different value of the same kind. */
function other(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      return `${value}~`
    case 'number':
      return value + 1
    case 'boolean':
      return !value
    default:
      return 'another'
  }
}

/** A copy with one leaf replaced, or removed if `value` is undefined. */
function replaced(event: JsonObject, path: readonly Step[], value: unknown): JsonObject {
  const inside = (holder: unknown, [step, ...rest]: readonly Step[]): unknown => {
    if (step === undefined) return value
    if (Array.isArray(holder)) return holder.map((item, index) => (index === step ? inside(item, rest) : item))
    const copy = { ...(holder as Record<Step, unknown>) }
    const inner = inside(copy[step], rest)
    if (inner === undefined) delete copy[step]
    else copy[step] = inner
    return copy
  }
  // Sound: an object with one leaf replaced by a JSON value.
  return inside(event, path) as JsonObject
}

function printSteps(path: readonly Step[]): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )
}
