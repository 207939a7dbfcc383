/** What others may ask of the ledger. */
import type { EpochMs, EventRef, PartnerId } from '../model/brand.ts'
import type { LedgerEntry, Outcome } from '../model/disclosure.ts'
import type { Reason } from '../model/reason.ts'
import type { Aggregate } from './aggregate.ts'
import type { CohortCell, CohortWindow } from './cohorts.ts'
import type { ConcernedPage, ConcernedQuery, Evidence } from './evidence.ts'
import type { Page, Query } from './query.ts'
import type { FoundIntent, Row } from './row.ts'
import type { ServedOr } from './served.ts'
import type { Hold } from './store.ts'

/** What the ledger knows of one pair, for settling after a restart. */
export interface PairHistory {
  readonly eventRef: EventRef
  readonly partner: PartnerId
  /** Highest attempt with an intent; 0 where only a WITHHELD is on record. */
  readonly attempt: number
  /** The last outcome; undefined for an intent without one (cannot be after start: see `start`). */
  readonly outcome: Outcome | undefined
  readonly withheld: Reason | undefined
}

export interface Ledger {
  /**
   * Resolves once the records are synced to disk, in the order given, to the ledger's size after them. Rejects with
   * `ERR_LEDGER_UNAVAILABLE`; then none of them counts and nothing they announce may be sent.
   */
  append(records: readonly LedgerEntry[]): Promise<number>
  /** Records so far that are durable. */
  size(): number
  /** The last word on every pair with a record at or after sequence number `from`. */
  histories(from: number): Promise<readonly PairHistory[]>
  health(): { readonly writable: boolean; readonly why: string; readonly lastCommitMs: number }
  close(): Promise<void>
}

/** One record: by its number, or an INTENT by its disclosure id. */
export type RecordName = { readonly seq: number } | { readonly id: string }

/**
 * The ledger's reading side. Whatever was durable at a call is found by it. Every call rejects with
 * `ERR_LEDGER_UNAVAILABLE` once its thread has ended.
 */
export interface LedgerArchive extends LedgerKeeping {
  /** What anyone may have: see `serveHashes`. */
  serve(path: string): Promise<ServedOr>
  /** The record in words, its `leaf` in base64 and its `hash`; undefined where there is none, or it was pruned. */
  record(name: RecordName): Promise<Row | undefined>
  /** One INTENT, whole and in words, and how it ended; undefined where there is none of this name. */
  intent(name: RecordName): Promise<FoundIntent | undefined>
  /** A `tlog-proof` against the newest checkpoint, with the leaf as its `extra`; undefined until one covers the record. */
  proof(name: RecordName): Promise<string | undefined>
  /**
   * Records with what leads from them to the root of the checkpoint of `size`, which MUST be above all their numbers; undefined for
   * each that is no longer kept.
   */
  evidence(seqs: readonly number[], size: number): Promise<readonly (Evidence | undefined)[]>
  /** Everybody about whom a partner was sent something, a page at a time. */
  concerned(query: ConcernedQuery): Promise<ConcernedPage>
  /** For tables that are shared: see `countCohorts`. */
  cohorts(window: CohortWindow, earlier: readonly CohortWindow[]): Promise<readonly CohortCell[]>
  find(query: Query): Promise<Page>
  count(query: Aggregate): Promise<readonly Row[]>
  /** Resolves when whatever was durable at the call is in the index. */
  catchUp(): Promise<void>
  /** Resolves when every segment that was full at the call is sealed. It is done by itself, too. */
  seal(): Promise<void>
  /** Takes every entry about these subjects' keys, and by these identities, out of every index; how many there were. */
  forget(what: { readonly subjects: readonly number[]; readonly identities: readonly string[] }): Promise<number>
  close(): Promise<void>
}

/** A file of the ledger: its records are kept, held and pruned together. */
export interface SegmentFacts {
  /** Number of its first record. */
  readonly first: number
  /** Number after its last record. */
  readonly end: number
  /** Of its files on disk. */
  readonly bytes: number
  readonly openedAt: EpochMs
  /** Undefined for the one that takes new records. */
  readonly sealedAt: EpochMs | undefined
  /** Ids of the holds that name it. */
  readonly holds: readonly string[]
}

/** What is kept how long. */
export interface LedgerKeeping {
  /** What is kept, oldest first, and the number of the lowest record that is. */
  segments(): Promise<{ readonly floor: number; readonly segments: readonly SegmentFacts[] }>
  /** Oldest first. */
  holds(): Promise<readonly Hold[]>
  /** Holds at once; an id that is there already gets the new terms. */
  hold(hold: Hold): Promise<void>
  /** False where there is no such hold. */
  release(id: string): Promise<boolean>
  /** The full segments that may go, all sealed before `before`, none of them held: records below `below`. */
  prunable(before: EpochMs): Promise<{ readonly below: number; readonly segments: number } | undefined>
  /** Keeps the hashes that proofs need and says that nothing below is kept, durable; resolves to the floor there is then. */
  raiseFloor(to: { readonly before: EpochMs; readonly below: number }): Promise<number>
  /** Unlinks what lies below the floor; how many segments that was. */
  removePruned(): Promise<number>
}
