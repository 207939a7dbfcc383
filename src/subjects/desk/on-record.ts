/** A case step as a ledger record: no text, no identity, times as days. */
import type { EpochMs } from '../../model/brand.ts'
import type { LedgerEntry } from '../../model/disclosure.ts'
import type { Case, Step } from './case.ts'

export function caseRecord(one: Case, { what, at, by, evidence, refusal }: Step): LedgerEntry {
  const facts: Record<string, string | number> = {
    case: one.id,
    kind: one.kind,
    actor: by,
    ...(what === 'opened' ? { by: one.by, through: one.through, law: one.law, received: one.received } : {}),
    ...(what === 'opened' || what === 'extended' ? { due: one.due } : {}),
    ...(evidence === undefined ? {} : { evidence }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(one.ended === undefined ? {} : { ended: one.ended.how }),
  }
  return { kind: 'case', time: at, action: what, facts }
}

/** Records for cases whose subject was just erased. */
export function erasedRecords(forgotten: readonly Case[], at: EpochMs): readonly LedgerEntry[] {
  return forgotten.map((one) => caseRecord(one, { what: 'erased', at, by: 'gateway' }))
}
