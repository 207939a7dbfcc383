/** The ledger's interface for other rooms. */
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

/** One pair's state in the ledger, for settling after a restart. */
export interface PairHistory {
  readonly eventRef: EventRef
  readonly partner: PartnerId
  /** Highest attempt with an INTENT; 0 if only a WITHHELD is on record. */
  readonly attempt: number
  /** The last outcome; undefined for an INTENT without one, which a start resolves. */
  readonly outcome: Outcome | undefined
  readonly withheld: Reason | undefined
}

export interface Ledger {
  /**
   * Resolves to the ledger's size once the records are synced to disk, in the order given. Rejects with
   * `ERR_LEDGER_UNAVAILABLE`; then none of them counts, and nothing they announce may be sent.
   */
  append(records: readonly LedgerEntry[]): Promise<number>
  /** Number of durable records. */
  size(): number
  /** The state of every pair with a record at or after sequence number `from`. */
  histories(from: number): Promise<readonly PairHistory[]>
  health(): { readonly writable: boolean; readonly why: string; readonly lastCommitMs: number }
  close(): Promise<void>
}

/** A record by its number, or an INTENT by its disclosure id. */
export type RecordName = { readonly seq: number } | { readonly id: string }

/**
 * The ledger's reading side. A call sees everything that was durable when it began. Every call rejects with
 * `ERR_LEDGER_UNAVAILABLE` once its thread has ended.
 */
export interface LedgerArchive extends LedgerRetention {
  /** Public data: see `serveHashes`. */
  serve(path: string): Promise<ServedOr>
  /** The decoded record, its `leaf` in base64 and its `hash`; undefined if it does not exist or was pruned. */
  record(name: RecordName): Promise<Row | undefined>
  /** One decoded INTENT and its outcome; undefined if there is none. */
  intent(name: RecordName): Promise<FoundIntent | undefined>
  /** A `tlog-proof` against the newest checkpoint, with the leaf as its `extra`; undefined until one covers the record. */
  proof(name: RecordName): Promise<string | undefined>
  /**
   * Records with their inclusion proofs under the checkpoint of `size`, which MUST be above all their numbers; undefined
   * for each that was pruned.
   */
  evidence(seqs: readonly number[], size: number): Promise<readonly (Evidence | undefined)[]>
  /** The subjects whose data a partner received, a page at a time. */
  concerned(query: ConcernedQuery): Promise<ConcernedPage>
  /** For released tables: see `countCohorts`. */
  cohorts(window: CohortWindow, earlier: readonly CohortWindow[]): Promise<readonly CohortCell[]>
  find(query: Query): Promise<Page>
  count(query: Aggregate): Promise<readonly Row[]>
  /** Resolves once everything durable at the call is indexed. */
  catchUp(): Promise<void>
  /** Resolves once every segment that was full at the call is sealed. Also happens without a call. */
  seal(): Promise<void>
  /** Removes all entries of these subject keys and identities from every index; returns how many there were. */
  forget(what: { readonly subjects: readonly number[]; readonly identities: readonly string[] }): Promise<number>
  close(): Promise<void>
}

/** A segment: its records are kept, held and pruned together. */
export interface SegmentFacts {
  /** Number of its first record. */
  readonly first: number
  /** Number after its last record. */
  readonly end: number
  /** Size of its files on disk. */
  readonly bytes: number
  readonly openedAt: EpochMs
  /** Undefined for the active segment. */
  readonly sealedAt: EpochMs | undefined
  /** Ids of the holds on it. */
  readonly holds: readonly string[]
}

/** Retention of the ledger's segments. */
export interface LedgerRetention {
  /** The kept segments, oldest first, and the number of the lowest kept record. */
  segments(): Promise<{ readonly floor: number; readonly segments: readonly SegmentFacts[] }>
  /** Oldest first. */
  holds(): Promise<readonly Hold[]>
  /** Takes effect at once. An existing id gets the new terms. */
  hold(hold: Hold): Promise<void>
  /** False if there is no such hold. */
  release(id: string): Promise<boolean>
  /** The segments that may be pruned: sealed before `before` and not held. They hold the records below `below`. */
  prunable(before: EpochMs): Promise<{ readonly below: number; readonly segments: number } | undefined>
  /** Durably saves the hashes that proofs need and raises the floor. Resolves to the new floor. */
  raiseFloor(to: { readonly before: EpochMs; readonly below: number }): Promise<number>
  /** Unlinks the segments below the floor; resolves to their number. */
  removePruned(): Promise<number>
}
