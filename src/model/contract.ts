/** A contract, compiled: plain data that crosses threads and is kept with every revision. */
import type { AppId, EpochMs, Json, PartnerId, Revision } from './brand.ts'
import type { FieldClass, Level } from './field-class.ts'
import type { AgeBand, Dimension } from './signal.ts'
import type { AppFacts } from './values.ts'
import type { VendorListing } from './verdict.ts'

export const ROLES = ['third_party', 'service_provider'] as const
export type Role = (typeof ROLES)[number]
export const PURPOSES = ['advertising', 'measurement', 'analytics', 'fraud_prevention', 'service'] as const
export type Purpose = (typeof PURPOSES)[number]

/** One level per field class. A class that is not there is `drop`. */
export type Levels = Readonly<Partial<Record<FieldClass, Level>>>

/** What a contract makes of one event. */
export interface EventGrant {
  /** The partner's word for the event. */
  readonly as: string
  /** Source path → the partner's name for it. Named one by one; nothing else passes. */
  readonly properties: Readonly<Record<string, string>>
}

export interface ContractPlan {
  readonly id: PartnerId
  readonly name: string
  readonly type: string
  readonly role: Role
  /** Service providers only: when the agreement ends, as epoch milliseconds. */
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
  /** On what ground data goes to those countries; undefined where the contract names none. */
  readonly transferBasis?: string
  readonly contact: string
  readonly apps: readonly AppId[]
  /** Event key (`Order Completed`, `@identify`, `@screen`, …) → grant. */
  readonly events: Readonly<Record<string, EventGrant>>
  readonly share: Levels
  readonly whenRestricted: { readonly send: 'limited' | 'nothing'; readonly share: Levels }
  /** What the partner is told of people whose data it has; absent where it is told nothing. */
  readonly notify?: NotifyPlan
  /** The type's own settings, checked by the type's schema. Secrets stay references. */
  readonly connection: { readonly [key: string]: Json }
  readonly limits: Limits
  /** Further ceilings, each in force while its condition holds: they only ever lower what the contract gives. */
  readonly bounds?: readonly Bound[]
}

export interface NotifyPlan {
  /** `irrevocable`: also by a call that the partner cannot undo, where the person or an officer asked. */
  readonly optOut: 'off' | 'reversible' | 'irrevocable'
  readonly deletion: boolean
  /** How an operator made sure of an interface that the type is not sure of. */
  readonly confirmed?: string
}

/** Terms that bind beside a contract's own: those before a widening that waits, is staged, or holds for a time only. */
export interface Bound {
  /** Null where there were no terms before: then nothing goes while the bound is in force. */
  readonly contract: ContractPlan | null
  readonly when: BoundCondition
}
export type BoundCondition =
  /** A wider contract waits for its approval. */
  | { readonly kind: 'always' }
  /** A widening lapses: in force from this moment on. */
  | { readonly kind: 'from'; readonly at: EpochMs }
  /** A widening is staged: in force for every subject outside this share, in percent, 0 to 100. */
  | { readonly kind: 'outside'; readonly percent: number }

/** Per node. */
export interface Limits {
  /** Items a second; 1 to 100,000. */
  readonly perSecond: number
  /** Requests under way at once, and connections: 1 to 256. */
  readonly concurrency: number
  /** From first byte written to last byte read, in milliseconds. */
  readonly timeoutMs: number
  /** Items an envelope may hold where the type takes batches. */
  readonly batch: number
  /** How long an item may wait for others to share its envelope, in milliseconds. */
  readonly lingerMs: number
  /** Tries before a delivery is dead. */
  readonly attempts: number
}

/** What a regime says of one dimension. */
export const RULES = ['allow', 'unless_opted_out', 'only_if_opted_in', 'never'] as const
export type Rule = (typeof RULES)[number]

export interface Regime {
  readonly id: string
  /** For each dimension and age band, the rule. */
  readonly rules: Readonly<Record<Dimension, Readonly<Record<AgeBand, Rule>>>>
  /** True where consent is asked for first (GDPR). */
  readonly consentRequired: boolean
  /** The consent strings that count in this place; where `consentRequired`, IAB Europe's unless said otherwise. */
  readonly consentStrings?: 'tcf_eu' | 'tcf_canada'
  /** The law, its date and how sure we are, for counsel. */
  readonly law: string
}

/** Identities of a device: the only ones that an erasure may leave a trace of. */
export const DEVICE_IDENTITIES = ['anonymous', 'advertising_id', 'vendor_id'] as const

export interface Policy {
  /** Date of the published privacy policy, ISO 8601 day. */
  readonly date: string
  /** Whom people may ask about their data. */
  readonly contact?: string
  /** Address of the published privacy policy. */
  readonly privacyPolicy?: string
  /** After an erasure these identities' pseudonyms are kept so many months, for whoever looks for fraud. */
  readonly keepForFraud?: {
    readonly identities: readonly (typeof DEVICE_IDENTITIES)[number][]
    readonly months: number
  }
  /** Months after which an opt-in with us permits nothing any more; never where absent. */
  readonly permissionsMonths?: number
  /** Months after which a link of identities that nothing confirmed is forgotten; never where absent. */
  readonly linksMonths?: number
  /** People of whom what is shared of counts must at least be; 100 where absent. */
  readonly minimumCohort?: number
  readonly regimes: Readonly<Record<string, Regime>>
  /** Regime id → countries to which data may go without a ground; of a regime that is not here none is asked. */
  readonly transferFree?: Readonly<Record<string, readonly string[]>>
  /** Country, or country-region (`US`, `US-CA`), upper case → regime id. */
  readonly places: Readonly<Record<string, string>>
  /** For a country named nowhere above. */
  readonly defaultRegime: string
  /** A position is precise below this area, in square kilometres. */
  readonly minAreaKm2: number
  /** Signals that count. */
  readonly honour: { readonly dnt: boolean; readonly gpc: boolean }
  /** What IAB's vendor list says of the contracts' vendors; without it legitimate interest never counts. */
  readonly vendorList?: Readonly<Record<number, VendorListing>>
}

export interface AppPlan extends AppFacts {
  readonly id: AppId
  readonly name: string
  readonly writeKeys: readonly string[]
  readonly retiredKeys: readonly string[]
  /** Of tests alone: a name that no contract names is asked about at once, whoever it came from. */
  readonly test?: true
  /** Consent category → purposes it covers. A category sent and not named here denies. */
  readonly consentCategories?: Readonly<Record<string, readonly Purpose[]>>
  /** How this app's users prove who they are; without it, `/v1/me/choices` only narrows. */
  readonly users?: {
    readonly jwks: string
    readonly issuer: string
    readonly audience: string
    readonly claim: string
    /** The claim that says since when the person has the id. */
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

/** What a change means for disclosure. `mixed`: wider in one respect, narrower in another. */
export const CHANGES = ['same', 'narrower', 'wider', 'mixed'] as const
export type Change = (typeof CHANGES)[number]

/** Who published a revision, and why. Holds no name: people are keyed references. */
export interface Publication {
  /** Keyed reference of a member of staff, `files` for a change on disk, `gateway` for its own doing. */
  readonly author: string
  /** Others who wrote any of it; none of them approved it. */
  readonly coauthors?: readonly string[]
  /** One line; '' where nobody gave one. */
  readonly message: string
  readonly approvals: readonly Approval[]
  /** The revision that was live before; 0 for the first. */
  readonly parent: number
  /** Against the parent; `first` where there is none. */
  readonly change: Change | 'first'
}
export interface Approval {
  readonly by: string
  readonly at: EpochMs
}
