/**
 * What a cell is asked to keep of a request: by the cell that received it, for itself or for the cell that owns its
 * users.
 */
import type { Classified } from '../flow/accept.ts'
import type { AppendResult } from '../intake/ports.ts'
import type { AppId, IdentityKey, JsonObject, Revision } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { GatewayError, RejectionCode } from '../model/errors.ts'

/** One event to keep. */
export interface GoodToKeep {
  readonly classified: Pick<Classified, 'messageId' | 'partners' | 'stopped' | 'event'>
  readonly keys: readonly IdentityKey[]
  /** As received, with its batch's context. Present only while a live view is open. */
  readonly watched?: JsonObject
}

/** A request's events and observations: the complete input of keeping. */
export interface ToKeep {
  readonly app: { readonly id: AppId }
  /** The terms under which its events were classified. */
  readonly revision: Revision
  readonly good: readonly GoodToKeep[]
  readonly rejected: readonly { readonly code: RejectionCode }[]
  /** What the events say of their users' privacy, including refused events. It is kept even if the events are not. */
  readonly said: readonly Observation[]
  /** Why no event is accepted. */
  readonly refusal: GatewayError | undefined
}

export interface Accepting {
  /** How each of its valid events was kept. Throws the request's own refusal, after its observations are stored. */
  keep(taken: ToKeep): Promise<AppendResult>
}
