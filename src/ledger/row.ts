/** A record or a count in an answer. */
import type { EpochMs } from '../model/brand.ts'
import type { IntentRecord, Outcome } from '../model/disclosure.ts'

/** Plain data; the keys of a record are those of `leafJson`. */
export type Row = { readonly [name: string]: unknown }

/** One decoded INTENT and its outcome. */
export interface FoundIntent {
  readonly row: Row
  readonly record: IntentRecord
  readonly outcome: (Outcome & { readonly time: EpochMs }) | undefined
}
