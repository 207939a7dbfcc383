/** What others may ask of the deliveries. */
import type { EpochMs, PartnerId } from '../model/brand.ts'

/** One partner's state for `/readyz`, `/metrics` and the ops API: of its events and its relayed requests together. */
export interface LaneState {
  readonly partner: PartnerId
  /** `open` means that the partner has failed often enough to be left alone for a while. */
  readonly breaker: 'closed' | 'open' | 'half_open'
  /** No request begins before then: after failures, or since the partner asked for it. */
  readonly pausedUntil: EpochMs | undefined
  /** Of its events. */
  readonly inFlight: number
  /** Requests since the start that ended in a way that counts against the partner. */
  readonly failures: number
  /** Why the last one that was not delivered was not, for people. Nothing personal in it. */
  readonly lastError: string
  readonly lastErrorAt: EpochMs | undefined
  /** When the first one was not delivered since the last that was; undefined where the last one was. */
  readonly failingSince: EpochMs | undefined
}

export interface Deliveries {
  lanes(): readonly LaneState[]
  /** Starts lanes for new partners after a revision changed; a partner that is gone drains as `contract_ended`. */
  refresh(): void
  /** Pairs of this partner may have become due. */
  wake(partner: PartnerId): void
  /** Begins no further request, waits for those under way and for their outcomes to be durable. */
  stop(): Promise<void>
}
