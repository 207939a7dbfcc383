/** The store of addresses and notices, and what the room needs from others. */
import type { EpochMs, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Identity } from '../model/event.ts'
import type { FieldClass } from '../model/field-class.ts'
import type { NoticeIdentifier, ToldVerb } from '../partners/kit/notices.ts'

/** How a notice ended. `unresolved`: it may have arrived, and must not be repeated. */
export const NOTICE_STATES = [
  'confirmed',
  'accepted',
  'refused',
  'no_match',
  'cannot_be_told',
  'expired',
  'unresolved',
] as const
export type NoticeState = (typeof NOTICE_STATES)[number]

/** The reason of `cannot_be_told`. */
export const UNTOLD_REASONS = [
  'identifier_not_kept',
  'no_such_call',
  'not_by_this_identifier',
  'needs_the_person',
  'contract_ended',
] as const
export type UntoldReason = (typeof UNTOLD_REASONS)[number]

/** `waiting`: for its due time or the next attempt. `trying`: a request may be under way. `polling`: received, not completed. */
export const NOTICE_PHASES = ['waiting', 'trying', 'polling', 'ended'] as const
export type NoticePhase = (typeof NOTICE_PHASES)[number]

/** One identifier as it was sent. */
export interface AddressEntry {
  readonly partner: PartnerId
  readonly app: string
  /** The identity whose key seals the address. */
  readonly owner: IdentityKey
  /** The identity that the identifier represents, if any. */
  readonly finder?: IdentityKey
  /** Absent if the partner received data, but no identifier that a notice could name. */
  readonly identifier?: Pick<NoticeIdentifier, 'class' | 'kind' | 'value'>
  /** Midnight UTC of the day of the send. */
  readonly day: EpochMs
}

export interface FoundAddress extends Omit<AddressEntry, 'day'>, Pick<NoticeText, 'originToken'> {
  readonly row: number
  /** Number of the key that seals the address. */
  readonly subject: number
}

/** A choice in force whose notices are not planned yet. Stored as JSON: member names are part of the format. */
export interface PendingChoice {
  readonly keys: readonly IdentityKey[]
  /** True if linked identities are affected as well. */
  readonly spreads: boolean
  readonly verb: Exclude<ToldVerb, 'erase'>
  /** The subject proved their identity, or an officer made the request. */
  readonly isProved: boolean
  readonly at: EpochMs
  /** When the choice took effect, if that may be long after it was made: by mail, in a file, at a desk. */
  readonly inForce?: EpochMs
  readonly app: string
  /** The identities named by the request, in clear text. */
  readonly brought: readonly Identity[]
  /** Of a choice that was made in another cell: its place among all. */
  readonly number?: number
}
export interface PendingChoiceRow extends PendingChoice {
  /** Increases in the order of the latest repetition. */
  readonly row: number
}

/** A partner and its notice verbs. While both stay, its addresses are complete from one subject key number on. */
export interface KeptFor {
  readonly partner: PartnerId
  readonly told: string
}

/** What a partner received of an identity before its addresses were kept, from the ledger. */
export interface EarlierDisclosure {
  readonly partner: PartnerId
  readonly app: string
  /** The class under which this identity certainly passed unchanged; `''` if the records do not say. */
  readonly class: FieldClass | ''
  /** See `NoticeIdentifier`. */
  readonly kind: string
}

export interface FoundSent {
  readonly addresses: readonly FoundAddress[]
  /** For each identity with keys, its lowest key number: no record about it is older. */
  readonly oldest: readonly { readonly identity: IdentityKey; readonly number: number }[]
}

/** The content of a notice, sealed under a key of its own until the notice ends. Stored as JSON. */
export interface NoticeText {
  readonly app: string
  readonly identifier: Pick<NoticeIdentifier, 'class' | 'kind' | 'value'>
  /** See `NoticeFacts`. */
  readonly originToken?: string
  /** The subject of its records; absent after an erasure. */
  readonly owner?: IdentityKey
  readonly finder?: IdentityKey
}

export interface NewNotice {
  /** Random; sent to the partner. */
  readonly id: string
  /** Random; links its ledger records to each other. */
  readonly ref: EventRef
  readonly partner: PartnerId
  readonly verb: ToldVerb
  /** Undefined if no identifier is known. */
  readonly class: FieldClass | undefined
  /** Midnight UTC of the day of the subject's request. */
  readonly day: EpochMs
  /** The subject; undefined for an erasure. */
  readonly owner: IdentityKey | undefined
  /** Replaces `owner` if no address names one: all identities that the choice affects, at least one of them with a key. */
  readonly reached?: readonly IdentityKey[]
  /** The same for every notice about this identifier of this owner to this partner. */
  readonly about: string
  readonly ends?: { readonly state: 'cannot_be_told'; readonly why: UntoldReason }
  /** Another cell told the last one about this: what was told here before does not count. */
  readonly isAnew?: boolean
  /** Absent if `ends` is set. */
  readonly text?: NoticeText
  /** Earliest time of the first attempt. */
  readonly due: EpochMs
}

export interface DueNotice {
  readonly id: string
  readonly ref: EventRef
  readonly partner: PartnerId
  readonly verb: ToldVerb
  readonly day: EpochMs
  /** Requests so far. */
  readonly attempts: number
  readonly phase: 'waiting' | 'polling'
  /** Midnight UTC of the day it was queued. */
  readonly queued: EpochMs
}

/** A notice as shown to staff and to the subject: without an identifier. */
export interface NoticeRow {
  readonly id: string
  readonly partner: string
  readonly verb: string
  readonly class: string
  readonly day: EpochMs
  readonly phase: NoticePhase
  readonly state: NoticeState | ''
  readonly why: string
  readonly attempts: number
  /** Midnight UTC of the day it ended; undefined if it has not. */
  readonly ended: EpochMs | undefined
  readonly task: boolean
}

export interface NoticeCount {
  readonly partner: string
  readonly verb: string
  /** A state, or the phase of a notice that has not ended. */
  readonly state: string
  readonly count: number
}

export interface EndedNotice {
  readonly id: string
  readonly ref: EventRef
  readonly partner: PartnerId
  readonly verb: ToldVerb
  readonly class: string
  readonly state: NoticeState
  readonly why: string
}

export interface NoticeFilter {
  readonly partner?: string
  readonly verb?: string
  /** A state or a phase. */
  readonly state?: string
  readonly tasks?: boolean
  readonly after?: string
  readonly limit: number
}

/** Writes are durable when a call resolves. Rejects with `ERR_NOTICES_UNAVAILABLE`. */
export interface NoticeStore {
  keep(entries: readonly AddressEntry[]): Promise<void>
  /**
   * Sets the partners whose addresses are kept. For each, returns the key number above which a subject's addresses are
   * complete; it stays the same while `told` does.
   */
  keepFor(partners: readonly KeptFor[]): Promise<readonly { readonly partner: PartnerId; readonly above: number }[]>
  /** Addresses sealed under keys of `keys`, and addresses found by `foundBy` whoever owns them. Reads indexes only. */
  find(who: { readonly keys: readonly IdentityKey[]; readonly foundBy: readonly IdentityKey[] }): Promise<FoundSent>
  /** Adds a token to the addresses that these partners have by any of these identities. Sealed and removed with them. */
  attach(arrived: {
    readonly identities: readonly IdentityKey[]
    readonly partners: readonly PartnerId[]
    readonly token: string
  }): Promise<void>
  /** One result per identity, in order; undefined if the ledger has not been read for it. */
  earlier(identities: readonly IdentityKey[]): Promise<readonly (readonly EarlierDisclosure[] | undefined)[]>
  saveEarlier(identity: IdentityKey, had: readonly EarlierDisclosure[]): Promise<void>
  /** A repeated choice is stored once, at the position of the repetition. */
  addPending(choices: readonly PendingChoice[]): Promise<void>
  /** In order. `about`: only choices about any of these identities. */
  pending(which: {
    readonly after?: number
    readonly about?: readonly IdentityKey[]
    readonly limit: number
  }): Promise<readonly PendingChoiceRow[]>
  countPending(): Promise<number>
  /**
   * Removes addresses and pending choices and queues notices, atomically. Leaves out a notice that repeats the last one to the
   * same partner by the same identifier; queues nothing if `origin` was queued before. Resolves to the queued ids.
   */
  queue(batch: {
    readonly origin?: string
    /** Rows of addresses. */
    readonly taken: readonly number[]
    readonly notices: readonly NewNotice[]
    /** Rows of pending choices. */
    readonly planned?: readonly number[]
  }): Promise<readonly string[]>
  /** The earliest due notice of each partner. */
  due(now: EpochMs): Promise<readonly DueNotice[]>
  /** Undefined if the notice's key was destroyed. */
  textOf(id: string): Promise<NoticeText | undefined>
  /** When the next notice is due. */
  nextDue(): Promise<EpochMs | undefined>
  /** A request may be under way from now on. `repeatable`: may be repeated after a crash. */
  begin(id: string, repeatable: boolean): Promise<void>
  defer(id: string, next: { readonly due: EpochMs; readonly phase: 'waiting' | 'polling' }): Promise<void>
  /** Destroys the text and its key. `false` if the notice had ended before. */
  end(
    id: string,
    end: { readonly state: NoticeState; readonly why: string; readonly day: EpochMs; readonly task: boolean },
  ): Promise<boolean>
  /** Ended notices without a ledger record. */
  unrecorded(limit: number): Promise<readonly EndedNotice[]>
  recorded(ids: readonly string[]): Promise<void>
  /** Removes everything that identifies these subjects. */
  forget(identities: readonly IdentityKey[], subjects: readonly number[]): Promise<void>
  ofIdentities(keys: readonly IdentityKey[]): Promise<readonly NoticeRow[]>
  byIds(ids: readonly string[]): Promise<readonly NoticeRow[]>
  counts(): Promise<readonly NoticeCount[]>
  list(filter: NoticeFilter): Promise<readonly NoticeRow[]>
  /** Removes addresses last used, and notices ended, before these days. */
  prune(before: { readonly addresses: EpochMs; readonly ended: EpochMs }): Promise<void>
}

/** Read access to the subjects' keys. */
export interface AddressKeys {
  newest(identity: IdentityKey): { readonly id: number; readonly key: Uint8Array } | undefined
  all(identity: IdentityKey): readonly { readonly id: number; readonly key: Uint8Array }[]
  /** The highest number assigned so far; 0 if none. */
  highest(): number
  forget(identities: readonly IdentityKey[]): void
}

/** The port's calls, synchronous. */
export type NoticeLog = {
  readonly [Name in keyof NoticeStore]: (
    ...given: Parameters<NoticeStore[Name]>
  ) => Awaited<ReturnType<NoticeStore[Name]>>
} & { close(): void }
