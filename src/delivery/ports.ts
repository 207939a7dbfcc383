/** What others may ask of deliveries. */
import type { EpochMs, PartnerId } from '../model/brand.ts'

/** One partner's state for `/readyz`, `/metrics` and the ops API: for its events and its relayed requests together. */
export interface LaneState {
  readonly partner: PartnerId
  /** `open`: paused after repeated failures. */
  readonly breaker: 'closed' | 'open' | 'half_open'
  /** No request begins before this time: after failures, or by `Retry-After`. */
  readonly pausedUntil: EpochMs | undefined
  /** Of its events. */
  readonly inFlight: number
  /** Requests since the start whose outcome counts against the partner. */
  readonly failures: number
  /** Why the last undelivered request failed, in words. Nothing personal. */
  readonly lastError: string
  readonly lastErrorAt: EpochMs | undefined
  /** Time of the first failure since the last delivery; undefined if the last request was delivered. */
  readonly failingSince: EpochMs | undefined
}

export interface Deliveries {
  lanes(): readonly LaneState[]
  /** Starts lanes for new partners after a revision; a removed partner drains as `contract_ended`. */
  refresh(): void
  /** Pairs of this partner may have become due. */
  wake(partner: PartnerId): void
  /** Begins no further request; waits for those in flight and until their outcomes are durable. */
  stop(): Promise<void>
}
