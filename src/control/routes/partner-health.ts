/** `partner-health`: each partner's state in words, and the next step. */
import { z } from 'zod'
import { HEALTH_STATES, TONES } from '../../model/partner-health.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { partnerHealths } from '../partner-healths.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const HEALTH = z.strictObject({
  partner: z.string(),
  name: z.string(),
  state: z.enum(HEALTH_STATES).describe('The first that applies, in this order.'),
  tone: z
    .enum(TONES)
    .describe('`bad`: nothing is sent, or less than agreed. `warn`: needs attention. `calm`: for information.'),
  what: z.string().describe('The fact: `Refuses`. A front writes `what since …: cause, after in …`.'),
  cause: z
    .string()
    .describe('The partner’s answer or the network error, as in `lastError` of `deliveries`; empty if none.'),
  since: z.int().optional().describe('Epoch milliseconds; absent if unknown.'),
  after: z
    .strictObject({ what: z.string(), at: z.int().describe('Epoch milliseconds.') })
    .optional()
    .describe('The next automatic step.'),
  next: z.string().describe('The next manual step; empty if none.'),
  deadLetters: z.int().min(0).describe('Number of listed dead letters.'),
})

export const PARTNER_HEALTH_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/partner-health',
    id: 'listPartnerHealth',
    summary: 'Describes the health of each partner: the fact, its cause, since when, and what to do next.',
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
