/** A type as the registry lists it, and how much one of its requests may hold. */
import type { NoticeAbilities } from './notices.ts'
import type { Connection, PartnerType } from './type.ts'

export interface EnvelopeLimits {
  /** Items, 1 to the type's `maxBatch`. */
  readonly maxItems: number
  /** Bytes of all items together, UTF-8. */
  readonly maxBytes: number
}

/** A type as the registry lists it. */
export interface RegisteredType extends PartnerType {
  /** What an envelope may hold; `maxBatch` is the most that any connection of the type allows. */
  envelopeLimits(connection: Connection): EnvelopeLimits
  /** What the partner can be told of a person; absent where nobody has looked. */
  readonly notices?: NoticeAbilities
}
