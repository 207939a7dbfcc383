/** The tables of addresses and notices, and the notices' keys in a separate file. Synchronous: one thread owns them. */
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import type { EndedNotice, NoticeCount, NoticeFilter, NoticePhase, NoticeRow, NoticeState } from './ports.ts'

export interface AddressRecord {
  readonly row: number
  readonly subject: number
  readonly owner: string
  readonly partner: string
  readonly sealed: Uint8Array
}
export interface NewAddress extends Omit<AddressRecord, 'row'> {
  readonly mark: Uint8Array
  readonly finder: Uint8Array | null
  readonly day: EpochMs
}

/** An empty `partner` marks the identity as looked up. */
export interface BeforeRecord {
  readonly partner: string
  readonly app: string
  readonly class: string
  readonly kind: string
}

export interface NewAsk {
  /** The same for repetitions of a choice. */
  readonly digest: Uint8Array
  readonly keys: readonly IdentityKey[]
  readonly sealed: Uint8Array
}
export interface AskRecord {
  readonly row: number
  readonly sealed: Uint8Array
}

export interface NoticeRecord {
  readonly id: string
  readonly ref: string
  readonly partner: string
  readonly verb: string
  readonly class: string
  readonly day: EpochMs
  readonly queued: EpochMs
  readonly due: EpochMs
  readonly attempts: number
  readonly phase: NoticePhase
  readonly sealed: Uint8Array | null
}
export interface NewNoticeRecord extends NoticeRecord {
  readonly subject: number | null
  readonly mark: Uint8Array | null
  readonly state: NoticeState | ''
  readonly why: string
}

/** Writes throw `ERR_NOTICES_UNAVAILABLE` if the disk fails. */
export interface NoticeTables {
  /** Atomic. */
  transact<Result>(work: () => Result): Result
  putAddress(address: NewAddress): void
  addressesOf(subjects: readonly number[]): readonly AddressRecord[]
  addressesFoundBy(finders: readonly Uint8Array[]): readonly AddressRecord[]
  sealAddress(row: number, sealed: Uint8Array): void
  removeAddresses(rows: readonly number[]): void
  /** `above`: addresses are complete for keys with higher numbers. `told`: the partner's notice verbs since then. */
  keptFor(): readonly { readonly partner: string; readonly told: string; readonly above: number }[]
  /** Also removes all results of earlier ledger look-ups. */
  putKeptFor(partner: string, told: string, above: number): void
  removeKeptFor(partner: string): void
  before(finder: Uint8Array): readonly BeforeRecord[]
  putBefore(finder: Uint8Array, had: BeforeRecord): void
  removeBefore(finders: readonly Uint8Array[]): void
  removeAllBefore(): void
  askOf(digest: Uint8Array): AskRecord | undefined
  /** Appends at the end. */
  putAsk(ask: NewAsk): void
  asksAfter(row: number, limit: number): readonly AskRecord[]
  asksAbout(identity: IdentityKey): readonly AskRecord[]
  removeAsks(rows: readonly number[]): void
  countAsks(): number
  /** False if the origin is known. */
  beginOrigin(origin: string, day: EpochMs): boolean
  putNotice(notice: NewNoticeRecord): void
  /** The newest notice with this mark. */
  lastAbout(mark: Uint8Array): Pick<NoticeRow, 'verb' | 'phase' | 'state' | 'why'> | undefined
  /** The earliest due notice of each partner. */
  due(now: EpochMs): readonly NoticeRecord[]
  sealedOf(id: string): Uint8Array | undefined
  nextDue(): EpochMs | undefined
  /** Sets `trying`, unless the notice is `polling`. */
  begin(id: string, repeatable: boolean): void
  defer(id: string, due: EpochMs, phase: NoticePhase): void
  /** Notices that were `trying` when the last run ended. */
  interrupted(): readonly { readonly id: string; readonly repeatable: boolean }[]
  /** Notices in `waiting` or `polling` that were due before. */
  overdue(before: EpochMs): readonly { readonly id: string; readonly phase: 'waiting' | 'polling' }[]
  end(id: string, state: NoticeState, why: string, day: EpochMs, task: boolean): boolean
  unrecorded(limit: number): readonly EndedNotice[]
  recorded(ids: readonly string[]): void
  /** Removes addresses of these subjects and owners, and the finder of addresses found by these identities. */
  forget(owners: readonly string[], finders: readonly Uint8Array[], subjects: readonly number[]): void
  ofSubjects(subjects: readonly number[]): readonly NoticeRow[]
  byIds(ids: readonly string[]): readonly NoticeRow[]
  counts(): readonly NoticeCount[]
  list(filter: NoticeFilter): readonly NoticeRow[]
  pruneAddresses(before: EpochMs): void
  pruneEnded(before: EpochMs): void
  /** Wrapped keys of notices, in a separate file. */
  putKeys(keys: readonly { readonly id: string; readonly wrapped: Uint8Array }[]): void
  keyOf(id: string): Uint8Array | undefined
  removeKeys(ids: readonly string[]): void
  /** Removes keys of notices that have ended or do not exist. */
  removeStrayKeys(): void
  close(): void
}
