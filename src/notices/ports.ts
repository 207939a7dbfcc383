/** What is kept to tell partners of opt-outs and deletions, and what telling them needs of others. */
import type { EpochMs, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
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
  readonly identifier: Pick<NoticeIdentifier, 'class' | 'kind' | 'value'>
  /** Midnight UTC of the day it left. */
  readonly day: EpochMs
}

export interface FoundAddress extends Omit<AddressEntry, 'day'> {
  /** The kept row. */
  readonly row: number
  /** Number of the key that seals it. */
  readonly subject: number
}

/** What a notice says, sealed under a key of its own until it ends. */
export interface NoticeText {
  readonly app: string
  readonly identifier: Pick<NoticeIdentifier, 'class' | 'kind' | 'value'>
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
  /** What left under these identities' keys, and by any of these whoever it was sealed for. */
  find(who: {
    readonly keys: readonly IdentityKey[]
    readonly foundBy: readonly IdentityKey[]
  }): Promise<readonly FoundAddress[]>
  /**
   * In one step: rows taken away, notices queued. Those that say what was said last to the same partner by the same
   * identifier are left out, and all of them where something of this origin was queued before. Resolves to the ids queued.
   */
  queue(batch: {
    readonly origin?: string
    readonly taken: readonly number[]
    readonly notices: readonly NewNotice[]
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
  forget(identities: readonly IdentityKey[]): void
}
