/** Compiled contracts: plain data that crosses threads and is stored with every revision. */
import type { AppId, EpochMs, Json, PartnerId, Revision } from './brand.ts'
import type { FieldClass, Level } from './field-class.ts'
import type { AgeBand, Dimension } from './signal.ts'
import type { AppFacts } from './values.ts'
import type { VendorListing } from './verdict.ts'

export const ROLES = ['third_party', 'service_provider'] as const
export type Role = (typeof ROLES)[number]
export const PURPOSES = ['advertising', 'measurement', 'analytics', 'fraud_prevention', 'service'] as const
export type Purpose = (typeof PURPOSES)[number]

/** One level per field class. A missing class is `drop`. */
export type Levels = Readonly<Partial<Record<FieldClass, Level>>>

/** What a contract grants for one event. */
export interface EventGrant {
  /** The partner's name for the event. */
  readonly as: string
  /** Source path → the partner's name for it. Only listed properties pass. */
  readonly properties: Readonly<Record<string, string>>
}

export interface ContractPlan {
  readonly id: PartnerId
  readonly name: string
  readonly type: string
  readonly role: Role
  /** Service providers only: the end of the agreement, as epoch milliseconds. */
  readonly agreementUntil?: EpochMs
  readonly purposes: readonly Purpose[]
  readonly countries: readonly string[]
  /** The number in IAB's vendor list, where the partner has one. */
  readonly tcfVendor?: number
  /** The number in Google's list of ad technology providers (Additional Consent), for partners outside IAB's list. */
  readonly addtlProvider?: number
  /** The app's consent categories that cover this partner. */
  readonly consentCategories: readonly string[]
  readonly privacyPolicy: string
  /** Legal basis for transfers to those countries, if the contract names one. */
  readonly transferBasis?: string
  readonly contact: string
  readonly apps: readonly AppId[]
  /** Event key (`Order Completed`, `@identify`, `@screen`, …) → grant. */
  readonly events: Readonly<Record<string, EventGrant>>
  readonly share: Levels
  readonly whenRestricted: { readonly send: 'limited' | 'nothing'; readonly share: Levels }
  /** Which choices and requests the partner is notified of; none if absent. */
  readonly notify?: NotifyPlan
  /** The type's own settings, checked by the type's schema. Secrets stay references. */
  readonly connection: { readonly [key: string]: Json }
  readonly limits: Limits
  /** Additional ceilings, each in force while its condition holds. They only lower the contract's grants. */
  readonly bounds?: readonly Bound[]
}

export interface NotifyPlan {
  /** `irrevocable`: also through a call that the partner cannot undo, when a user or a privacy officer asked for it. */
  readonly optOut: 'off' | 'reversible' | 'irrevocable'
  readonly deletion: boolean
  /** How the operator verified an interface that the type marks as unconfirmed. */
  readonly confirmed?: string
}

/** Earlier terms that still apply: those from before a widening that is pending, staged or temporary. */
export interface Bound {
  /** Null where there was no contract before: nothing is sent while the bound is in force. */
  readonly contract: ContractPlan | null
  readonly when: BoundCondition
}
export type BoundCondition =
  /** The widening waits for approval. */
  | { readonly kind: 'always' }
  /** The widening lapses at this time. */
  | { readonly kind: 'from'; readonly at: EpochMs }
  /** The widening is staged: the bound applies to every subject outside this share, in percent, 0 to 100. */
  | { readonly kind: 'outside'; readonly percent: number }

/** Per node. */
export interface Limits {
  /** Items a second; 1 to 100,000. */
  readonly perSecond: number
  /** Concurrent requests, and connections: 1 to 256. */
  readonly concurrency: number
  /** From first byte written to last byte read, in milliseconds. */
  readonly timeoutMs: number
  /** Items per envelope, for types that batch. */
  readonly batch: number
  /** How long an item may wait for others to fill its envelope, in milliseconds. */
  readonly lingerMs: number
  /** Attempts before a delivery is dead. */
  readonly attempts: number
}

/** A regime's rule for one dimension. */
export const RULES = ['allow', 'unless_opted_out', 'only_if_opted_in', 'never'] as const
export type Rule = (typeof RULES)[number]

export interface Regime {
  readonly id: string
  /** The rule for each dimension and age band. */
  readonly rules: Readonly<Record<Dimension, Readonly<Record<AgeBand, Rule>>>>
  /** True where the law requires prior consent (GDPR). */
  readonly consentRequired: boolean
  /** The consent strings that count in this place; where `consentRequired`, IAB Europe's by default. */
  readonly consentStrings?: 'tcf_eu' | 'tcf_canada'
  /** The law, its date and our confidence in the reading, for counsel. */
  readonly law: string
}

/** Device identities: the only ones an erasure may leave a pseudonym of. */
export const DEVICE_IDENTITIES = ['anonymous', 'advertising_id', 'vendor_id'] as const

export interface Policy {
  /** Date of the published privacy policy, an ISO 8601 day. */
  readonly date: string
  /** Contact for questions about personal data. */
  readonly contact?: string
  /** Address of the published privacy policy. */
  readonly privacyPolicy?: string
  /** Keeps the pseudonyms of these identities for this many months after an erasure, for fraud detection. */
  readonly keepForFraud?: {
    readonly identities: readonly (typeof DEVICE_IDENTITIES)[number][]
    readonly months: number
  }
  /** Months until an opt-in expires; never if absent. */
  readonly permissionsMonths?: number
  /** Months until an unconfirmed identity link expires; never if absent. */
  readonly linksMonths?: number
  /** Minimum number of subjects behind an exported count; default 100. */
  readonly minimumCohort?: number
  readonly regimes: Readonly<Record<string, Regime>>
  /** Regime id → countries to which data may go without a transfer basis. Regimes not listed require none. */
  readonly transferFree?: Readonly<Record<string, readonly string[]>>
  /** Country, or country-region (`US`, `US-CA`), upper case → regime id. */
  readonly places: Readonly<Record<string, string>>
  /** For countries not listed in `places`. */
  readonly defaultRegime: string
  /** A position is precise below this area, in square kilometres. */
  readonly minAreaKm2: number
  /** Signals that count. */
  readonly honour: { readonly dnt: boolean; readonly gpc: boolean }
  /** What IAB's vendor list states about the contracts' vendors; without it legitimate interest never counts. */
  readonly vendorList?: Readonly<Record<number, VendorListing>>
}

export interface AppPlan extends AppFacts {
  readonly id: AppId
  readonly name: string
  readonly writeKeys: readonly string[]
  readonly retiredKeys: readonly string[]
  /** Test suites only: reports unmapped event names at once, even without a device identity. */
  readonly test?: true
  /** Consent category → purposes it covers. An unmapped category denies. */
  readonly consentCategories?: Readonly<Record<string, readonly Purpose[]>>
  /** How this app's users authenticate; without it, `/v1/me/choices` only narrows. */
  readonly users?: {
    readonly jwks: string
    readonly issuer: string
    readonly audience: string
    readonly claim: string
    /** The claim that states since when the user has the id. */
    readonly sinceClaim?: string
  }
}

/** One published state of all contracts, apps and the policy. Immutable. */
export interface RevisionPlan {
  readonly number: Revision
  /** SHA-256 of the plans' canonical JSON, hex. */
  readonly digest: string
  readonly activatedAt: EpochMs
  readonly publication: Publication
  readonly policy: Policy
  readonly apps: readonly AppPlan[]
  readonly contracts: readonly ContractPlan[]
}

/** A change's effect on disclosure. `mixed`: wider in one respect, narrower in another. */
export const CHANGES = ['same', 'narrower', 'wider', 'mixed'] as const
export type Change = (typeof CHANGES)[number]

/** Who published a revision, and why. Holds keyed references, no names. */
export interface Publication {
  /** Keyed reference of a member of staff, `files` for a change on disk, `gateway` for an automatic one. */
  readonly author: string
  /** Other authors of the change; none of them may approve it. */
  readonly coauthors?: readonly string[]
  /** One line; '' if none was given. */
  readonly message: string
  readonly approvals: readonly Approval[]
  /** The revision this one replaced; 0 for the first. */
  readonly parent: number
  /** Relative to the parent; `first` if there is none. */
  readonly change: Change | 'first'
}
export interface Approval {
  readonly by: string
  readonly at: EpochMs
}
