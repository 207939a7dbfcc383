/** Describes events and decisions for watchers: classes, lengths and reasons, no values. */
import { isShowable } from '../guard/showable.ts'
import type { JsonObject } from '../model/brand.ts'
import type { Decision } from '../model/decision.ts'
import { DROP, type FieldClass, treatmentName } from '../model/field-class.ts'
import { sentenceOfField } from '../model/reason.ts'
import { type ClassifiedLeaf, classifyLeaves } from '../simulate/leaves.ts'
import { NO_STATE } from '../simulate/state.ts'
import type { SupposeDeps } from '../simulate/suppose.ts'
import type { World } from '../simulate/world.ts'
import type { ShownField, ShownLeaf } from './ports.ts'

/** Maximum leaves shown of one event. */
const MAX_LEAVES = 120
/** Larger events are shown without classes: finding them takes quadratic time. */
const MAX_CLASSIFIED = 90
const MAX_CLASSIFIED_BYTES = 8_192

export interface DescribeDeps extends SupposeDeps {
  readonly worldOf: () => World
}

export interface DescribedEvent {
  readonly leaves: readonly ShownLeaf[]
  readonly more: number
  readonly bytes: number
}

/** @param raw as received, merged with the batch's context */
export function describeEvent(app: string, raw: JsonObject, at: number, deps: DescribeDeps): DescribedEvent {
  const bytes = Buffer.byteLength(JSON.stringify(raw))
  // First, because paths consist of keys, and some apps use values as keys.
  const named = withShownNames(raw) as JsonObject
  const plain = plainLeaves(named)
  const isSmall = plain.length <= MAX_CLASSIFIED && bytes <= MAX_CLASSIFIED_BYTES
  const leaves = isSmall
    ? classifyLeaves(deps.worldOf(), { app, event: named, headers: {}, clientIp: undefined, state: NO_STATE, at }, deps)
    : plain
  return {
    leaves: leaves.slice(0, MAX_LEAVES).map(showLeaf),
    more: Math.max(0, leaves.length - MAX_LEAVES),
    bytes,
  }
}

/** The name, or its length if it looks like a value. */
export function showName(name: string): string {
  return isShowable(name) ? name : `‹${[...name].length} letters›`
}

function showLeaf({ path, value, classes, signals, kept, note }: ClassifiedLeaf): ShownLeaf {
  return { path, classes, signals, kept, note, ...shapeOf(value) }
}

/** A copy with keys that may be shown; others are replaced by their length and position. */
function withShownNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withShownNames)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one], index) => {
      const shown = showName(key)
      return [shown === key ? key : `${shown} ${index + 1}`, withShownNames(one)]
    }),
  )
}

function shapeOf(value: unknown): Pick<ShownLeaf, 'type' | 'length'> {
  switch (typeof value) {
    case 'string':
      return { type: 'text', length: [...value].length }
    case 'number':
      return { type: 'number', length: String(value).length }
    case 'boolean':
      return { type: 'true or false', length: 0 }
    default:
      return { type: 'nothing', length: 0 }
  }
}

function plainLeaves(value: unknown, path = '', found: ClassifiedLeaf[] = []): readonly ClassifiedLeaf[] {
  if (typeof value !== 'object' || value === null)
    found.push({ path, value, classes: [], signals: [], kept: false, note: '' })
  else
    for (const [key, one] of Object.entries(value)) {
      const step = Array.isArray(value) ? `[${key}]` : path === '' ? key : `.${key}`
      plainLeaves(one, path + step, found)
    }
  return found
}

/** The treatment of every class in the event, with the binding reason. */
export function describeDecision(decision: Decision, present: readonly string[]): readonly ShownField[] {
  return present.map((name) => {
    // Sound: slots of an event are classes.
    const field = name as FieldClass
    const { level, why } = decision.kind === 'send' ? decision.fields[field] : { level: DROP, why: decision.why }
    return { field, treatment: treatmentName(field, level), why, because: sentenceOfField(why, level !== DROP) }
  })
}
