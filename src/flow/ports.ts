/** What the story of one disclosure needs from others. */
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { Decision } from '../model/decision.ts'
import type { LedgerEntry, Outcome } from '../model/disclosure.ts'
import type { AcceptedEvent, Standing } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import type { PartnerAnswer, PartnerRequest } from '../partners/kit/type.ts'

/** Where intents and outcomes go. */
export interface Recorder {
  /** Resolves when durable, to the ledger's size; rejects with `ERR_LEDGER_UNAVAILABLE`, and then nothing may be sent. */
  announce(records: readonly LedgerEntry[]): Promise<number>
  /** Resolves when durable, however long the ledger takes; rejects only when the gateway stops first. */
  conclude(records: readonly LedgerEntry[]): Promise<void>
}

/**
 * Sends one request. `begin` is called as the HTTP client begins to write, once, synchronously: `false` means that
 * nothing may leave, and the outcome is `cancelled_not_sent`; so does whatever it throws, as `not_fresh`. Never throws.
 */
export interface Wire {
  send(partner: PartnerId, request: PartnerRequest, begin: () => boolean): Promise<WireResult>
}
export type WireResult =
  | ({ readonly kind: 'answered' } & PartnerAnswer)
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

/** Whether a partner may be asked now: one answer for its events and for its relayed requests. */
export interface PartnerGate {
  /** Undefined while the partner is left alone, after failures or because it asked for it. */
  admit(partner: PartnerId): Permit | undefined
}
export interface Permit {
  /** False once the partner is left alone: to be asked as the first byte would leave. */
  isValid(): boolean
  /** How the request ended. `cause` is for people. */
  ended(outcome: Outcome, cause: string): void
  /** Nothing was sent. Without effect after `ended`. */
  unused(): void
}

/** Choices as they stand, and whether they still do. */
export interface StandingReader {
  lookup(keys: AcceptedEvent['identityKeys']): { readonly standing: Standing; readonly stamp: number }
  /** True while nothing changed for any of these since. */
  isCurrent(stamp: number, keys: AcceptedEvent['identityKeys']): boolean
}

/** What metrics, alerts and the watch over rollouts are told; never anything personal. */
export interface SendingObserver {
  /** `present` are the classes that were decided about. */
  decided(partner: PartnerId, decision: Decision, present: readonly string[]): void
  ended(partner: PartnerId, outcome: Outcome, item: SentItem): void
  withheld(partner: PartnerId, why: Reason): void
  /** The guard found a withheld value in the bytes: an alert. `what` is a kind of value and a form. */
  guardHit(partner: PartnerId, what: string, isStaged: boolean): void
  failed(partner: PartnerId, error: unknown): void
}

/** What is worth comparing while a widening is staged. */
export interface SentItem {
  /** Of the item, UTF-8. */
  readonly bytes: number
  /** For a subject within the share. */
  readonly isStaged: boolean
}

export interface Clock {
  now(): EpochMs
}
