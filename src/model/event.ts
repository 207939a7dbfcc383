/** An event as the intake stores it: classified, without what no partner could ever receive. */
import type { AppId, EpochMs, EventRef, EventSecret, IdentityKey, PartnerId, Revision } from './brand.ts'
import type { Finding, SignalName } from './signal.ts'
import type { UserIds } from './user-ids.ts'
import type { EventKind, FieldValues } from './values.ts'

/** The kinds of identity that a stored choice can refer to. */
export const IDENTITY_KINDS = ['user', 'anonymous', 'advertising_id', 'vendor_id'] as const
export type IdentityKind = (typeof IDENTITY_KINDS)[number]

/** One identity in clear text; it exists only between a request and its keyed pseudonym. */
export interface Identity {
  readonly kind: IdentityKind
  readonly value: string
  /** For a user id: its app's user ids, if it identifies a user. */
  readonly of?: UserIds
}

/**
 * The privacy signals of one event as unparsed text, wherever they were found. Two places that disagree remain two texts.
 * Stored with the event, so that the verdict can be computed again under later rules.
 */
export interface RawSignals extends TextSignals {
  readonly os?: readonly string[]
  readonly os_version?: readonly string[]
  /** Advertising ids, reduced to what the signal needs: `zero`, `empty` or `present`. */
  readonly advertising_id?: readonly ('zero' | 'empty' | 'present')[]
  readonly gdpr_applies?: readonly string[]
  readonly addtl_consent?: readonly string[]
  /** In-app copies of a TC string's bits, as `0101…`: they only restrict. */
  readonly tcf_purposes?: readonly string[]
  readonly tcf_vendors?: readonly string[]
  readonly tcf_features?: readonly string[]
  readonly gpp_sid?: readonly string[]
  /** Sections sent one by one (`IABGPP_7_String`), as `7~text`. */
  readonly gpp_section?: readonly string[]
  /** Consent categories as the SDK sent them: name → `true` or `false`. */
  readonly categories?: Readonly<Record<string, readonly string[]>>
  /** Partners that the event itself disables: `name=0`, one text per place. */
  readonly integrations?: readonly string[]
  /**
   * Country codes, ISO 3166-1 alpha-2 upper case, and US state codes, from every source: the event, the account and the
   * client address.
   */
  readonly country?: readonly string[]
  readonly region?: readonly string[]
}

/** Signals whose texts carry the signal's own name. `gpc`: header values, `context.gpc`, `regs.ext.gpc`. `age`: years, or a band's name. */
type TextSignals = {
  readonly [Name in Exclude<SignalName, 'choice' | 'category' | 'zeroed_id'>]?: readonly string[]
}

/** A subject's stored choices and sticky signals at one moment. */
export interface Standing {
  readonly findings: readonly Finding[]
}
export const NO_STANDING: Standing = { findings: [] }

/** An accepted event; the intake seals exactly this. */
export interface AcceptedEvent {
  readonly app: AppId
  /** Secret from which its ledger references are derived; a reference itself for events of earlier versions and relayed ones. */
  readonly eventRef: EventRef | EventSecret
  readonly kind: EventKind
  /** The contract's key for this event (`Order Completed`, `@identify`); never a name that no contract lists. */
  readonly eventKey: string
  readonly receivedAt: EpochMs
  readonly identityKeys: readonly IdentityKey[]
  readonly fields: FieldValues
  /** Slots that hold a copy of a dropped identifier; passing one of them is a guard hit. */
  readonly tainted: readonly string[]
  readonly signals: RawSignals
  /** State at acceptance: a later decision is never looser. */
  readonly accepted: {
    readonly revision: Revision
    readonly standing: Standing
    /** Partners that were stopped then: the event never goes to them. Absent if none was. */
    readonly stopped?: readonly PartnerId[]
  }
}
