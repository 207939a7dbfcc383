import { isIP } from 'node:net'
import type { View } from '../../model/values.ts'

/** The view's IP address, if it is of the kind the partner accepts. */
export function addressOf({ ip }: View, only?: 4 | 6): string | undefined {
  const kind = ip === undefined ? 0 : isIP(ip)
  return kind !== 0 && (only === undefined || kind === only) ? ip : undefined
}
