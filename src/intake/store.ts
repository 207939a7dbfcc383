/**
 * The local store behind the intake's rules. Synchronous: the intake's worker does nothing else, and each call sees the
 * results of the one before. A remote engine implements the `Intake` port instead.
 *
 * Every write is one transaction, on disk when it returns. A failed one throws a GatewayError `ERR_INTAKE_UNAVAILABLE`
 * whose `details.why` is a word (`disk_full`, `io_error`, …), and changes nothing.
 */
import type { AppId, EpochMs, IdentityKey, PartnerId } from '../model/brand.ts'
import type { SettledState } from '../model/disclosure.ts'
import type { Reason } from '../model/reason.ts'
import type { DeadCount, DeadFilter } from './ports.ts'

/** Where an event was routed at acceptance. One object for each distinct content: compare with `===`. */
export interface Route {
  readonly app: AppId
  /** The contract's key for the event; impersonal. */
  readonly event: string
  readonly partners: readonly PartnerId[]
}

export interface NewRow {
  /** Counted from 1 across files; never reused. */
  readonly seq: number
  readonly route: Route
  /** Id of the subject's key. */
  readonly subject: number
  readonly receivedAt: EpochMs
  readonly dedupe: Uint8Array | undefined
  readonly at: Place
}
/** The location of an event's JSON: characters `start` to `end` of a chunk. */
export interface Place {
  /** The chunk's first position. */
  readonly chunk: number
  readonly start: number
  readonly end: number
}
/** Events of one subject and request, sealed as one text: sealing costs by the text, not by the character. */
export interface NewChunk {
  /** Position of its first event. */
  readonly seq: number
  readonly sealed: Uint8Array
}
export interface RowHead {
  readonly seq: number
  readonly receivedAt: EpochMs
}
export interface StoredRow extends RowHead {
  readonly route: Route
  readonly subject: number
  readonly at: Place
}

/** One file of events, unlinked whole. Ranges are inclusive; `lastSeq` is `firstSeq - 1` if it is empty. */
export interface Segment {
  readonly n: number
  readonly firstSeq: number
  readonly lastSeq: number
  readonly rows: number
  readonly createdAt: EpochMs
  /** When its newest event was received; its own creation if it is empty. */
  readonly newestAt: EpochMs
  /** Closed for appends. */
  readonly sealed: boolean
}

/** Counters by name: `received`, `accepted`, `duplicate`, `rejected:CODE`, `routed:partner`. */
export type Counts = ReadonlyMap<string, number>

export interface EventStore {
  /** Events accepted earlier that were in no file when this was opened. */
  readonly lost: number
  /** 0 if nothing was ever stored. */
  lastSeq(): number
  /** The one object for this content. */
  route(app: AppId, event: string, partners: readonly PartnerId[]): Route
  /** Rows, chunks and counts together, in the newest file. */
  append(rows: readonly NewRow[], chunks: readonly NewChunk[], counts: Counts): void
  /**
   * Rows above `after` that were routed to the partner, oldest first, at most `max`. `through` is the last position
   * examined: the partner has no other rows up to it.
   */
  readAhead(partner: PartnerId, after: number, max: number): { readonly rows: readonly RowHead[]; through: number }
  /** How many rows in (`after`, `through`] were routed to the partner, counted in the files. */
  count(partner: PartnerId, after: number, through: number): number
  /** False once its file was unlinked. */
  holds(seq: number): boolean
  find(seq: number): StoredRow | undefined
  chunk(seq: number): Uint8Array | undefined
  /** The newest `max` rows below `before`, newest first. */
  rowsBefore(before: number, max: number): readonly StoredRow[]
  /**
   * The newest row with one of these de-duplication keys among the `span` positions below `before`; `next` is where to
   * continue, undefined at the end.
   */
  rowOfKey(
    keys: readonly Uint8Array[],
    before: number,
    span: number,
  ): { readonly row: StoredRow | undefined; readonly next: number | undefined }
  /** Every row above `after` about one of these subjects. */
  rowsOf(subjects: readonly number[], after: number): readonly StoredRow[]
  /**
   * Reduces the rows about these subjects to their hour and route, unrelated to one another. False if another program
   * holds a file open: call again later.
   */
  forget(subjects: readonly number[]): boolean
  /** The newest `max` keys at or after `since`, oldest first. */
  dedupeKeys(since: EpochMs, max: number): Iterable<{ readonly key: Uint8Array; readonly receivedAt: EpochMs }>
  /** Oldest first; the last one is not sealed. */
  segments(): readonly Segment[]
  /** Counters of one file. */
  countsOf(n: number): Counts
  /** Seals the newest file and begins another whose first position is `firstSeq`. */
  cut(firstSeq: number, now: EpochMs): void
  /** Unlinks a sealed file. */
  drop(n: number): void
  close(): void
}

export interface Parked {
  readonly seq: number
  /** The number of the next attempt. */
  readonly attempt: number
  readonly due: EpochMs
  readonly receivedAt: EpochMs
}
export interface SettledCount {
  readonly state: SettledState
  readonly why: Reason | ''
  readonly count: number
}

/**
 * A partner's progress. Of the rows routed to it, those up to `cursor` are settled, except `holes` (given out, or to be
 * given out again) and the parked ones; those above are pending, except `skips` (ended early). All ascending.
 */
interface QueueState {
  readonly partner: PartnerId
  readonly cursor: number
  readonly holes: readonly number[]
  readonly skips: readonly number[]
  readonly resume: number
}
export interface SavedQueue extends QueueState {
  readonly parked: readonly Parked[]
  readonly settled: readonly SettledCount[]
}

/** One flush's changes of one partner. Queue and counts are absolute, parked rows are changes. */
export interface QueueChange extends QueueState {
  readonly park: readonly Parked[]
  readonly unpark: readonly number[]
  readonly settled: readonly SettledCount[]
}
export interface DeadLetterRow {
  readonly seq: number
  readonly partner: PartnerId
  readonly event: string
  readonly at: EpochMs
  readonly attempts: number
  readonly why: string
}
export interface StateChange {
  readonly queues: readonly QueueChange[]
  readonly dead: readonly DeadLetterRow[]
  /** Dead letters to remove from the list, before `dead` is added. */
  readonly undead?: readonly Pick<DeadLetterRow, 'seq' | 'partner'>[]
  /** A file whose every pair has ended: its counts are stored and it is never read again, both in this transaction. */
  readonly fold?: { readonly segment: number; readonly counts: Counts }
}

export interface StateStore {
  load(): { readonly queues: readonly SavedQueue[]; readonly folded: Counts }
  /** Total number of folded files. */
  foldedFiles(): readonly number[]
  save(change: StateChange): void
  /** Newest first, those before `after`; at most `max`. */
  deadLetter(seq: number, partner: string): DeadLetterRow | undefined
  deadLetters(
    after: { readonly seq: number; readonly partner: string } | undefined,
    max: number,
    filter?: DeadFilter,
  ): DeadLetterRow[]
  /** Listed ones; partners with none are left out. */
  deadCounts(): DeadCount[]
  /** By their own numbers, which keep the order when letters are removed between two pages. */
  deadPage(before: number | undefined, max: number, filter: DeadFilter): (DeadLetterRow & { readonly id: number })[]
  close(): void
}

/** A key for de-duplication keys of message ids; see `window-keys.ts`. */
export interface KeptWindowKey {
  /** Start of its use, which identifies it. */
  readonly from: EpochMs
  readonly wrapped: Uint8Array
}
export interface WindowKeyStore {
  /** Oldest first. */
  windowKeys(): readonly KeptWindowKey[]
  /** One transaction; removed keys are overwritten. */
  turnWindowKeys(add: readonly KeptWindowKey[], remove: readonly EpochMs[]): void
}

/** A subject's key, sealed under the key-encryption key. Stored apart from the events, in a file of its own. */
export interface SubjectKeyStore {
  /** `epoch`: months since 1970. A subject has its own key in each epoch with a record about it. */
  find(identity: IdentityKey, epoch: number): { readonly id: number; readonly wrapped: Uint8Array } | undefined
  /** True if the identity has a key of any epoch. */
  has(identity: IdentityKey): boolean
  byId(id: number): { readonly identity: IdentityKey; readonly epoch: number; readonly wrapped: Uint8Array } | undefined
  /** One transaction; the ids in order. Ids are never reused. */
  add(
    subjects: readonly { readonly identity: IdentityKey; readonly epoch: number; readonly wrapped: Uint8Array }[],
  ): readonly number[]
  /**
   * Of every epoch; returns the deleted ids. Deleted when this returns, and overwritten once no other program reads the
   * file.
   */
  remove(identities: readonly IdentityKey[]): readonly number[]
  /** Overwrites deleted keys that could not be overwritten before; true if none is left. */
  overwrite(): boolean
  /** A sealed constant that identifies the key-encryption key. */
  loadCheck(): Uint8Array | undefined
  saveCheck(sealed: Uint8Array): void
  close(): void
}
