/** `deliveries`: how sending goes, partner by partner; `dead-letters`: pairs that ended undelivered. */
import { z } from 'zod'
import { never, type PartnerId, type Position } from '../../model/brand.ts'
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
  id: z.string().describe('Names the letter to `retry` and `discard`.'),
  position: z.string().describe('Opaque; names the pair.'),
  partner: z.string(),
  eventKey: z.string().describe('Name of the event as contracts call it.'),
  at: z.int().describe('Epoch milliseconds.'),
  attempts: z.int().min(0),
  why: z.string(),
})

const LETTER_ID = z.strictObject({ id: z.string().regex(/^\d{1,15}\.[a-z0-9_-]{1,64}$/) })

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
        const letters = await intake.deadLetters(after, limit + 1)
        const page = cutPage(letters, ({ position, partner }) => `${position}/${partner}`, limit)
        const items = page.items.map((letter) => ({ id: `${letter.position}.${letter.partner}`, ...letter }))
        return { body: { ...page, items } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/dead-letters/{id}/retry',
    id: 'retryDeadLetter',
    tag: 'operations',
    summary: 'Gives a dead letter one more try, decided afresh: what may not leave now does not.',
    notes: 'Not for one that may have been disclosed already: another try could disclose it twice.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    params: LETTER_ID,
    answers: { 200: { says: 'It waits.', shape: z.strictObject({ waits: z.literal(true) }) } },
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
    path: '/api/v1/dead-letters/{id}/discard',
    id: 'discardDeadLetter',
    tag: 'operations',
    summary: 'Takes a dead letter off the list; the books still count it as it ended.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    params: LETTER_ID,
    answers: { 200: { says: 'Off the list.', shape: z.strictObject({ discarded: z.literal(true) }) } },
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
  // Sound: the schema holds it to this form; whether there is such a pair is what the intake answers.
  return id.split('.') as [Position, PartnerId]
}
