/**
 * The screen's finding for a kept slot: the kind of foreign value it contains, and its form. A text, because it is
 * stored with the event: `<kind>/<form>!<slot>`, with `:pass` after a class's slot if only the untreated value contains
 * it. Events of earlier versions have only the slot: nothing of it passes.
 */
import { type FieldClass, LADDERS } from '../model/field-class.ts'
import type { Form } from './haystack.ts'

export interface Taint {
  /** A field class, or what the value looks like. */
  readonly kind: string
  readonly form: Form | 'whole' | 'unread'
  /** A class, or `property.<source path>`. */
  readonly slot: string
  /** True if a pseudonym of the slot's value, or its origin, does not contain it. */
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
  // Sound: only this file writes them, and anything else is shown as a word.
  return { kind, form: form as Form, slot: passOnly ? slot.slice(0, -PASS.length) : slot, passOnly }
}

/** The class whose grant allows the slot's value after all; undefined if none does. */
export function classOf({ kind }: Taint): FieldClass | undefined {
  return Object.hasOwn(LADDERS, kind) ? (kind as FieldClass) : undefined
}
