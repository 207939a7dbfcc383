/** The origin of a partner's own type: only the partner's hosts, or this machine for a test. */
import { z } from 'zod'
import { isLoopbackOrigin } from './origin.ts'

/** @param known the first one is the default */
export function partnerOrigin(...known: readonly [string, ...string[]]): z.ZodType<string, string | undefined> {
  return z
    .string()
    .default(known[0])
    .refine((origin) => known.includes(origin) || isLoopbackOrigin(origin), {
      error: `not one of the partner's: ${known.join(', ')}`,
    })
}
