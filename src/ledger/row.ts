/** A record or a count as answers give it. */
import type { EpochMs } from '../model/brand.ts'
import type { IntentRecord, Outcome } from '../model/disclosure.ts'

/** Plain data; the keys of a record are those of `leafJson`. */
export type Row = { readonly [name: string]: unknown }

/** One INTENT, whole and in words, and how it ended. */
export interface FoundIntent {
  readonly row: Row
  readonly record: IntentRecord
  readonly outcome: (Outcome & { readonly time: EpochMs }) | undefined
}
