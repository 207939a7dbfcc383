/** One event for every partner in every relevant state, as a table. */

import type { Prepared } from '../flow/prepare.ts'
import type { PartnerId } from '../model/brand.ts'
import { DROP, FIELD_CLASSES, type FieldClass, treatmentName } from '../model/field-class.ts'
import { REASONS, type Reason, sentenceOfEvent } from '../model/reason.ts'
import { placesOf } from './situations.ts'
import { NO_STATE, type SupposedState } from './state.ts'
import { prepareFor, type Scenario, type SupposeDeps, type Supposition, suppose } from './suppose.ts'
import type { World } from './world.ts'

export interface MatrixCell {
  readonly partner: PartnerId
  readonly result: 'item' | 'withheld'
  readonly why: Reason
  readonly because: string
  /** What leaves, by class. */
  readonly leaves: Readonly<Partial<Record<FieldClass, string>>>
  /** The reason for each class; empty if the whole event is withheld. */
  readonly reasons: Readonly<Partial<Record<FieldClass, Reason>>>
}
export interface MatrixRow {
  readonly state: string
  /** `said`: statements of the user or device; `law`: the same user in another place. */
  readonly kind: 'said' | 'law'
  readonly cells: readonly MatrixCell[]
}
export interface Matrix {
  readonly partners: readonly PartnerId[]
  readonly rows: readonly MatrixRow[]
}

const SAID: readonly (readonly [string, Partial<SupposedState>])[] = [
  ['as it is', {}],
  ['opted out with us', { choice: 'opted_out' }],
  ['opted in with us', { choice: 'opted_in' }],
  ['Global Privacy Control', { gpc: '1' }],
  ['US Privacy opt-out', { us_privacy: '1YYN' }],
  ['device limits tracking', { lmt: '1' }],
  ['tracking refused (ATT)', { os: 'ios', att: '2' }],
  ['location denied', { location_permission: 'denied' }],
  ['15 years old', { age: '15' }],
  ['known child', { choice: 'child' }],
  ['a signal nobody can read', { us_privacy: '?' }],
  ['partner stopped', { stopped: true }],
]

/** The scenario's own state, each of the states above applied to it, and each law of the policy. */
export function matrixOf(
  world: World,
  scenario: Scenario,
  deps: SupposeDeps,
): Matrix | Extract<Supposition, { kind: 'refused' }> {
  const own = suppose(world, scenario, deps)
  if (own.kind === 'refused') return own
  const rows: MatrixRow[] = []
  const add = (state: string, kind: MatrixRow['kind'], part: Partial<SupposedState>): void => {
    const supposed = suppose(world, { ...scenario, state: { ...NO_STATE, ...scenario.state, ...part } }, deps)
    // Validity does not depend on the state: it changes no part of the event.
    if (supposed.kind === 'refused') return
    const cells = own.partners.map((partner) => cellOf(partner, prepareFor(world, supposed, partner)))
    rows.push({ state, kind, cells })
  }
  for (const [state, part] of SAID) add(state, 'said', part)
  for (const [law, { country, region }] of placesOf(world.plan.policy)) {
    add(law, 'law', { country: country?.[0] ?? null, region: region?.[0] ?? null })
  }
  return { partners: own.partners, rows }
}

function cellOf(partner: PartnerId, prepared: Prepared): MatrixCell {
  if (prepared.kind === 'withheld')
    return {
      partner,
      result: 'withheld',
      why: prepared.why,
      because: sentenceOfEvent(prepared.why),
      leaves: {},
      reasons: {},
    }
  const { decision, view } = prepared
  const leaves = Object.fromEntries(
    FIELD_CLASSES.flatMap((name) => {
      const { level } = decision.fields[name]
      return level !== DROP && Object.hasOwn(view, name) ? [[name, treatmentName(name, level)] as const] : []
    }),
  )
  const reasons = Object.fromEntries(FIELD_CLASSES.map((name) => [name, decision.fields[name].why]))
  return { partner, result: 'item', why: decision.why, because: REASONS[decision.why], leaves, reasons }
}
