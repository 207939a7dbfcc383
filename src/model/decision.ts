/** All treatments of one event for one partner, each with the ceiling that won. */
import type { FieldClass, Level } from './field-class.ts'
import type { Reason } from './reason.ts'

export interface FieldDecision {
  readonly level: Level
  readonly why: Reason
}

/** What the partner must be told by its own flags, whatever else leaves. True = restricted. */
export interface PrivacyFlags {
  readonly restricted: boolean
  readonly sale: boolean
  readonly sharing: boolean
  readonly targetedAdvertising: boolean
  readonly deviceLimit: boolean
  /** Forward `Sec-GPC: 1`. */
  readonly gpc: boolean
  /** A relayed request for an advertisement to a child: nothing about the person goes. */
  readonly contextual?: true
}

/** Nothing restricts. */
export const FREE: PrivacyFlags = {
  restricted: false,
  sale: false,
  sharing: false,
  targetedAdvertising: false,
  deviceLimit: false,
  gpc: false,
}

export type Decision =
  | { readonly kind: 'withhold'; readonly why: Reason }
  | {
      readonly kind: 'send'
      /** The event's name at the partner. */
      readonly as: string
      readonly fields: Readonly<Record<FieldClass, FieldDecision>>
      /** Source path → partner's name, only those both contracts (as accepted, as now) grant. */
      readonly properties: Readonly<Record<string, string>>
      readonly flags: PrivacyFlags
      /** The reason that restricts this disclosure, or `agreed`. */
      readonly why: Reason
    }
