/** What the story of one disclosure needs from others. */
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { LedgerEntry, Outcome } from '../model/disclosure.ts'
import type { AcceptedEvent, Standing } from '../model/event.ts'
import type { PartnerRequest } from '../partners/type.ts'

/** Where intents and outcomes go. */
export interface Recorder {
  /** Resolves when durable, to the ledger's size; rejects with `ERR_LEDGER_UNAVAILABLE`, and then nothing may be sent. */
  announce(records: readonly LedgerEntry[]): Promise<number>
  /** Resolves when durable, however long the ledger takes; rejects only when the gateway stops first. */
  conclude(records: readonly LedgerEntry[]): Promise<void>
}

/**
 * Sends one request. `begin` is called as the HTTP client begins to write, once, synchronously: `false` means that
 * nothing may leave, and the outcome is `cancelled_not_sent`. Never throws.
 */
export interface Wire {
  send(partner: PartnerId, request: PartnerRequest, begin: () => boolean): Promise<WireResult>
}
export type WireResult =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
      readonly body: string
    }
  | Extract<Outcome, { kind: 'failed_before_write' | 'unknown_after_write' | 'cancelled_not_sent' }>

/** Choices as they stand, and whether they still do. */
export interface StandingReader {
  lookup(keys: AcceptedEvent['identityKeys']): { readonly standing: Standing; readonly stamp: number }
  isCurrent(stamp: number): boolean
}

export interface Clock {
  now(): EpochMs
}
