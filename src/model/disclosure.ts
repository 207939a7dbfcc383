/** Ledger records, and the ways a delivery can end. */
import type { AppId, DisclosureId, EpochMs, EventRef, IdentityKey, PartnerId, Revision } from './brand.ts'
import type { Purpose, Role } from './contract.ts'
import type { FieldClass, Level } from './field-class.ts'
import type { Reason } from './reason.ts'

/** How one attempt to send an item ended. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly status: number }
  /** The partner answered and rejected the item. */
  | { readonly kind: 'refused'; readonly status: number; readonly retry: boolean; readonly retryAfterMs?: number }
  /** Nothing left this machine. */
  | { readonly kind: 'failed_before_write'; readonly code: string }
  /** Bytes may have reached the partner; its reaction is unknown. */
  | { readonly kind: 'unknown_after_write'; readonly code: string }
  /** The INTENT is recorded but nothing was sent: a choice or contract changed in between. */
  | { readonly kind: 'cancelled_not_sent'; readonly why: Reason }
  /** Written at start-up for an INTENT left open by a crash. */
  | { readonly kind: 'unresolved_assume_disclosed' }

/** The partner answered 2xx, but its answer about the item is unreadable. */
export const ANSWER_UNREADABLE = 'ANSWER_UNREADABLE'
/** The partner answered 2xx, but the answer had not ended when the exchange timed out. */
export const ANSWER_LATE = 'ANSWER_LATE'

/** True if the partner acknowledged the request: another attempt would be a second disclosure. */
export function wasTaken(outcome: Outcome): boolean {
  return outcome.kind === 'unknown_after_write' && (outcome.code === ANSWER_UNREADABLE || outcome.code === ANSWER_LATE)
}

/** True for kinds of outcome after which nothing has left this machine. */
export function isNotSent(kind: unknown): boolean {
  return kind === 'cancelled_not_sent' || kind === 'failed_before_write'
}

/** How one pair (event × partner) ended. */
export const SETTLED_STATES = ['delivered', 'withheld', 'expired', 'dead', 'erased', 'unresolved'] as const
export type SettledState = (typeof SETTLED_STATES)[number]
export interface Settlement {
  readonly state: SettledState
  /** Why withheld; `''` for the other states. */
  readonly why: Reason | ''
  /** For `dead` and `unresolved`: the error from the partner or the network, for operators. Impersonal. */
  readonly cause?: string
}

/** The origin of a decision, in every INTENT and WITHHELD. */
interface Provenance {
  readonly time: EpochMs
  readonly app: AppId
  readonly partner: PartnerId
  /** The contract's event name, or `other`. Never a raw event name. */
  readonly event: string
  /** Specific to this event and partner (`flow/pair-ref.ts`); in format 3 the same at every partner. */
  readonly eventRef: EventRef
  readonly revision: Revision
  readonly regime: string
  readonly why: Reason
}

/** Durable before the first byte of an item leaves. */
export interface IntentRecord extends Provenance {
  readonly kind: 'intent'
  readonly id: DisclosureId
  /** From 1. */
  readonly attempt: number
  readonly role: Role
  readonly purposes: readonly Purpose[]
  readonly countries: readonly string[]
  /** Treatment of each class in the event; other classes were dropped or absent. */
  readonly treatments: Readonly<Partial<Record<FieldClass, Level>>>
  /** The partner type that encoded the item. */
  readonly type: string
  /** The first 4 bytes of the revision's digest, hex. */
  readonly revisionDigest: string
  /** The revision at acceptance: the decision is the meet of both. */
  readonly acceptedRevision: Revision
  /** The verdict as bits, see `VERDICT_BITS`. */
  readonly verdict: number
  /** Epoch of the subject's key: months since 1970. 0 if the event had no subject or the key is gone. */
  readonly epoch: number
  /** First half of `HMAC-SHA256(subject's key, disclosure id)`, 16 bytes as hex; zeros without a subject. */
  readonly blind: string
  /** `HMAC-SHA256(second half of that value, the item's exact bytes, secrets as placeholders)`, hex. */
  readonly commitment: string
  /** Size of the item in bytes. */
  readonly bytes: number
  /** The item, sealed under the subject's key, base64; only if the operator enabled it. */
  readonly sealed?: string
  /** Facts from a later version; never needed to understand the rest. */
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
 * An INTENT as a caller submits it, with its subject and the item. The ledger's thread, which alone holds the subjects'
 * keys, turns these into blind and commitment.
 */
export interface IntentEntry extends Omit<IntentRecord, 'epoch' | 'blind' | 'commitment' | 'bytes' | 'sealed'> {
  readonly subject: IdentityKey | undefined
  /** The subject's other identities, for the index only. */
  readonly finders?: readonly IdentityKey[]
  readonly item: string
}

/** Written after the attempt. */
export interface OutcomeRecord {
  readonly kind: 'outcome'
  readonly time: EpochMs
  readonly id: DisclosureId
  readonly partner: PartnerId
  readonly eventRef: EventRef
  /** Attempts so far, including this one. */
  readonly attempt: number
  /** Size of the request that carried the item, without secrets: path and body. 0 if nothing was written. */
  readonly bytes: number
  /** Duration of the request, see `latencyBucket`. */
  readonly latency: number
  readonly outcome: Outcome
  readonly extension?: Facts
}

/**
 * A duration as a bucket, so that records hold no precise timing: 0 = nothing was sent or measured, otherwise n means less
 * than 2^(n-1) milliseconds and, above 1, at least 2^(n-2). At most 32.
 */
export function latencyBucket(ms: number): number {
  return ms < 1 ? 1 : Math.min(32, Math.floor(Math.log2(ms)) + 2)
}

/** A pair that was withheld: nothing was sent. */
export interface WithheldRecord extends Provenance {
  readonly kind: 'withheld'
  /**
   * Number of pairs decided alike within the minute that starts at `time`; only if the operator enabled counts. `eventRef` is
   * random then.
   */
  readonly count?: number
  readonly extension?: Facts
}

/** What a notice asks a partner to do about a subject whose data it holds. */
export const NOTICE_VERBS = ['opt_out', 'opt_in', 'erase', 'restrict', 'object', 'correct'] as const
export type NoticeVerb = (typeof NOTICE_VERBS)[number]

/**
 * Durable before a partner is notified of an opt-out or a deletion. It holds one identifier, which the partner already has,
 * and is sent under any choice. Its time is a day: midnight UTC.
 */
export interface NoticeRecord extends Pick<IntentRecord, 'epoch' | 'blind' | 'commitment' | 'bytes' | 'sealed'> {
  readonly kind: 'notice'
  readonly time: EpochMs
  /** Random (UUID version 4): version 7 would reveal the moment. */
  readonly id: DisclosureId
  /** Random; the same for every attempt of this notice. */
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

/** Written after the attempt, like an OUTCOME; the final result is a `notice_end`. Its time is a day. */
export interface NoticeOutcomeRecord extends Omit<OutcomeRecord, 'kind'> {
  readonly kind: 'notice_outcome'
}

/** A NOTICE as a caller submits it: see `IntentEntry`. */
export interface NoticeEntry extends Omit<NoticeRecord, 'epoch' | 'blind' | 'commitment' | 'bytes' | 'sealed'> {
  readonly subject: IdentityKey | undefined
  readonly finders?: readonly IdentityKey[]
  readonly item: string
}

/**
 * Kinds that record an action and its facts. CONTROL: by an operator or the gateway. REQUEST: by a subject. `notice_end`: the
 * result of notifying a partner. `receipt`: proves a subject's receipt. `case`: a step of a case that staff handles.
 * `by_hand`: a disclosure outside the gateway. `cell`: a roster's statement about another cell's ledger.
 */
export const ACTION_KINDS = ['control', 'request', 'notice_end', 'receipt', 'case', 'by_hand', 'cell'] as const
export type ActionKind = (typeof ACTION_KINDS)[number]
/** Kinds whose time is a day (midnight UTC): exact times would link a subject's records to each other. */
export const DAY_KINDS = ['notice', 'notice_outcome', 'notice_end', 'receipt', 'case', 'by_hand'] as const

interface Action {
  readonly time: EpochMs
  /** 16 random bytes, hex: without them a leaf's hash would reveal its content to an exhaustive guess. */
  readonly nonce: string
  readonly action: string
  readonly facts: Facts
}

/** Holds no identity. */
export interface ActionRecord extends Action {
  readonly kind: ActionKind
}
/** A kind unknown to this version, 64 to 127: action and facts are readable all the same. */
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

/** A WITHHELD with its subject, for the index only. */
export interface WithheldEntry extends WithheldRecord {
  readonly subject: IdentityKey | undefined
  readonly finders?: readonly IdentityKey[]
}

/** An action before the ledger's thread adds its nonce. */
type Unsalted = Omit<ActionRecord, 'nonce'> & { readonly nonce?: string }

/** What callers may submit to the ledger. */
export type LedgerEntry = LedgerRecord | IntentEntry | WithheldEntry | NoticeEntry | Unsalted
