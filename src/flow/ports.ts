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
      readonly headers: AnswerHeaders
      readonly body: string
    }
  | Extract<Outcome, { kind: 'failed_before_write' | 'unknown_after_write' | 'cancelled_not_sent' }>

/** Where a partner's answer goes as it comes in. */
export interface AnswerSink {
  /** Once, before any data. */
  start(status: number, headers: AnswerHeaders): void
  /** False while the receiver cannot take more: then nothing comes until `drained` has called back. */
  data(chunk: Buffer): boolean
  drained(resume: () => void): void
  /** The answer is whole. */
  end(): void
}
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** Sends a relayed request and hands the answer on as it comes, up to a size. Same promise as `Wire`. */
export interface RelayWire {
  /** False while the partner is left alone after failures. */
  isOpen(partner: PartnerId): boolean
  forward(
    partner: PartnerId,
    request: PartnerRequest,
    begin: () => boolean,
    sink: AnswerSink,
  ): {
    readonly ended: Promise<WireResult>
    /** Ends the connection; an answer under way stays as it is. */
    abandon(): void
  }
}

/** Choices as they stand, and whether they still do. */
export interface StandingReader {
  lookup(keys: AcceptedEvent['identityKeys']): { readonly standing: Standing; readonly stamp: number }
  isCurrent(stamp: number): boolean
}

export interface Clock {
  now(): EpochMs
}
