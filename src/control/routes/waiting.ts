/** `waiting`: everything that waits for an operator, with the next step and its screen. */
import { z } from 'zod'
import { TONES } from '../../model/partner-health.ts'
import { pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'
import { WAITING_KINDS, waitingFor } from '../waiting.ts'

const WAITING = z.strictObject({
  kind: z.enum(WAITING_KINDS),
  id: z.string().describe('Id within its kind: a partner, a file, a proposal number; empty if there is only one.'),
  tone: z.enum(TONES),
  what: z.string().describe('A front writes `what since …: cause, after in …`, as of `partner-health`.'),
  cause: z.string(),
  since: z.int().optional().describe('Epoch milliseconds; absent if unknown.'),
  after: z
    .strictObject({ what: z.string(), at: z.int().describe('Epoch milliseconds.') })
    .optional()
    .describe('The next automatic step.'),
  next: z.string().describe('The next manual step; empty if `what` says it.'),
  path: z.string().describe('Path of the console’s screen.'),
})

export const WAITING_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/waiting',
    id: 'listWaiting',
    summary: 'Lists what waits for staff, most urgent first: the same as the webhook reports.',
    notes: 'Subjects’ requests appear for privacy officers and auditors only, as a count.',
    roles: ALL_STAFF,
    answers: { 200: { says: 'The complete list.', shape: pageShape(WAITING) } },
    errors: [],
    examples: [{ title: 'what waits' }],
    handler:
      (deps) =>
      async ({ actor }) => ({ body: { items: await waitingFor(deps, actor.roles) } }),
  }),
]
