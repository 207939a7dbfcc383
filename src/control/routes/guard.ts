/** `guard/try`: compares the newest guard with the previous one over recent events. Counts only; sends nothing. */
import { z } from 'zod'
import { tryGuard } from '../../simulate/guard-try.ts'
import { MAX_REPLAYED } from '../../simulate/replay-intake.ts'
import { type Route, route } from '../route.ts'
import { oneAtATime } from './one-at-a-time.ts'

const DEFAULT_LAST = 10_000
const DEFAULT_BUDGET_MS = 10_000
const MAX_BUDGET_MS = 60_000
const COUNT = z.int().min(0)

export const GUARD_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/guard/try',
    id: 'tryGuard',
    summary: 'Counts what this version of the guard withholds of the last accepted events and the one before did not.',
    notes:
      'One at a time. Sends nothing. What acceptance looked for and did not keep is gone, so that only what the last hop looks for is counted.',
    roles: ['editor', 'approver', 'privacy_officer', 'auditor'],
    effect: 'reads',
    body: z.strictObject({
      last: z.int().min(1).max(MAX_REPLAYED).default(DEFAULT_LAST).describe('Newest accepted events to look at.'),
      budget_ms: z
        .int()
        .min(100)
        .max(MAX_BUDGET_MS)
        .default(DEFAULT_BUDGET_MS)
        .describe('Milliseconds after which it ends with what it has.'),
    }),
    answers: {
      200: {
        says: 'The counts, partner by partner.',
        shape: z.strictObject({
          revision: z.int().describe('The live revision.'),
          events: COUNT.describe('Looked at.'),
          unreadable: COUNT.describe('Erased or damaged: nothing can be said about them.'),
          ended: z.enum(['asked', 'all', 'budget']),
          partners: z.array(
            z.strictObject({
              partner: z.string(),
              events: COUNT.describe('Events that would leave, or that the guard withholds.'),
              asBefore: COUNT.describe('Withheld by the guard before as well.'),
              newly: z
                .array(z.strictObject({ what: z.string(), form: z.string(), count: COUNT }))
                .describe('By kind of value and form; never a value.'),
            }),
          ),
        }),
      },
    },
    errors: ['ERR_PRESSURE'],
    examples: [{ title: 'the newest hundred', body: { last: 100 } }],
    handler: ({ simulation }) => {
      const alone = oneAtATime('another look through the events')
      return async ({ body }) => ({ body: await alone(() => tryGuard(body, simulation)) })
    },
  }),
]
