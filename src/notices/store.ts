/** The tables behind notices and their addresses, and the notices' own keys in a file apart. Synchronous: one thread has them. */
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

/** Of no partner: somebody looked. */
export interface BeforeRecord {
  readonly partner: string
  readonly app: string
  readonly class: string
  readonly kind: string
}

export interface NewAsk {
  /** The same for all that says the same. */
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

/** Writes throw `ERR_NOTICES_UNAVAILABLE` where the disk refuses. */
export interface NoticeTables {
  /** All of it or nothing. */
  transact<Result>(work: () => Result): Result
  putAddress(address: NewAddress): void
  addressesOf(subjects: readonly number[]): readonly AddressRecord[]
  addressesFoundBy(finders: readonly Uint8Array[]): readonly AddressRecord[]
  sealAddress(row: number, sealed: Uint8Array): void
  removeAddresses(rows: readonly number[]): void
  /** Since which number of a subject's key, and what the partner was told of then. */
  keptFor(): readonly { readonly partner: string; readonly told: string; readonly above: number }[]
  /** What was noted of what partners had before is noted anew. */
  putKeptFor(partner: string, told: string, above: number): void
  removeKeptFor(partner: string): void
  before(finder: Uint8Array): readonly BeforeRecord[]
  putBefore(finder: Uint8Array, had: BeforeRecord): void
  removeBefore(finders: readonly Uint8Array[]): void
  removeAllBefore(): void
  askOf(digest: Uint8Array): AskRecord | undefined
  /** Behind all others. */
  putAsk(ask: NewAsk): void
  asksAfter(row: number, limit: number): readonly AskRecord[]
  asksAbout(identity: IdentityKey): readonly AskRecord[]
  removeAsks(rows: readonly number[]): void
  countAsks(): number
  /** False where something of this origin is here already. */
  beginOrigin(origin: string, day: EpochMs): boolean
  putNotice(notice: NewNoticeRecord): void
  /** The newest of the same mark. */
  lastAbout(mark: Uint8Array): Pick<NoticeRow, 'verb' | 'phase' | 'state' | 'why'> | undefined
  /** One for each partner: whose moment came first. */
  due(now: EpochMs): readonly NoticeRecord[]
  sealedOf(id: string): Uint8Array | undefined
  nextDue(): EpochMs | undefined
  /** It is `trying`; one that is `polling` stays so. */
  begin(id: string, repeatable: boolean): void
  defer(id: string, due: EpochMs, phase: NoticePhase): void
  /** Those that were `trying` when the last run ended. */
  interrupted(): readonly { readonly id: string; readonly repeatable: boolean }[]
  /** Those that wait, or are asked about, and were due before. */
  overdue(before: EpochMs): readonly { readonly id: string; readonly phase: 'waiting' | 'polling' }[]
  end(id: string, state: NoticeState, why: string, day: EpochMs, task: boolean): boolean
  unrecorded(limit: number): readonly EndedNotice[]
  recorded(ids: readonly string[]): void
  /** Addresses of these subjects, or sealed for or found by these identities, are removed or lose what finds them. */
  forget(owners: readonly string[], finders: readonly Uint8Array[], subjects: readonly number[]): void
  ofSubjects(subjects: readonly number[]): readonly NoticeRow[]
  byIds(ids: readonly string[]): readonly NoticeRow[]
  counts(): readonly NoticeCount[]
  list(filter: NoticeFilter): readonly NoticeRow[]
  pruneAddresses(before: EpochMs): void
  pruneEnded(before: EpochMs): void
  /** Of the notices' own keys, wrapped; in a file of their own. */
  putKeys(keys: readonly { readonly id: string; readonly wrapped: Uint8Array }[]): void
  keyOf(id: string): Uint8Array | undefined
  removeKeys(ids: readonly string[]): void
  /** Removes keys of notices that have ended or never were. */
  removeStrayKeys(): void
  close(): void
}
