/** `partner-health`: each partner's state in words, and the next step. */
import { z } from 'zod'
import { HEALTH_STATES, TONES } from '../../model/partner-health.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { partnerHealths } from '../partner-healths.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const HEALTH = z.strictObject({
  partner: z.string(),
  name: z.string(),
  state: z.enum(HEALTH_STATES).describe('The first that holds, in this order.'),
  tone: z
    .enum(TONES)
    .describe('`bad`: nothing leaves, or less than was agreed. `warn`: somebody should look. `calm`: good to know.'),
  what: z.string().describe('The fact: `Refuses`. A front writes `what since …: cause, after in …`.'),
  cause: z.string().describe('What the partner or the network said, as in `lastError` of `deliveries`; `` where none.'),
  since: z.int().optional().describe('Epoch milliseconds; absent where it is not known.'),
  after: z
    .strictObject({ what: z.string(), at: z.int().describe('Epoch milliseconds.') })
    .optional()
    .describe('What comes next by itself.'),
  next: z.string().describe('What a person does next; `` where nothing is to be done.'),
  deadLetters: z.int().min(0).describe('Dead letters that are listed.'),
})

export const PARTNER_HEALTH_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/partner-health',
    id: 'listPartnerHealth',
    summary: 'Says in words how each partner is: the fact, its cause, since when, and what to do next.',
    roles: ALL_STAFF,
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of partners.', shape: pageShape(HEALTH) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'all partners' }],
    handler:
      (deps) =>
      async ({ query }) => ({ body: pageOf(await partnerHealths(deps), ({ partner }) => partner, query) }),
  }),
]
