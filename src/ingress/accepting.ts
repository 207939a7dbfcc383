/** What is asked of whoever keeps a request's events: the cell that it came in at, or the one that owns their users. */
import type { Classified } from '../flow/accept.ts'
import type { AppendResult } from '../intake/ports.ts'
import type { AppId, IdentityKey, JsonObject, Revision } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { GatewayError, RejectionCode } from '../model/errors.ts'

/** One event that is to be kept. */
export interface GoodToKeep {
  readonly classified: Pick<Classified, 'messageId' | 'partners' | 'stopped' | 'event'>
  readonly keys: readonly IdentityKey[]
  /** As it came, with its batch's context: where somebody watches, and is shown it. */
  readonly watched?: JsonObject
}

/** What a request brought: all that keeping goes by. */
export interface ToKeep {
  readonly app: { readonly id: AppId }
  /** What its events were classified under. */
  readonly revision: Revision
  readonly good: readonly GoodToKeep[]
  readonly rejected: readonly { readonly code: RejectionCode }[]
  /** What the events say of their people's privacy, refused ones included: it is kept whatever becomes of the events. */
  readonly said: readonly Observation[]
  /** Why none is taken. */
  readonly refusal: GatewayError | undefined
}

export interface Accepting {
  /** How each of its good events was kept. Throws the request's own refusal once its people have been heard. */
  keep(taken: ToKeep): Promise<AppendResult>
}
