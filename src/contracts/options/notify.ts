/** A contract's `notify`: what its partner is told of people whose data it has. Left out: nothing, as ever. */
import { z } from 'zod'
import { LINE } from './words.ts'

const SWITCH = z.enum(['on', 'off'])

export const NOTIFY = z.union(
  [
    z.literal('off'),
    z.strictObject({
      /** `{irrevocable: true}`: also where the partner has no way to take it back. Such a notice needs the person's token or an officer. */
      opt_out: z.union([SWITCH, z.strictObject({ irrevocable: z.boolean() })]).default('off'),
      /** Sent with an erasure, never on the word of a write key. */
      deletion: SWITCH.default('off'),
      /** How the operator made sure of an interface that the type marks [B] or [C]: a ticket, a contract, a date. */
      confirmed: LINE.optional(),
    }),
  ],
  { error: 'off, or a map of opt_out, deletion and confirmed' },
)
export type NotifyOptions = z.output<typeof NOTIFY>
