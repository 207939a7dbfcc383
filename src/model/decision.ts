/** All treatments of one event for one partner, each with its binding reason. */
import type { FieldClass, Level } from './field-class.ts'
import type { Reason } from './reason.ts'

export interface FieldDecision {
  readonly level: Level
  readonly why: Reason
}

/** The partner's own privacy flags, set whatever else leaves. True = restricted. */
export interface PrivacyFlags {
  readonly restricted: boolean
  readonly sale: boolean
  readonly sharing: boolean
  readonly targetedAdvertising: boolean
  readonly deviceLimit: boolean
  /** Forward `Sec-GPC: 1`. */
  readonly gpc: boolean
  /** A relayed ad request for a child: nothing about the person is sent. */
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
      /** Source path → partner's name, only those granted both at acceptance and now. */
      readonly properties: Readonly<Record<string, string>>
      readonly flags: PrivacyFlags
      /** The reason that restricts this disclosure, or `agreed`. */
      readonly why: Reason
    }
