/** A full check of the ledger beside a running gateway. */
import type { EpochMs } from '../model/brand.ts'

/** The result of a check. */
export interface CheckReport {
  /** Records read. */
  readonly size: number
  /** Root of their tree, hex. */
  readonly root: string
  /** True if nothing was found. */
  readonly verified: boolean
  readonly problems: readonly { readonly name: string; readonly seq?: number; readonly says: string }[]
  readonly problemCount: number
  readonly openIntents: number
  readonly segments: number
  readonly checkpoints: number
  readonly signedSize: number
  readonly lowest: number
}

/** State of the latest check. */
export type Verification =
  | { readonly state: 'never' }
  /** `of`: number of records at its start. */
  | { readonly state: 'running'; readonly startedAt: EpochMs; readonly read: number; readonly of: number }
  | { readonly state: 'done'; readonly startedAt: EpochMs; readonly endedAt: EpochMs; readonly report: CheckReport }
  /** The check itself failed, which implies nothing about the ledger. */
  | { readonly state: 'failed'; readonly startedAt: EpochMs; readonly endedAt: EpochMs; readonly why: string }

/** Reads every record on a separate thread, one check at a time. */
export interface LedgerCheck {
  /** False if a check is in progress. */
  start(): boolean
  latest(): Verification
}
