/**
 * What the screen says of a kept slot: which kind of value it holds besides its own, in which form. A text, because it is
 * kept with the event: `<kind>/<form>!<slot>`, behind a class's slot `:pass` where only the untreated value holds it.
 * Events of earlier versions have the slot alone: nothing of it passes.
 */
import { type FieldClass, LADDERS } from '../model/field-class.ts'
import type { Form } from './haystack.ts'

export interface Taint {
  /** A field class, or what the value looks like. */
  readonly kind: string
  readonly form: Form | 'whole' | 'unread'
  /** A class, or `property.<source path>`. */
  readonly slot: string
  /** True where a pseudonym of the slot's value, or its origin, does not hold it. */
  readonly passOnly: boolean
}

const PASS = ':pass'
const TAINT = /^([a-z_]+)\/([a-z]+)!(.*)$/s

export function taintText(kind: string, form: Taint['form'], slot: string, passOnly: boolean): string {
  return `${kind}/${form}!${slot}${passOnly ? PASS : ''}`
}

export function parseTaint(text: string): Taint {
  const [, kind = 'value', form = 'plain', slot = text] = TAINT.exec(text) ?? []
  const passOnly = !slot.startsWith('property.') && slot.endsWith(PASS)
  // Sound: only this file writes them, and whatever else is shown is a word.
  return { kind, form: form as Form, slot: passOnly ? slot.slice(0, -PASS.length) : slot, passOnly }
}

/** The class whose grant makes the slot's value right after all; undefined where nothing does. */
export function classOf({ kind }: Taint): FieldClass | undefined {
  return Object.hasOwn(LADDERS, kind) ? (kind as FieldClass) : undefined
}
