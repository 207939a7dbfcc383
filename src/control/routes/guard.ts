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
    summary: 'Counts what this version of the guard withholds from recent events and the previous version did not.',
    notes:
      'One call at a time. Sends nothing. Counts only the checks before sending: values removed at acceptance are not stored.',
    roles: ['editor', 'approver', 'privacy_officer', 'auditor'],
    effect: 'reads',
    body: z.strictObject({
      last: z.int().min(1).max(MAX_REPLAYED).default(DEFAULT_LAST).describe('Newest accepted events to read.'),
      budget_ms: z
        .int()
        .min(100)
        .max(MAX_BUDGET_MS)
        .default(DEFAULT_BUDGET_MS)
        .describe('Time limit in milliseconds; returns the counts so far.'),
    }),
    answers: {
      200: {
        says: 'The counts by partner.',
        shape: z.strictObject({
          revision: z.int().describe('The live revision.'),
          events: COUNT.describe('Events read.'),
          unreadable: COUNT.describe('Erased or damaged.'),
          ended: z.enum(['asked', 'all', 'budget']),
          partners: z.array(
            z.strictObject({
              partner: z.string(),
              events: COUNT.describe('Events that would be sent, or that the guard withholds.'),
              asBefore: COUNT.describe('Withheld by the previous guard as well.'),
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
