/** Every partner type, one line each. Nothing registers itself. A type is listed once its cases and its page are there. */
import { appsflyer } from './appsflyer/index.ts'
import type { RegisteredType } from './envelope-limits.ts'
import { pixel } from './pixel/index.ts'
import { webhook } from './webhook/index.ts'

export const PARTNER_TYPES: readonly RegisteredType[] = [
  webhook, //
  pixel,
  appsflyer,
]

/** Types by their name in contracts. */
export function partnerTypes(): ReadonlyMap<string, RegisteredType> {
  return new Map(PARTNER_TYPES.map((type) => [type.type, type]))
}
