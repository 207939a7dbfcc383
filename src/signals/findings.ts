/** From raw signals to what they mean for the verdict. Merging is the verdict's business, and order cannot matter. */
import type { RawSignals } from '../model/event.ts'
import type { Covers, Finding, SignalName } from '../model/signal.ts'
import type { ConsentFindings, Found, SignalContext } from './entry.ts'
import { findGpp, type GppFindings } from './gpp-findings.ts'
import { SIGNAL_ENTRIES } from './table.ts'

/** What one event's signals say. */
export interface SignalFindings {
  readonly findings: readonly Finding[]
  /** Signals by which the person says that nothing is restricted. "Does not apply" is not one: nobody was asked. */
  readonly lifting: readonly SignalName[]
  /** Of what a lifting signal speaks, where that is not all that its kind may deny. */
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

/** Pure. Every signal of the table by its own rule. */
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
