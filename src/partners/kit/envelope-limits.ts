/** A type as listed in the registry, and the limits of its requests. */
import type { NoticeAbilities } from './notices.ts'
import type { Connection, PartnerType } from './type.ts'

export interface EnvelopeLimits {
  /** Items, 1 to the type's `maxBatch`. */
  readonly maxItems: number
  /** Bytes of all items together, UTF-8. */
  readonly maxBytes: number
}

/** A type as listed in the registry. */
export interface RegisteredType extends PartnerType {
  /** Limits of an envelope; `maxBatch` is the maximum over all connections of the type. */
  envelopeLimits(connection: Connection): EnvelopeLimits
  /** The notices the partner accepts; absent if this was not researched. */
  readonly notices?: NoticeAbilities
}
