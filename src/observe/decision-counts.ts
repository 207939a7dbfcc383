/** Decisions are few and shared: counted by identity, spelled out when asked. */
import type { Decision } from '../model/decision.ts'
import { FIELD_CLASSES, type FieldClass, treatmentName } from '../model/field-class.ts'

export type DecidedLabels = Readonly<Record<'partner' | 'field' | 'treatment' | 'reason', string>>

export interface DecisionCounts {
  /** One decision for one event; `present` are the classes the event carried. */
  add(partner: string, decision: Decision, present: readonly string[]): void
  /** Tells of everything that was added since. */
  flush(): void
}

const MOST = 1_000

export function createDecisionCounts(tell: (labels: DecidedLabels, count: number) => void): DecisionCounts {
  const decisions = new Map<Decision, { readonly partner: string; readonly fields: Map<string, number> }>()
  const known: ReadonlySet<string> = new Set(FIELD_CLASSES)
  const flush = (): void => {
    for (const [decision, { partner, fields }] of decisions) {
      for (const [field, count] of fields) {
        const { level, why } =
          decision.kind === 'send' ? decision.fields[field as FieldClass] : { level: 0, why: decision.why }
        tell({ partner, field, treatment: treatmentName(field as FieldClass, level), reason: why }, count)
      }
    }
    decisions.clear()
  }
  return {
    add: (partner, decision, present) => {
      const entry = decisions.get(decision) ?? { partner, fields: new Map<string, number>() }
      decisions.set(decision, entry)
      for (const field of present) if (known.has(field)) entry.fields.set(field, (entry.fields.get(field) ?? 0) + 1)
      if (decisions.size > MOST) flush()
    },
    flush,
  }
}
