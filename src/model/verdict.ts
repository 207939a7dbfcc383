/** Signals, choices, regime and age merged: what may be done with this person's data right now. */
import type { Reason } from './reason.ts'
import type { AgeBand, Dimension, SignalName } from './signal.ts'

/** One cause of a dimension's answer. */
export interface Cause {
  readonly why: Reason
  /** The signal that said so; absent where the regime did. */
  readonly signal?: SignalName
}

export interface DimensionVerdict {
  readonly allowed: boolean
  /** The cause that bound, by `REASONS` precedence; `agreed` where allowed. */
  readonly binding: Reason
  readonly causes: readonly Cause[]
}

/** Consent as a consent-string regime knows it, for one purpose list and one vendor at a time. */
export interface Consent {
  /** True where the law asks for consent strings (GDPR), or the place is unknown. */
  readonly required: boolean
  /** Why there is none, or `agreed`. */
  readonly why: Reason
  /** TCF purposes consented to, as bits: purpose n is bit n-1. */
  readonly purposes: number
  /** TCF vendor ids consented to and disclosed; undefined where no vendor list says. */
  readonly vendors: ReadonlySet<number> | undefined
}

export interface Verdict {
  /** The regime's id in `config/policy.yaml`. */
  readonly regime: string
  readonly band: AgeBand
  readonly dimensions: Readonly<Record<Dimension, DimensionVerdict>>
  readonly consent: Consent
  /** Child: `blocked` means nothing leaves. */
  readonly child: { readonly blocked: boolean; readonly why: Reason }
  /** LMT, ATT or zeroed id. */
  readonly deviceLimit: { readonly limited: boolean; readonly why: Reason }
  /** Location permission refused: country at most. */
  readonly countryOnly: boolean
  /** True where the person said so themselves; false where Sluice merely refuses for now. */
  readonly withdrawal: boolean
}
