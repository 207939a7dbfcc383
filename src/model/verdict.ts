/** Signals, choices, regime and age merged: what may be done with this person's data right now. */
import type { Reason } from './reason.ts'
import type { AgeBand, Dimension, DimensionBits, SignalName } from './signal.ts'

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
  /** True where the only thing missing is an opt-in: nobody said no. */
  readonly onlyUnasked: boolean
}

/** What IAB's vendor list says of one vendor: purposes as bits, purpose n is bit n-1. */
export interface VendorListing {
  readonly consent: number
  readonly legitimateInterest: number
  readonly flexible: number
}

/** What all consent strings of one kind say together: the strictest of them. */
export interface ConsentReading {
  /** False where one is malformed, expired or too old in form. */
  readonly valid: boolean
  /** What is wrong with it, or ''. */
  readonly problem: string
  /** Purposes consented to, as bits: purpose n is bit n-1. */
  readonly purposes: number
  /** Special features opted in to, as bits. */
  readonly specialFeatures: number
  /** The purposes that a vendor may rely on; 0 where it has no consent or was not disclosed. */
  purposesOf(vendor: number, listing: VendorListing | undefined): number
  /** True where a provider outside the vendor list was consented to (Additional Consent). */
  hasProvider(provider: number): boolean
}

/** What consent categories said, by the app's mapping. */
export interface CategoryConsent {
  /** Category → granted. */
  readonly answers: ReadonlyMap<string, boolean>
  /** Purposes that a granted category covers and no refused one does, as bits in the order of `PURPOSES`. */
  readonly granted: number
}

/** Consent as strings and categories give it. */
export interface Consent {
  /** True where the law asks for consent first (GDPR), the sender says so, or the place is unknown. */
  readonly required: boolean
  /** Why there is no consent string to rely on, or `agreed`. */
  readonly why: Reason
  /** The strings that count here; undefined where none was sent or this place knows none. */
  readonly strings: ConsentReading | undefined
  readonly categories: CategoryConsent | undefined
}

export interface Verdict {
  /** The regime's id in `config/policy.yaml`. */
  readonly regime: string
  readonly band: AgeBand
  readonly dimensions: Readonly<Record<Dimension, DimensionVerdict>>
  readonly consent: Consent
  /** Purposes refused by name, as bits in the order of `PURPOSES`, and why. */
  readonly refusedPurposes: { readonly bits: DimensionBits; readonly why: Reason }
  /**
   * Child: `blocked` means nothing leaves. `contextual`: only COPPA's own flag says so, which is about a request for an
   * advertisement as well as about a person: such a request, relayed, may still say what is not about the person.
   */
  readonly child: { readonly blocked: boolean; readonly why: Reason; readonly contextual: boolean }
  /** LMT, ATT or zeroed id. */
  readonly deviceLimit: { readonly limited: boolean; readonly why: Reason }
  /** Sensitive data limited: third parties get no free properties, gender or birth date. */
  readonly sensitive: { readonly limited: boolean; readonly why: Reason }
  /** Location permission refused: country at most. */
  readonly countryOnly: boolean
  /** True where the person said so themselves; false where Sluice merely refuses for now. */
  readonly withdrawal: boolean
}
