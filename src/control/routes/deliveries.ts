/** `deliveries`: how sending goes, partner by partner; `dead-letters`: pairs that ended undelivered. */
import { z } from 'zod'
import { GatewayError } from '../../model/errors.ts'
import { cutPage, PAGE_QUERY, pageOf, pageShape, readCursor } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const LANE = z.strictObject({
  partner: z.string(),
  breaker: z.enum(['closed', 'open', 'half_open']).describe('`open`: left alone for a while after failures.'),
  inFlight: z.int().min(0),
  failures: z.int().min(0).describe('Requests since the start that ended in a way that speaks against the partner.'),
  lastError: z.string(),
})

const DEAD_LETTER = z.strictObject({
  position: z.string().describe('Opaque; names the pair.'),
  partner: z.string(),
  eventKey: z.string().describe('Name of the event as contracts call it.'),
  at: z.int().describe('Epoch milliseconds.'),
  attempts: z.int().min(0),
  why: z.string(),
})

export const DELIVERY_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/deliveries',
    id: 'listDeliveries',
    tag: 'operations',
    summary: 'Says for each partner how sending goes.',
    roles: ALL_STAFF,
    effect: 'reads',
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of partners.', shape: pageShape(LANE) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'all partners' }],
    handler:
      ({ deliveries }) =>
      ({ query }) => ({ body: pageOf(deliveries.lanes(), ({ partner }) => partner, query) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/dead-letters',
    id: 'listDeadLetters',
    tag: 'operations',
    summary: 'Lists pairs of event and partner that ended undelivered, newest first.',
    roles: ALL_STAFF,
    effect: 'reads',
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of dead letters; they hold nothing personal.', shape: pageShape(DEAD_LETTER) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'the newest', query: { limit: '10' } }],
    handler:
      ({ intake }) =>
      async ({ query: { cursor, limit } }) => {
        const after = cursor === undefined ? undefined : readCursor(cursor)
        if (after !== undefined && !/^\d+\/[a-z0-9_-]+$/.test(after)) throw new GatewayError('ERR_CURSOR')
        return {
          body: cutPage(
            await intake.deadLetters(after, limit + 1),
            ({ position, partner }) => `${position}/${partner}`,
            limit,
          ),
        }
      },
  }),
]
