/** From raw signals to findings. The verdict merges them; order does not matter. */
import type { RawSignals } from '../model/event.ts'
import type { Covers, Finding, SignalName } from '../model/signal.ts'
import type { ConsentFindings, Found, SignalContext } from './entry.ts'
import { findGpp, type GppFindings } from './gpp-findings.ts'
import { SIGNAL_ENTRIES } from './table.ts'

/** The findings of one event's signals. */
export interface SignalFindings {
  readonly findings: readonly Finding[]
  /** Signals that state "nothing is restricted". "Does not apply" is not one: the user was not asked. */
  readonly lifting: readonly SignalName[]
  /** What a lifting signal covers, if less than its kind may deny. */
  readonly covers?: Covers
  readonly consent: ConsentFindings
}

const NO_GPP: GppFindings = {
  findings: [],
  clear: 0,
  usPrivacy: [],
  european: [],
  canadian: [],
  saysGdpr: false,
}

/** Pure. Applies the rule of every signal in the table. */
export function findSignals(raw: RawSignals, context: SignalContext): SignalFindings {
  const hasGpp = raw.gpp !== undefined || raw.gpp_sid !== undefined || raw.gpp_section !== undefined
  const found: Found = {
    findings: [],
    lifting: [],
    covers: {},
    consent: { gdpr: 'unsaid', european: undefined, canadian: undefined, categories: undefined },
    gpp: hasGpp ? findGpp(raw, context.honoured.gpc, context.decoders) : NO_GPP,
  }
  for (const { rule } of SIGNAL_ENTRIES) rule(raw, found, context)
  const { findings, lifting, covers, consent } = found
  return { findings, lifting, covers, consent }
}
