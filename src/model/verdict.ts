/** Signals, choices, regime and age merged: what may be done with a subject's data now. */
import type { Reason } from './reason.ts'
import type { AgeBand, Dimension, DimensionBits, SignalName } from './signal.ts'

/** One cause of a dimension's answer. */
export interface Cause {
  readonly why: Reason
  /** The signal behind it; absent for the regime's own rule. */
  readonly signal?: SignalName
}

export interface DimensionVerdict {
  readonly allowed: boolean
  /** The binding cause, by `REASONS` precedence; `agreed` if allowed. */
  readonly binding: Reason
  readonly causes: readonly Cause[]
  /** True if only an opt-in is missing and nothing was refused. */
  readonly onlyUnasked: boolean
}

/** A vendor's entry in IAB's vendor list: purposes as bits, purpose n is bit n-1. */
export interface VendorListing {
  readonly consent: number
  readonly legitimateInterest: number
  readonly flexible: number
}

/** All consent strings of one kind, read together: the strictest wins. */
export interface ConsentReading {
  /** False if one is malformed, expired or in an outdated format. */
  readonly valid: boolean
  /** The fault, or ''. */
  readonly problem: string
  /** Purposes consented to, as bits: purpose n is bit n-1. */
  readonly purposes: number
  /** Special features opted in to, as bits. */
  readonly specialFeatures: number
  /** The purposes that a vendor may rely on; 0 where it has no consent or was not disclosed. */
  purposesOf(vendor: number, listing: VendorListing | undefined): number
  /** True if the user consented to a provider outside the vendor list (Additional Consent). */
  hasProvider(provider: number): boolean
}

/** Consent categories, through the app's mapping. */
export interface CategoryConsent {
  /** Category → granted. */
  readonly answers: ReadonlyMap<string, boolean>
  /** Purposes covered by a granted category and by no refused one, as bits in the order of `PURPOSES`. */
  readonly granted: number
}

/** Consent from strings and categories. */
export interface Consent {
  /** True where the law requires prior consent (GDPR), the sender says so, or the place is unknown. */
  readonly required: boolean
  /** Why no consent string can be relied on, or `agreed`. */
  readonly why: Reason
  /** The strings that count here; undefined if none was sent or none counts in this place. */
  readonly strings: ConsentReading | undefined
  readonly categories: CategoryConsent | undefined
}

export interface Verdict {
  /** The regime's id in `config/policy.yaml`. */
  readonly regime: string
  readonly band: AgeBand
  readonly dimensions: Readonly<Record<Dimension, DimensionVerdict>>
  readonly consent: Consent
  /** Individually refused purposes, as bits in the order of `PURPOSES`, and why. */
  readonly refusedPurposes: { readonly bits: DimensionBits; readonly why: Reason }
  /**
   * Child: `blocked` means nothing leaves. `contextual`: only COPPA's own flag says so, which describes an ad request as much
   * as a person; such a request, when relayed, may still carry what is not about the person.
   */
  readonly child: { readonly blocked: boolean; readonly why: Reason; readonly contextual: boolean }
  /** LMT, ATT or zeroed id. */
  readonly deviceLimit: { readonly limited: boolean; readonly why: Reason }
  /** Sensitive data limited: third parties get no free properties, gender or birth date. */
  readonly sensitive: { readonly limited: boolean; readonly why: Reason }
  /** Location permission refused: country at most. */
  readonly countryOnly: boolean
  /** True for the subject's own decision; false for a provisional block. */
  readonly withdrawal: boolean
}
