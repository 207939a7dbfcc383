/** What others may ask of the deliveries. */
import type { PartnerId } from '../model/brand.ts'

/** One partner's state for `/readyz`, `/metrics` and the ops API. */
export interface LaneState {
  readonly partner: PartnerId
  /** `open` means that the partner has failed often enough to be left alone for a while. */
  readonly breaker: 'closed' | 'open' | 'half_open'
  readonly inFlight: number
  /** Envelopes since the start that ended in a way that speaks against the partner. */
  readonly failures: number
  readonly lastError: string
}

export interface Deliveries {
  lanes(): readonly LaneState[]
  /** Starts lanes for new partners after a revision changed; a partner that is gone drains as `contract_ended`. */
  refresh(): void
  /** Begins no further request, waits for those under way and for their outcomes to be durable. */
  stop(): Promise<void>
}
