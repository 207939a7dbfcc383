/** One event under two revisions: what changes for each partner. */

import type { Prepared } from '../flow/prepare.ts'
import type { PartnerId } from '../model/brand.ts'
import { DROP, FIELD_CLASSES, type FieldClass, type Level, meet, treatmentName } from '../model/field-class.ts'
import type { Reason } from '../model/reason.ts'

/** What leaves for one event: the level of every class in the view. */
export interface Leaving {
  readonly sent: boolean
  readonly why: Reason
  readonly levels: Readonly<Partial<Record<FieldClass, Level>>>
  readonly properties: readonly string[]
  readonly bytes: string
  /** The whole request, because a change of address or headers counts as well. */
  readonly request: string
}

export function leavingOf(prepared: Prepared): Leaving {
  if (prepared.kind === 'withheld')
    return { sent: false, why: prepared.why, levels: {}, properties: [], bytes: '', request: '' }
  const { decision, view, bytes, encoder } = prepared
  const levels = Object.fromEntries(
    FIELD_CLASSES.flatMap((name) => (Object.hasOwn(view, name) ? [[name, decision.fields[name].level] as const] : [])),
  )
  const properties = Object.keys(view.property ?? {})
  return {
    sent: true,
    why: decision.why,
    levels,
    properties,
    bytes,
    request: JSON.stringify(encoder.envelope([bytes])),
  }
}

export const CHANGES_OF_EVENT = ['same', 'newly_sent', 'newly_withheld', 'changed', 'withheld'] as const
export interface EventChange {
  readonly change: (typeof CHANGES_OF_EVENT)[number]
  readonly before: { readonly sent: boolean; readonly why: Reason }
  readonly after: { readonly sent: boolean; readonly why: Reason }
  readonly added: readonly FieldClass[]
  readonly removed: readonly FieldClass[]
  /** Classes treated finer, or coarser, than before. */
  readonly finer: readonly FieldClass[]
  readonly coarser: readonly FieldClass[]
  /** Properties by the partner's names. */
  readonly propertiesAdded: readonly string[]
  readonly propertiesRemoved: readonly string[]
}

export function changeBetween(before: Leaving, after: Leaving): EventChange {
  const level = ({ levels }: Leaving, name: FieldClass): Level => levels[name] ?? DROP
  const classes = (test: (a: Level, b: Level, name: FieldClass) => boolean): FieldClass[] =>
    FIELD_CLASSES.filter((name) => test(level(before, name), level(after, name), name))
  const within = (name: FieldClass, a: Level, b: Level): boolean => meet(name, a, b) === a
  return {
    change: kindOf(before, after),
    before: { sent: before.sent, why: before.why },
    after: { sent: after.sent, why: after.why },
    added: classes((a, b) => a === DROP && b !== DROP),
    removed: classes((a, b) => a !== DROP && b === DROP),
    // An address may become finer for one IP version and coarser for the other: then it is both.
    finer: classes((a, b, name) => a !== DROP && b !== DROP && !within(name, b, a)),
    coarser: classes((a, b, name) => a !== DROP && b !== DROP && !within(name, a, b)),
    propertiesAdded: after.properties.filter((name) => !before.properties.includes(name)),
    propertiesRemoved: before.properties.filter((name) => !after.properties.includes(name)),
  }
}

function kindOf(before: Leaving, after: Leaving): EventChange['change'] {
  if (!before.sent && !after.sent) return 'withheld'
  if (!before.sent) return 'newly_sent'
  if (!after.sent) return 'newly_withheld'
  return before.request === after.request ? 'same' : 'changed'
}

/** The same in display form. */
export interface ShownChange extends EventChange {
  readonly partner: PartnerId
  readonly treatments: Readonly<Partial<Record<FieldClass, { readonly before: string; readonly after: string }>>>
}

export function showChange(partner: PartnerId, before: Leaving, after: Leaving): ShownChange {
  const change = changeBetween(before, after)
  const treatments = Object.fromEntries(
    FIELD_CLASSES.flatMap((name) => {
      const [a, b] = [before.levels[name] ?? DROP, after.levels[name] ?? DROP]
      return a === b ? [] : [[name, { before: treatmentName(name, a), after: treatmentName(name, b) }] as const]
    }),
  )
  return { ...change, partner, treatments }
}
