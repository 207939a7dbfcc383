/** Schema of a contract's `notify`: notices to its partner about users whose data it has. Default: none. */
import { z } from 'zod'
import { LINE } from './words.ts'

const SWITCH = z.enum(['on', 'off'])

export const NOTIFY = z.union(
  [
    z.literal('off'),
    z.strictObject({
      /** `{irrevocable: true}`: also if the partner cannot undo it. Such a notice requires the user's token or an officer. */
      opt_out: z.union([SWITCH, z.strictObject({ irrevocable: z.boolean() })]).default('off'),
      /** Sent with an erasure, never for a write key alone. */
      deletion: SWITCH.default('off'),
      /** How the operator verified an interface that the type marks [B] or [C]: a ticket, a contract, a date. */
      confirmed: LINE.optional(),
    }),
  ],
  { error: 'off, or a map of opt_out, deletion and confirmed' },
)
export type NotifyOptions = z.output<typeof NOTIFY>
