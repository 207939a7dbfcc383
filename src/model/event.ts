/** An event as the intake keeps it: already classified, already without what nobody could ever receive. */
import type { AppId, EpochMs, EventRef, EventSecret, IdentityKey, PartnerId, Revision } from './brand.ts'
import type { Finding, SignalName } from './signal.ts'
import type { UserIds } from './user-ids.ts'
import type { EventKind, FieldValues } from './values.ts'

/** The kinds of identity a stored choice can be about. */
export const IDENTITY_KINDS = ['user', 'anonymous', 'advertising_id', 'vendor_id'] as const
export type IdentityKind = (typeof IDENTITY_KINDS)[number]

/** One identity in the clear; lives only between a request and its keyed pseudonym. */
export interface Identity {
  readonly kind: IdentityKind
  readonly value: string
  /** Of a user id: where it names somebody. */
  readonly of?: UserIds
}

/**
 * The privacy signals of one event as text, wherever they were found, before any is understood. Two places that
 * disagree stay two texts. Kept with the event, so that a verdict can be reached again under later rules.
 */
export interface RawSignals extends TextSignals {
  readonly os?: readonly string[]
  readonly os_version?: readonly string[]
  /** Advertising id texts reduced to what the signal needs: `zero`, `empty` or `present`. */
  readonly advertising_id?: readonly ('zero' | 'empty' | 'present')[]
  readonly gdpr_applies?: readonly string[]
  readonly addtl_consent?: readonly string[]
  /** In-app copies of what a TC string says, as `0101…`: they only ever take away. */
  readonly tcf_purposes?: readonly string[]
  readonly tcf_vendors?: readonly string[]
  readonly tcf_features?: readonly string[]
  readonly gpp_sid?: readonly string[]
  /** Sections sent one by one (`IABGPP_7_String`), as `7~text`. */
  readonly gpp_section?: readonly string[]
  /** Consent categories as the SDK sent them: name → `true` or `false`. */
  readonly categories?: Readonly<Record<string, readonly string[]>>
  /** Partners that the event itself switches off: `name=0`, each place that says so one text. */
  readonly integrations?: readonly string[]
  /**
   * Country codes, ISO 3166-1 alpha-2 upper case, and US state codes, from every place that names one: the event, the
   * account, and the address it came from.
   */
  readonly country?: readonly string[]
  readonly region?: readonly string[]
}

/** Signals whose texts have the signal's own name. Of `gpc`: header values, `context.gpc`, `regs.ext.gpc`. Of `age`: years, or a band's name. */
type TextSignals = {
  readonly [Name in Exclude<SignalName, 'choice' | 'category' | 'zeroed_id'>]?: readonly string[]
}

/** What stored choices and sticky signals said of a subject at one moment. */
export interface Standing {
  readonly findings: readonly Finding[]
}
export const NO_STANDING: Standing = { findings: [] }

/** An event once ingress has accepted it; the intake seals exactly this. */
export interface AcceptedEvent {
  readonly app: AppId
  /** What its references in the ledger are made of; a reference itself where the event is of an earlier Sluice, or relayed. */
  readonly eventRef: EventRef | EventSecret
  readonly kind: EventKind
  /** The contract's key for this event (`Order Completed`, `@identify`); never a name no contract knows. */
  readonly eventKey: string
  readonly receivedAt: EpochMs
  readonly identityKeys: readonly IdentityKey[]
  readonly fields: FieldValues
  /** Kept slots in which a dropped identifier was found; to pass one of them is a guard hit. */
  readonly tainted: readonly string[]
  readonly signals: RawSignals
  /** State at acceptance: a later decision is never looser. */
  readonly accepted: {
    readonly revision: Revision
    readonly standing: Standing
    /** Partners that an operator had stopped: nothing of it ever goes to them. Absent where there were none. */
    readonly stopped?: readonly PartnerId[]
  }
}
