/**
 * The last-hop scanner: a value that was withheld must not be in the bytes, in whatever form. It trusts neither the
 * field map nor the encoder: it sees what was received, what the view passes and what would be sent.
 */
import type { FieldValues, View } from '../model/values.ts'
import { createHaystack, type Form, type Needle, needleOf } from './haystack.ts'
import { leavesOf } from './leaves.ts'
import type { Shape } from './shape.ts'

/** Never holds the value. */
export type ScanResult =
  | { readonly clear: true }
  | { readonly clear: false; readonly what: Shape; readonly form: Form | 'whole' }

export interface ScanInput {
  /** The event's fields as received. */
  readonly raw: FieldValues
  /** The same fields as treated. */
  readonly view: View
  readonly bytes: string
  /** What the encoder writes of its own accord: `constantsOf` an item for an empty view under the same flags. */
  readonly constants: ReadonlySet<string>
}

/** Slots in which a value may openly be an identity: what one of them passes is legitimately in the bytes. */
const IDENTITY_SLOTS = [
  'advertising_id',
  'vendor_id',
  'device_id',
  'user_id',
  'anonymous_id',
  'push_token',
  'partner_id',
  'click_id',
  'message_id',
  'ip',
  'coordinates',
  'email',
  'phone',
] as const satisfies readonly (keyof FieldValues)[]
const CLEAR: ScanResult = { clear: true }

interface Sought {
  readonly slot: string
  readonly needle: Needle
}

export type Scan = (input: ScanInput) => ScanResult

/** A scanner remembers the leaves of an event while the event lives: it goes to several partners. */
export function createScanner(): Scan {
  const soughtByEvent = new WeakMap<object, readonly Sought[]>()
  const soughtIn = (raw: FieldValues): readonly Sought[] => {
    const known = soughtByEvent.get(raw)
    if (known !== undefined) return known
    const sought = leavesOf(raw).map(({ slot, text }) => ({ slot, needle: needleOf(text) }))
    soughtByEvent.set(raw, sought)
    return sought
  }

  return ({ raw, view, bytes, constants }) => {
    const passed = leavesBySlot(view)
    const openly = new Set<string>()
    for (const slot of IDENTITY_SLOTS) for (const text of passed.get(slot) ?? []) openly.add(text)
    const withheld = soughtIn(raw).filter(
      ({ slot, needle: { text } }) => passed.get(slot)?.has(text) !== true && !openly.has(text),
    )
    if (withheld.length === 0) return CLEAR

    const haystack = createHaystack(bytes, Object.values(view.coordinates ?? {}))
    for (const { needle } of withheld) {
      const form = needle.shape === 'value' ? undefined : haystack.find(needle)
      if (form !== undefined) return { clear: false, what: needle.shape, form }
    }
    const unexplained = constantsOf(bytes)
    for (const texts of passed.values()) for (const text of texts) unexplained.delete(text)
    for (const text of constants) unexplained.delete(text)
    if (unexplained.size === 0) return CLEAR
    const hit = withheld.find(({ needle }) => unexplained.has(needle.text))
    return hit === undefined ? CLEAR : { clear: false, what: hit.needle.shape, form: 'whole' }
  }
}

/** Every whole leaf of an item's first line: a JSON document's, a query's values, a path's segments. */
export function constantsOf(bytes: string): Set<string> {
  const [document = ''] = bytes.split('\n', 1)
  const first = document[0]
  if (first === '{' || first === '[') {
    try {
      return new Set(leavesOf(JSON.parse(document)).map(({ text }) => text))
    } catch {
      // Not JSON after all: read as a path or form.
    }
  }
  const mark = document.indexOf('?')
  const leaves = new Set<string>()
  for (const segment of document.slice(0, Math.max(0, mark)).split('/')) if (segment !== '') leaves.add(segment)
  for (const [, value] of new URLSearchParams(document.slice(mark + 1)))
    for (const { text } of leavesOf(value)) leaves.add(text)
  return leaves
}

function leavesBySlot(view: View): ReadonlyMap<string, ReadonlySet<string>> {
  const slots = new Map<string, Set<string>>()
  for (const { slot, text } of leavesOf(view)) {
    const texts = slots.get(slot)
    if (texts === undefined) slots.set(slot, new Set([text]))
    else texts.add(text)
  }
  return slots
}
