/** `simulate`: what would leave, for whom, and why. Never sends. */
import { z } from 'zod'
import { ALL_STAFF, type Route, route } from '../route.ts'
import { createSimulator, SIMULATE_BODY } from '../simulate.ts'

const SIMULATED = z.strictObject({
  revision: z.int(),
  received: z.looseObject({}).describe('The event as received, classified.'),
  decoded: z
    .array(
      z.strictObject({
        signal: z.string(),
        state: z.enum(['absent', 'valid', 'invalid']),
        problem: z.string().optional(),
        value: z.unknown().optional(),
      }),
    )
    .describe('Each signal as it was understood.'),
  partners: z.array(
    z.looseObject({
      partner: z.string(),
      result: z.enum(['item', 'withheld']),
      why: z.string().describe('The reason that binds.'),
      fields: z.record(z.string(), z.looseObject({})).describe('Treatment and reason of every field.'),
    }),
  ),
})

export const SIMULATE_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/simulate',
    id: 'simulate',
    tag: 'simulate',
    summary: 'Shows what an event would make leave, to each partner, byte for byte. Sends nothing.',
    roles: ALL_STAFF,
    effect: 'reads',
    body: SIMULATE_BODY,
    answers: { 200: { says: 'The stages, partner by partner.', shape: SIMULATED } },
    errors: ['ERR_SIMULATE_INVALID'],
    examples: [
      {
        title: 'a purchase after an opt-out',
        body: {
          app: 'messenger-ios',
          choice: 'opted_out',
          event: {
            type: 'track',
            event: 'Order Completed',
            userId: 'u-42',
            context: { location: { country: 'US' } },
          },
        },
      },
    ],
    handler: (deps) => {
      const simulate = createSimulator(deps)
      return ({ body }) => ({ body: simulate(body) })
    },
  }),
]
