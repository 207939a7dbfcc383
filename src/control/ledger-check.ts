/** A check of the whole ledger beside a running gateway, as the control plane sees it. */
import type { EpochMs } from '../model/brand.ts'

/** What a check found. */
export interface CheckReport {
  /** Records read. */
  readonly size: number
  /** Of the tree over them, hex. */
  readonly root: string
  /** True where nothing at all was found. */
  readonly verified: boolean
  readonly problems: readonly { readonly name: string; readonly seq?: number; readonly says: string }[]
  readonly problemCount: number
  readonly openIntents: number
  readonly segments: number
  readonly checkpoints: number
  readonly signedSize: number
  readonly lowest: number
}

/** How the latest check goes, or went. */
export type Verification =
  | { readonly state: 'never' }
  /** `of`: the records that there were at its start. */
  | { readonly state: 'running'; readonly startedAt: EpochMs; readonly read: number; readonly of: number }
  | { readonly state: 'done'; readonly startedAt: EpochMs; readonly endedAt: EpochMs; readonly report: CheckReport }
  /** It could not be carried out: this says nothing about the ledger. */
  | { readonly state: 'failed'; readonly startedAt: EpochMs; readonly endedAt: EpochMs; readonly why: string }

/** Reads every record again, off the threads that serve and write, one check at a time. */
export interface LedgerCheck {
  /** False where one is under way. */
  start(): boolean
  latest(): Verification
}
