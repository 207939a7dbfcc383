/** Each partner type's own sample: a connection, and the least that it takes an event with. */
import type { View } from '../../src/model/values.ts'
import type { Connection } from '../../src/partners/kit/type.ts'
import { PARTNER_TYPES } from '../../src/partners/registry.ts'

export const CONNECTIONS: Readonly<Record<string, Connection>> = Object.fromEntries(
  PARTNER_TYPES.map(({ type, sample }) => [type, sample.connection]),
)

/** The slots without which a type cannot say an event. */
export function leastFor(type: string): Partial<View> {
  return PARTNER_TYPES.find((one) => one.type === type)?.sample.view ?? {}
}
