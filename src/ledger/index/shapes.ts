/** Shapes: what many records share, keyed by the leaf's bytes. A query filters shapes first and reads records last. */
import type { LedgerRecord } from '../../model/disclosure.ts'
import type { FieldClass } from '../../model/field-class.ts'
import { treatmentName } from '../../model/field-class.ts'
import { decodeLeaf } from '../leaf.ts'
import {
  ACTION_AT,
  COUNT_BYTES,
  FLAG_COUNT,
  FLAG_EXTENDED,
  FLAG_SEALED,
  FLAGS_AT,
  KIND_AT,
  OUTCOME_PARTNER_AT,
  SHAPE_AT,
  WITHHELD_AT,
} from '../leaf-layout.ts'
import { KIND_NUMBERS } from '../numbers.ts'

/** Stored as JSON. */
export interface RecordShape {
  readonly kind: LedgerRecord['kind']
  readonly partner?: string
  readonly app?: string
  readonly event?: string
  readonly revision?: number
  readonly regime?: string
  readonly why?: string
  readonly type?: string
  readonly role?: string
  readonly purposes?: readonly string[]
  readonly countries?: readonly string[]
  readonly verdict?: number
  /** Field class → treatment by name. */
  readonly treatments?: Readonly<Record<string, string>>
  readonly outcome?: string
  readonly action?: string
  /** NOTICE only. */
  readonly verb?: string
  readonly identifier?: string
}

/** Leaves with the same key have the same shape. */
export function shapeKey(leaf: Buffer): string {
  const kind = leaf[KIND_AT]
  switch (kind) {
    case KIND_NUMBERS.outcome:
    case KIND_NUMBERS.notice_outcome:
      return `${kind}o${leaf.toString('latin1', OUTCOME_PARTNER_AT, OUTCOME_PARTNER_AT + 2 + leaf[OUTCOME_PARTNER_AT]!)}`
    case KIND_NUMBERS.intent:
    case KIND_NUMBERS.notice:
    case KIND_NUMBERS.withheld:
      return (leaf[FLAGS_AT]! & (FLAG_SEALED | FLAG_EXTENDED)) === 0
        ? plainKey(leaf)
        : // Such records are rare, and their bytes go on after the shape.
          JSON.stringify(shapeOf(leaf))
    default:
      return `${kind}${leaf.toString('latin1', ACTION_AT, ACTION_AT + 1 + leaf[ACTION_AT]!)}`
  }
}

function plainKey(leaf: Buffer): string {
  if (leaf[KIND_AT] !== KIND_NUMBERS.withheld) return `${leaf[KIND_AT]}i${leaf.toString('latin1', SHAPE_AT)}`
  return `w${leaf.toString('latin1', WITHHELD_AT + (leaf[FLAGS_AT] === FLAG_COUNT ? COUNT_BYTES : 0))}`
}

export function shapeOf(leaf: Uint8Array): RecordShape {
  const { record } = decodeLeaf(leaf)
  switch (record.kind) {
    case 'intent': {
      const { kind, partner, app, event, revision, regime, why, type, role, purposes, countries, verdict } = record
      const entries = Object.entries(record.treatments) as [FieldClass, number][]
      const treatments = Object.fromEntries(entries.map(([name, level]) => [name, treatmentName(name, level)]))
      return { kind, partner, app, event, revision, regime, why, type, role, purposes, countries, verdict, treatments }
    }
    case 'withheld': {
      const { kind, partner, app, event, revision, regime, why } = record
      return { kind, partner, app, event, revision, regime, why }
    }
    case 'notice': {
      const { kind, partner, type, revision, verb, identifier } = record
      return { kind, partner, type, revision, verb, identifier }
    }
    case 'outcome':
    case 'notice_outcome':
      return { kind: record.kind, partner: record.partner, outcome: record.outcome.kind }
    default:
      return { kind: record.kind, action: record.action }
  }
}

export interface Filter {
  readonly kind?: string | undefined
  readonly partner?: string | undefined
  readonly app?: string | undefined
  readonly event?: string | undefined
  readonly revision?: number | undefined
  /** The decision's reason. */
  readonly reason?: string | undefined
  /** A field class that was sent under any treatment but `drop`; with `treatment`, under exactly that one. */
  readonly field?: string | undefined
  readonly treatment?: string | undefined
  readonly purpose?: string | undefined
  readonly country?: string | undefined
  /** The action of a CONTROL or REQUEST record. */
  readonly action?: string | undefined
  /** Milliseconds since 1970, inclusive. */
  readonly from?: number | undefined
  /** Exclusive. */
  readonly to?: number | undefined
}

export function matches(shape: RecordShape, filter: Filter): boolean {
  for (const name of ['kind', 'partner', 'app', 'event', 'revision', 'action'] as const)
    if (filter[name] !== undefined && shape[name] !== filter[name]) return false
  if (filter.reason !== undefined && shape.why !== filter.reason) return false
  if (filter.purpose !== undefined && shape.purposes?.includes(filter.purpose) !== true) return false
  if (filter.country !== undefined && shape.countries?.includes(filter.country) !== true) return false
  const { field, treatment } = filter
  if (field === undefined && treatment === undefined) return true
  return Object.entries(shape.treatments ?? {}).some(
    ([name, how]) => (field ?? name) === name && how !== 'drop' && (treatment ?? how) === how,
  )
}
