/** `waiting`: everything that waits for an operator, with the next step and its screen. */
import { z } from 'zod'
import { TONES } from '../../model/partner-health.ts'
import { pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'
import { WAITING_KINDS, waitingFor } from '../waiting.ts'

const WAITING = z.strictObject({
  kind: z.enum(WAITING_KINDS),
  id: z.string().describe('Which one of its kind: a partner, a file, the number of a proposal; `` where there is one.'),
  tone: z.enum(TONES),
  what: z.string().describe('A front writes `what since …: cause, after in …`, as of `partner-health`.'),
  cause: z.string(),
  since: z.int().optional().describe('Epoch milliseconds; absent where it is not known.'),
  after: z
    .strictObject({ what: z.string(), at: z.int().describe('Epoch milliseconds.') })
    .optional()
    .describe('What comes next by itself.'),
  next: z.string().describe('What a person does next; `` where `what` says it.'),
  path: z.string().describe('The console’s screen for it.'),
})

export const WAITING_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/waiting',
    id: 'listWaiting',
    summary: 'Lists what waits for a person now, the worst first: the same that a webhook tells.',
    notes: 'People’s requests are told to privacy officers and auditors alone, and as a count.',
    roles: ALL_STAFF,
    answers: { 200: { says: 'All of it.', shape: pageShape(WAITING) } },
    errors: [],
    examples: [{ title: 'what waits' }],
    handler:
      (deps) =>
      async ({ actor }) => ({ body: { items: await waitingFor(deps, actor.roles) } }),
  }),
]
