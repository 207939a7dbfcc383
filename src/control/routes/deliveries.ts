/** `deliveries`: the state of sending by partner; `dead-letters`: pairs that ended undelivered. */
import { z } from 'zod'
import { never, type PartnerId, type Position } from '../../model/brand.ts'
import { GatewayError } from '../../model/errors.ts'
import { cutPage, PAGE_QUERY, pageOf, pageShape, readNodeCursor } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const LANE = z.strictObject({
  partner: z.string(),
  breaker: z
    .enum(['closed', 'open', 'half_open'])
    .describe('`open`: paused after failures, for events and relayed requests alike.'),
  pausedUntil: z
    .int()
    .optional()
    .describe('Epoch milliseconds; no request starts earlier, after failures or at the partner’s request.'),
  inFlight: z.int().min(0),
  failures: z.int().min(0).describe('Requests since the start that count as the partner’s failure.'),
  lastError: z
    .string()
    .describe(
      'Cause of the last failed request: status, the partner’s error code and an excerpt of its answer, or the network error. Never contains event data.',
    ),
  lastErrorAt: z.int().optional().describe('Epoch milliseconds.'),
  failingSince: z
    .int()
    .optional()
    .describe(
      'Epoch milliseconds: the first failed request after the last delivered one. Absent if the last request was delivered.',
    ),
})

const DEAD_LETTER = z.strictObject({
  id: z.string().describe('Id for `retry` and `discard`.'),
  position: z.string().describe('Opaque id of the pair.'),
  partner: z.string(),
  eventKey: z.string().describe('Event name as in contracts.'),
  at: z.int().describe('Epoch milliseconds.'),
  attempts: z.int().min(0),
  why: z.string().describe('How it ended, and the last cause in the form of `lastError`.'),
})
export type DeadLetter = z.output<typeof DEAD_LETTER>

const PARTNER = z.string().regex(/^[a-z0-9_-]{1,64}$/)
const FILTER = {
  partner: PARTNER.optional().describe('Only this partner’s.'),
  event: z.string().max(512).optional().describe('Only this event’s; name as in contracts.'),
} as const
const FILTER_BODY = z.strictObject({ ...FILTER, partner: PARTNER.describe('This partner’s.') })

const LETTER_ID = z.strictObject({ id: z.string().regex(/^\d{1,15}\.[a-z0-9_-]{1,64}$/) })

export const DELIVERY_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/deliveries',
    id: 'listDeliveries',
    summary: 'Lists the state of deliveries by partner.',
    roles: ALL_STAFF,
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
    summary: 'Lists pairs of event and partner that ended undelivered, newest first.',
    roles: ALL_STAFF,
    query: PAGE_QUERY.extend(FILTER),
    answers: { 200: { says: 'A page of dead letters, without personal data.', shape: pageShape(DEAD_LETTER) } },
    errors: ['ERR_CURSOR'],
    examples: [
      { title: 'the newest', query: { limit: '10' } },
      { title: 'one partner’s', query: { partner: 'northwind' } },
    ],
    handler:
      ({ intake }) =>
      async ({ query: { cursor, limit, partner: of, event } }) => {
        const after = cursor === undefined ? undefined : readNodeCursor(cursor)
        if (after !== undefined && !/^\d+\/[a-z0-9_-]+$/.test(after)) throw new GatewayError('ERR_CURSOR')
        const letters = await intake.deadLetters(after, limit + 1, { partner: of, event })
        const page = cutPage(letters, ({ position, partner }) => `${position}/${partner}`, limit)
        const items = page.items.map((letter) => ({ id: `${letter.position}.${letter.partner}`, ...letter }))
        return { body: { ...page, items } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/dead-letters/{id}/retry',
    id: 'retryDeadLetter',
    summary: 'Retries a dead letter once, with a new decision.',
    notes: 'Refused if the event may have been disclosed already: a retry could disclose it twice.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    params: LETTER_ID,
    answers: { 200: { says: 'Queued.', shape: z.strictObject({ waits: z.literal(true) }) } },
    errors: ['ERR_NOT_FOUND', 'ERR_EVENT_GONE', 'ERR_DISCLOSURE_IN_DOUBT', 'ERR_INTAKE_UNAVAILABLE'],
    examples: [{ title: 'one that is not there', params: { id: '1.northwind' }, status: 404 }],
    facts: ({ params }) => ({ partner: params.id.split('.')[1] ?? '' }),
    handler:
      ({ intake }) =>
      async ({ params }) => {
        const retried = await intake.retryDead(...pairOf(params.id))
        switch (retried) {
          case 'waits':
            return { body: { waits: true as const } }
          case 'unknown':
            throw new GatewayError('ERR_NOT_FOUND')
          case 'gone':
            throw new GatewayError('ERR_EVENT_GONE')
          case 'in_doubt':
            throw new GatewayError('ERR_DISCLOSURE_IN_DOUBT')
          default:
            return never(retried)
        }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/dead-letters/retry',
    id: 'retryDeadLetters',
    summary: 'Retries every dead letter of a partner once, with new decisions.',
    notes: 'Letters that may have been disclosed already are skipped and counted; they stay listed.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    body: FILTER_BODY,
    answers: {
      200: {
        says: 'Number of queued letters.',
        shape: z.strictObject({
          waits: z.int().min(0),
          gone: z.int().min(0).describe('The events are no longer stored.'),
          inDoubt: z.int().min(0).describe('May have been disclosed.'),
        }),
      },
    },
    errors: ['ERR_INTAKE_UNAVAILABLE'],
    examples: [{ title: 'all of a partner', body: { partner: 'northwind' } }],
    facts: ({ body }) => ({ partner: body.partner }),
    handler:
      ({ intake }) =>
      async ({ body }) => ({ body: await intake.retryAllDead(body) }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/dead-letters/discard',
    id: 'discardDeadLetters',
    summary: 'Removes every dead letter of a partner from the list; the accounting keeps their outcome.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    body: FILTER_BODY,
    answers: { 200: { says: 'Number of removed letters.', shape: z.strictObject({ discarded: z.int().min(0) }) } },
    errors: ['ERR_INTAKE_UNAVAILABLE'],
    examples: [{ title: 'all of a partner', body: { partner: 'northwind' } }],
    facts: ({ body }) => ({ partner: body.partner }),
    handler:
      ({ intake }) =>
      async ({ body }) => ({ body: { discarded: await intake.discardAllDead(body) } }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/dead-letters/{id}/discard',
    id: 'discardDeadLetter',
    summary: 'Removes a dead letter from the list; the accounting keeps its outcome.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    params: LETTER_ID,
    answers: { 200: { says: 'Removed.', shape: z.strictObject({ discarded: z.literal(true) }) } },
    errors: ['ERR_NOT_FOUND', 'ERR_INTAKE_UNAVAILABLE'],
    examples: [{ title: 'one that is not there', params: { id: '1.northwind' }, status: 404 }],
    facts: ({ params }) => ({ partner: params.id.split('.')[1] ?? '' }),
    handler:
      ({ intake }) =>
      async ({ params }) => {
        if (!(await intake.discardDead(...pairOf(params.id)))) throw new GatewayError('ERR_NOT_FOUND')
        return { body: { discarded: true as const } }
      },
  }),
]

function pairOf(id: string): [Position, PartnerId] {
  // Sound: the schema enforces this form; the intake answers whether the pair exists.
  return id.split('.') as [Position, PartnerId]
}
