/** What is kept to tell partners of opt-outs and deletions, and what telling them needs of others. */
import type { EpochMs, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Identity } from '../model/event.ts'
import type { FieldClass } from '../model/field-class.ts'
import type { NoticeIdentifier, ToldVerb } from '../partners/kit/notices.ts'

/** How telling a partner ended. `unresolved`: nobody knows whether it came, and it must not be told twice. */
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

/** Why a partner cannot be told; `''` with every other state, or where the partner said why only to itself. */
export const UNTOLD_REASONS = [
  'identifier_not_kept',
  'no_such_call',
  'not_by_this_identifier',
  'needs_the_person',
  'contract_ended',
] as const
export type UntoldReason = (typeof UNTOLD_REASONS)[number]

/** `waiting`: for its moment, or for the next try. `trying`: a request may be under way. `polling`: taken, not done yet. */
export const NOTICE_PHASES = ['waiting', 'trying', 'polling', 'ended'] as const
export type NoticePhase = (typeof NOTICE_PHASES)[number]

/** One identifier as it left, to be kept. */
export interface AddressEntry {
  readonly partner: PartnerId
  readonly app: string
  /** Whose key seals it. */
  readonly owner: IdentityKey
  /** The identity that the identifier is, where it is one. */
  readonly finder?: IdentityKey
  /** Absent where something left and nothing in it could tell the partner whom a notice is about. */
  readonly identifier?: Pick<NoticeIdentifier, 'class' | 'kind' | 'value'>
  /** Midnight UTC of the day it left. */
  readonly day: EpochMs
}

export interface FoundAddress extends Omit<AddressEntry, 'day'>, Pick<NoticeText, 'originToken'> {
  /** The kept row. */
  readonly row: number
  /** Number of the key that seals it. */
  readonly subject: number
}

/** What was said and is in force: whom to tell of it has not been looked up yet. */
export interface Asked {
  readonly keys: readonly IdentityKey[]
  /** True where all that is linked to these is meant, too. */
  readonly spreads: boolean
  readonly verb: Exclude<ToldVerb, 'erase'>
  /** The person showed who they are, or an officer asked. */
  readonly isProved: boolean
  readonly at: EpochMs
  /** When it was in force, where that may be long after it was said: by mail, in a file, at a desk. */
  readonly inForce?: EpochMs
  readonly app: string
  /** What the request itself named, in the clear. */
  readonly brought: readonly Identity[]
}
export interface AskedRow extends Asked {
  /** Grows in the order in which they were said last. */
  readonly row: number
}

/** A partner, and what it is told of: as long as both stay, its addresses are whole from one number of subjects' keys on. */
export interface KeptFor {
  readonly partner: PartnerId
  readonly told: string
}

/** What a partner had received of an identity before its addresses were kept, by the ledger. */
export interface HadBefore {
  readonly partner: PartnerId
  readonly app: string
  /** As what it is certain that this very identity was passed; `''` where the records do not say. */
  readonly class: FieldClass | ''
  /** See `NoticeIdentifier`. */
  readonly kind: string
}

export interface FoundSent {
  readonly addresses: readonly FoundAddress[]
  /** Of each of these that has keys, the lowest number of one: nothing was recorded about it before that was given. */
  readonly oldest: readonly { readonly identity: IdentityKey; readonly number: number }[]
}

/** What a notice says, sealed under a key of its own until it ends. */
export interface NoticeText {
  readonly app: string
  readonly identifier: Pick<NoticeIdentifier, 'class' | 'kind' | 'value'>
  /** See `NoticeFacts`. */
  readonly originToken?: string
  /** Whom its records are about; absent once they were erased. */
  readonly owner?: IdentityKey
  readonly finder?: IdentityKey
}

export interface NewNotice {
  /** Ours, random: what the partner is told as our id. */
  readonly id: string
  /** Random: ties its records to each other. */
  readonly ref: EventRef
  readonly partner: PartnerId
  readonly verb: ToldVerb
  /** Undefined where no identifier is known. */
  readonly class: FieldClass | undefined
  /** Midnight UTC of the day on which the person asked. */
  readonly day: EpochMs
  /** Whom it is about; undefined where they are being erased. */
  readonly owner: IdentityKey | undefined
  /** In the owner's place where no address says whose it is: all that the choice reached, of whom one has a key. */
  readonly reached?: readonly IdentityKey[]
  /** The same for every notice of this identifier of this owner to this partner. */
  readonly about: string
  readonly ends?: { readonly state: 'cannot_be_told'; readonly why: UntoldReason }
  /** Absent where it ends at once. */
  readonly text?: NoticeText
  /** Not before. */
  readonly due: EpochMs
}

/** A notice whose moment has come. */
export interface DueNotice {
  readonly id: string
  readonly ref: EventRef
  readonly partner: PartnerId
  readonly verb: ToldVerb
  readonly day: EpochMs
  /** Requests so far. */
  readonly attempts: number
  readonly phase: 'waiting' | 'polling'
  /** When it was queued: a day. */
  readonly queued: EpochMs
}

/** What staff and the person see: no identifier. */
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
  /** Midnight UTC of the day it ended; undefined while it has not. */
  readonly ended: EpochMs | undefined
  readonly task: boolean
}

export interface NoticeCount {
  readonly partner: string
  readonly verb: string
  /** A state, or the phase of one that has not ended. */
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

/** Everything is durable when a call resolves. Rejects with `ERR_NOTICES_UNAVAILABLE`. */
export interface NoticeStore {
  keep(entries: readonly AddressEntry[]): Promise<void>
  /**
   * Begins with the addresses of these partners, unless it has, and knows of no others any more. For each: its addresses
   * are whole for subjects whose keys all have numbers above this one.
   */
  keepFor(partners: readonly KeptFor[]): Promise<readonly { readonly partner: PartnerId; readonly above: number }[]>
  /** What left under these identities' keys, and by any of these whoever it was sealed for. Reads indexes alone. */
  find(who: { readonly keys: readonly IdentityKey[]; readonly foundBy: readonly IdentityKey[] }): Promise<FoundSent>
  /** Keeps a token beside what these partners received as any of these identities, sealed like it and gone with it. */
  attach(arrived: {
    readonly identities: readonly IdentityKey[]
    readonly partners: readonly PartnerId[]
    readonly token: string
  }): Promise<void>
  /** Place for place what was noted of these; undefined where nobody looked yet. */
  before(identities: readonly IdentityKey[]): Promise<readonly (readonly HadBefore[] | undefined)[]>
  noteBefore(identity: IdentityKey, had: readonly HadBefore[]): Promise<void>
  /** Said twice before anybody looked, it stands once, in the place of the later. */
  ask(asked: readonly Asked[]): Promise<void>
  /** In their order. `about`: those that name any of these identities. */
  asked(which: {
    readonly after?: number
    readonly about?: readonly IdentityKey[]
    readonly limit: number
  }): Promise<readonly AskedRow[]>
  countAsked(): Promise<number>
  /**
   * In one step: rows taken away, notices queued, and what they follow from looked up. Those that say what was said last to the same partner by the same
   * identifier are left out, and all of them where something of this origin was queued before. Resolves to the ids queued.
   */
  queue(batch: {
    readonly origin?: string
    readonly taken: readonly number[]
    readonly notices: readonly NewNotice[]
    /** Rows of `asked`. */
    readonly planned?: readonly number[]
  }): Promise<readonly string[]>
  /** One for each partner: whose moment came first. */
  due(now: EpochMs): Promise<readonly DueNotice[]>
  /** What it says; undefined where its key is gone. */
  textOf(id: string): Promise<NoticeText | undefined>
  /** When the next one is due, if nothing changes. */
  nextDue(): Promise<EpochMs | undefined>
  /** A request may be under way from here on. `repeatable`: what a crash leaves open may be tried again. */
  begin(id: string, repeatable: boolean): Promise<void>
  defer(id: string, next: { readonly due: EpochMs; readonly phase: 'waiting' | 'polling' }): Promise<void>
  /** Its text and its key are destroyed. `false` where it had ended before. */
  end(
    id: string,
    end: { readonly state: NoticeState; readonly why: string; readonly day: EpochMs; readonly task: boolean },
  ): Promise<boolean>
  /** Ends that are in no ledger yet. */
  unrecorded(limit: number): Promise<readonly EndedNotice[]>
  recorded(ids: readonly string[]): Promise<void>
  /** Lets go of everything that says whom something is about. */
  forget(identities: readonly IdentityKey[], subjects: readonly number[]): Promise<void>
  ofPerson(keys: readonly IdentityKey[]): Promise<readonly NoticeRow[]>
  byIds(ids: readonly string[]): Promise<readonly NoticeRow[]>
  counts(): Promise<readonly NoticeCount[]>
  list(filter: NoticeFilter): Promise<readonly NoticeRow[]>
  /** Removes addresses of before one day and what ended before another. */
  prune(before: { readonly addresses: EpochMs; readonly ended: EpochMs }): Promise<void>
}

/** The subjects' own keys, as the store reads them. */
export interface AddressKeys {
  newest(identity: IdentityKey): { readonly id: number; readonly key: Uint8Array } | undefined
  all(identity: IdentityKey): readonly { readonly id: number; readonly key: Uint8Array }[]
  /** The highest number given so far; 0 where none was. */
  highest(): number
  forget(identities: readonly IdentityKey[]): void
}

/** The same calls as the port, each done when it returns. */
export type NoticeLog = {
  readonly [Name in keyof NoticeStore]: (
    ...given: Parameters<NoticeStore[Name]>
  ) => Awaited<ReturnType<NoticeStore[Name]>>
} & { close(): void }
