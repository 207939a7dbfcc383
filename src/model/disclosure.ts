/** What the ledger records and how a delivery can end. */
import type { AppId, DisclosureId, EpochMs, EventRef, IdentityKey, PartnerId, Revision } from './brand.ts'
import type { Purpose, Role } from './contract.ts'
import type { FieldClass, Level } from './field-class.ts'
import type { Reason } from './reason.ts'

/** How one try to send an item ended. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly status: number }
  /** The partner answered that it did not take it. */
  | { readonly kind: 'refused'; readonly status: number; readonly retry: boolean; readonly retryAfterMs?: number }
  /** Nothing left this machine. */
  | { readonly kind: 'failed_before_write'; readonly code: string }
  /** Bytes may have reached the partner; whether it acted on them is unknown. */
  | { readonly kind: 'unknown_after_write'; readonly code: string }
  /** The intent is on record but nothing was sent: a choice or contract changed in between. */
  | { readonly kind: 'cancelled_not_sent'; readonly why: Reason }
  /** Written at start for an intent that a crash left open. */
  | { readonly kind: 'unresolved_assume_disclosed' }

/** The partner answered 2xx, and what it said of the item cannot be read. */
export const ANSWER_UNREADABLE = 'ANSWER_UNREADABLE'
/** The partner answered 2xx, and had not ended its answer when the time for the whole exchange was over. */
export const ANSWER_LATE = 'ANSWER_LATE'

/** True where the partner has said that it took the request: another try would be a second disclosure. */
export function wasTaken(outcome: Outcome): boolean {
  return outcome.kind === 'unknown_after_write' && (outcome.code === ANSWER_UNREADABLE || outcome.code === ANSWER_LATE)
}

/** How one pair (event × partner) ended for good. */
export const SETTLED_STATES = ['delivered', 'withheld', 'expired', 'dead', 'erased', 'unresolved'] as const
export type SettledState = (typeof SETTLED_STATES)[number]
export interface Settlement {
  readonly state: SettledState
  /** Why withheld; `''` for the other states. */
  readonly why: Reason | ''
  /** Of `dead` and `unresolved`: what the partner or the network said, for people. Nothing personal in it. */
  readonly cause?: string
}

/** What every INTENT and WITHHELD says about where a decision came from. */
interface Provenance {
  readonly time: EpochMs
  readonly app: AppId
  readonly partner: PartnerId
  /** The contract's event name, or `other`. Never a raw event name. */
  readonly event: string
  /** Of this pair of event and partner alone (`flow/pair-ref.ts`); in format 3 one for the event at every partner. */
  readonly eventRef: EventRef
  readonly revision: Revision
  readonly regime: string
  readonly why: Reason
}

/** Written, durable, before the first byte of an item leaves. */
export interface IntentRecord extends Provenance {
  readonly kind: 'intent'
  readonly id: DisclosureId
  /** From 1. */
  readonly attempt: number
  readonly role: Role
  readonly purposes: readonly Purpose[]
  readonly countries: readonly string[]
  /** Treatment of each class that the event carried; classes not named were dropped or absent. */
  readonly treatments: Readonly<Partial<Record<FieldClass, Level>>>
  /** The catalogue entry that encoded the item. */
  readonly type: string
  /** The first 4 bytes of the revision's digest, hex. */
  readonly revisionDigest: string
  /** The revision under which the event was accepted: the decision is the meet of both. */
  readonly acceptedRevision: Revision
  /** The verdict as bits, see `VERDICT_BITS`. */
  readonly verdict: number
  /** Of the subject's key: months since 1970. 0 where the event had no subject, or its key was gone. */
  readonly epoch: number
  /** First half of `HMAC-SHA256(subject's key, disclosure id)`, 16 bytes as hex; zeros where there is no subject. */
  readonly blind: string
  /** `HMAC-SHA256(second half of the same, the item's exact bytes, secrets as placeholders)`, hex. */
  readonly commitment: string
  /** Size of the item, bytes. */
  readonly bytes: number
  /** The item itself, sealed under the subject's key, base64; only where the operator asked for it. */
  readonly sealed?: string
  /** What a later Sluice adds; never needed to understand the rest. */
  readonly extension?: Facts
}

/** Plain, impersonal facts: numbers, digests, ids. */
export type Facts = Readonly<Record<string, string | number>>

/** Bits of `IntentRecord.verdict`: what was allowed, and what limited it. */
export const VERDICT_BITS = {
  sale: 1,
  sharing: 2,
  targeted_advertising: 4,
  precise_location: 8,
  child: 16,
  device_limited: 32,
  sensitive_limited: 64,
  country_only: 128,
  withdrawn: 256,
  consent_required: 512,
} as const

/**
 * An INTENT as a caller hands it over: whom it is about and what would leave. The ledger's own thread, which alone
 * holds the subjects' keys, turns both into blind and commitment.
 */
export interface IntentEntry extends Omit<IntentRecord, 'epoch' | 'blind' | 'commitment' | 'bytes' | 'sealed'> {
  readonly subject: IdentityKey | undefined
  /** Their other identities, by which the record is found as well. For the index alone. */
  readonly finders?: readonly IdentityKey[]
  readonly item: string
}

/** Written after: what became of an intent. */
export interface OutcomeRecord {
  readonly kind: 'outcome'
  readonly time: EpochMs
  readonly id: DisclosureId
  readonly partner: PartnerId
  readonly eventRef: EventRef
  /** Tries so far, this one included. */
  readonly attempt: number
  /** Size of the request that carried the item, before secrets: its path and body. 0 where nothing was written. */
  readonly bytes: number
  /** How long the request took, see `latencyBucket`. */
  readonly latency: number
  readonly outcome: Outcome
  readonly extension?: Facts
}

/**
 * A duration as a class, so that a record holds no fine clock: 0 = nothing was sent or measured, otherwise n says less
 * than 2^(n-1) milliseconds and, above 1, at least 2^(n-2). At most 32.
 */
export function latencyBucket(ms: number): number {
  return ms < 1 ? 1 : Math.min(32, Math.floor(Math.log2(ms)) + 2)
}

/** A pair that was decided against: nothing was sent. */
export interface WithheldRecord extends Provenance {
  readonly kind: 'withheld'
  /**
   * So many pairs of one minute, which `time` begins, that were decided alike; only where the operator asked for counts.
   * `eventRef` then names no event: it is random.
   */
  readonly count?: number
  readonly extension?: Facts
}

/** What a partner is asked to do about a person whose data it has. */
export const NOTICE_VERBS = ['opt_out', 'opt_in', 'erase', 'restrict', 'object', 'correct'] as const
export type NoticeVerb = (typeof NOTICE_VERBS)[number]

/**
 * Written, durable, before a partner is told of an opt-out or a deletion. It holds one identifier, which the partner has
 * already, and is sent under any choice. Its time is a day: midnight UTC.
 */
export interface NoticeRecord extends Pick<IntentRecord, 'epoch' | 'blind' | 'commitment' | 'bytes' | 'sealed'> {
  readonly kind: 'notice'
  readonly time: EpochMs
  /** Random (UUID version 4): one of version 7 would tell the moment. */
  readonly id: DisclosureId
  /** Of this notice, the same for every try; random. */
  readonly eventRef: EventRef
  readonly attempt: number
  readonly partner: PartnerId
  readonly type: string
  readonly revision: Revision
  readonly verb: NoticeVerb
  /** The class of the one identifier. */
  readonly identifier: FieldClass
  readonly extension?: Facts
}

/** Written after, like an OUTCOME; what the partner made of it is a `notice_end`. Its time is a day. */
export interface NoticeOutcomeRecord extends Omit<OutcomeRecord, 'kind'> {
  readonly kind: 'notice_outcome'
}

/** A NOTICE as a caller hands it over: see `IntentEntry`. */
export interface NoticeEntry extends Omit<NoticeRecord, 'epoch' | 'blind' | 'commitment' | 'bytes' | 'sealed'> {
  readonly subject: IdentityKey | undefined
  readonly finders?: readonly IdentityKey[]
  readonly item: string
}

/**
 * Kinds that say what was done, and facts. CONTROL: an operator or the gateway did it to itself. REQUEST: a person asked
 * for it. `notice_end`: how telling a partner ended. `receipt`: what a person's receipt is proved by. `case`: a step of a
 * request that staff deals with. `by_hand`: a disclosure made outside the gateway. `cell`: a roster's word on the ledger
 * of another cell.
 */
export const ACTION_KINDS = ['control', 'request', 'notice_end', 'receipt', 'case', 'by_hand', 'cell'] as const
export type ActionKind = (typeof ACTION_KINDS)[number]
/** Kinds whose time is a day (midnight UTC): moments would tie a person's records to each other. */
export const DAY_KINDS = ['notice', 'notice_outcome', 'notice_end', 'receipt', 'case', 'by_hand'] as const

interface Action {
  readonly time: EpochMs
  /** 16 random bytes, hex: without them a leaf's hash would tell what is in it to whoever tries all it could be. */
  readonly nonce: string
  readonly action: string
  readonly facts: Facts
}

/** Holds no identity. */
export interface ActionRecord extends Action {
  readonly kind: ActionKind
}
/** Of a kind that this Sluice does not know, 64 to 127: what was done and the facts can be read all the same. */
export interface LaterRecord extends Action {
  readonly kind: 'later'
  readonly number: number
}

export type LedgerRecord =
  | IntentRecord
  | OutcomeRecord
  | WithheldRecord
  | NoticeRecord
  | NoticeOutcomeRecord
  | ActionRecord
  | LaterRecord

/** A WITHHELD that names whom it is about, for the index alone. */
export interface WithheldEntry extends WithheldRecord {
  readonly subject: IdentityKey | undefined
  readonly finders?: readonly IdentityKey[]
}

/** A record of an action before the ledger's thread has drawn its nonce. */
type Unsalted = Omit<ActionRecord, 'nonce'> & { readonly nonce?: string }

/** What may be handed to the ledger. */
export type LedgerEntry = LedgerRecord | IntentEntry | WithheldEntry | NoticeEntry | Unsalted
