/** What a disclosure needs from other rooms. */
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { Decision } from '../model/decision.ts'
import type { LedgerEntry, Outcome } from '../model/disclosure.ts'
import type { AcceptedEvent, Standing } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import type { PartnerAnswer, PartnerRequest } from '../partners/kit/type.ts'

/** Records INTENTs and OUTCOMEs. */
export interface Recorder {
  /**
   * Resolves to the ledger's size once durable; rejects with `ERR_LEDGER_UNAVAILABLE`, and then nothing may be sent.
   */
  announce(records: readonly LedgerEntry[]): Promise<number>
  /** Resolves once durable, however long that takes; rejects only if the gateway stops first. */
  conclude(records: readonly LedgerEntry[]): Promise<void>
}

/**
 * Sends one request. `begin` is called once, synchronously, as the HTTP client begins to write: `false` means that
 * nothing may be sent, and the outcome is `cancelled_not_sent`; so does an error it throws, as `not_fresh`. Never
 * throws.
 */
export interface Wire {
  send(partner: PartnerId, request: PartnerRequest, begin: () => boolean): Promise<WireResult>
}
export type WireResult =
  | ({ readonly kind: 'answered' } & PartnerAnswer)
  | Extract<Outcome, { kind: 'failed_before_write' | 'unknown_after_write' | 'cancelled_not_sent' }>

/** Receives a partner's answer as a stream. */
export interface AnswerSink {
  /** Once, before any data. */
  start(status: number, headers: AnswerHeaders): void
  /** False while the receiver cannot take more: nothing follows until `drained` has called back. */
  data(chunk: Buffer): boolean
  drained(resume: () => void): void
  /** The answer is complete. */
  end(): void
}
export type AnswerHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** Sends a relayed request and streams the answer, up to a size. Same promise as `Wire`. */
export interface RelayWire {
  forward(
    partner: PartnerId,
    request: PartnerRequest,
    begin: () => boolean,
    sink: AnswerSink,
  ): {
    readonly ended: Promise<WireResult>
    /** Closes the connection; an answer in progress stays incomplete. */
    abandon(): void
  }
}

/** Whether a partner may be sent to now: shared by its events and its relayed requests. */
export interface PartnerGate {
  /** Undefined while the partner is paused, after failures or by its `Retry-After`. */
  admit(partner: PartnerId): Permit | undefined
}
export interface Permit {
  /** False once the partner is paused: to be checked just before the first byte. */
  isValid(): boolean
  /** How the request ended. `cause` is in words. */
  ended(outcome: Outcome, cause: string): void
  /** Nothing was sent. Without effect after `ended`. */
  unused(): void
}

/** Current choices, and whether they are still current. */
export interface StandingReader {
  lookup(keys: AcceptedEvent['identityKeys']): { readonly standing: Standing; readonly stamp: number }
  /** True while nothing changed for any of these since. */
  isCurrent(stamp: number, keys: AcceptedEvent['identityKeys']): boolean
}

/** What metrics, alerts and rollout monitoring receive; never anything personal. */
export interface SendingObserver {
  /** `present` are the classes that were decided. */
  decided(partner: PartnerId, decision: Decision, present: readonly string[]): void
  ended(partner: PartnerId, outcome: Outcome, item: SentItem): void
  withheld(partner: PartnerId, why: Reason): void
  /** The guard found a withheld value in the bytes: an alert. `what` is a kind of value and a form. */
  guardHit(partner: PartnerId, what: string, isStaged: boolean): void
  failed(partner: PartnerId, error: unknown): void
}

/** Compared while a widening is staged. */
export interface SentItem {
  /** Of the item, UTF-8. */
  readonly bytes: number
  /** For a subject within the share. */
  readonly isStaged: boolean
}

export interface Clock {
  now(): EpochMs
}
