import { isIP } from 'node:net'
import type { View } from '../../model/values.ts'

/** The view's IP address, where it is one of the kind that the partner takes. */
export function addressOf({ ip }: View, only?: 4 | 6): string | undefined {
  const kind = ip === undefined ? 0 : isIP(ip)
  return kind !== 0 && (only === undefined || kind === only) ? ip : undefined
}
