/** What others may ask of the ledger. */
import type { EventRef, PartnerId } from '../model/brand.ts'
import type { LedgerEntry, Outcome } from '../model/disclosure.ts'
import type { Reason } from '../model/reason.ts'

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
