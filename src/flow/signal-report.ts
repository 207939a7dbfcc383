/** What signals say and what follows from them, for a human reader: the functions that produce the verdict. */
import { type ExplainedVerdict, explainVerdict } from '../decide/explain.ts'
import type { EpochMs } from '../model/brand.ts'
import { NO_STANDING, type RawSignals } from '../model/event.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Decoders } from '../signals/decoders.ts'
import { describeSignals } from '../signals/describe.ts'
import type { DescribedSignal } from '../signals/entry.ts'
import { findUnder, type Rules, verdictUnder } from './judge.ts'

export interface SignalReport {
  readonly decoded: readonly DescribedSignal[]
  readonly verdict: Verdict
  readonly explained: ExplainedVerdict
}

/** Under one state of the rules, at one time, with no stored choice. */
export function reportSignals(raw: RawSignals, rules: Rules, decoders: Decoders, at: EpochMs): SignalReport {
  const span = { from: at, until: at }
  const found = findUnder(raw, rules, span, decoders)
  const verdict = verdictUnder(raw, found, NO_STANDING, rules.policy)
  const { policy, categories } = rules
  const decoded = describeSignals(raw, { honoured: policy.honour, categories, decoders, ...span })
  return { decoded, verdict, explained: explainVerdict(verdict) }
}
