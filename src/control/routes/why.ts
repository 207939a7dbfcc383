/** `why`: what happened to one event at each partner, with contract line and revision. */
import { z } from 'zod'
import { GatewayError } from '../../model/errors.ts'
import { nodeCursor, readNodeCursor } from '../pages.ts'
import { type Route, route } from '../route.ts'
import { type SearchPlace, WHY_RESULTS, whyAt, whyOfMessage } from '../why.ts'
import { EXPLANATION, LINE } from './disclosures.ts'
import { RECORD } from './ledger.ts'

const PARTNER = z.string().regex(/^[a-z0-9_-]{1,64}$/)
/** Default limit of records read for one answer: about a second. */
const MOST_READ = 10_000
const PLACE = /^([a-z0-9_-]{1,64})\/([1-4])\/([01])\/(\d{0,15})\/(\d{0,15})$/
const PAIR = z.strictObject({
  partner: z.string(),
  result: z.enum(WHY_RESULTS),
  says: z.string(),
  why: z.string().optional(),
  line: LINE.optional(),
  record: RECORD.optional(),
  outcome: z.looseObject({ kind: z.string() }).optional(),
  explanation: EXPLANATION.omit({ record: true, outcome: true }).optional(),
})

export const WHY_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/why',
    id: 'explainEvent',
    summary: 'Explains why each partner received an event or not: by its messageId, or by partner and time.',
    notes:
      'A messageId can be found while the event is stored and its id is within the deduplication window (`intake.dedupe_window_minutes`); later its records cannot be identified. By time: the partner’s nearest record.',
    roles: ['auditor', 'privacy_officer'],
    effect: 'inspects',
    body: z.union([
      z.strictObject({
        message_id: z.string().min(1).max(1_000),
        partner: PARTNER.optional(),
        limit: z.int().min(1).max(100_000).default(MOST_READ).describe('Maximum number of records to read.'),
        cursor: z.string().min(1).max(500).optional().describe('`next` of the previous answer.'),
      }),
      z.strictObject({ partner: PARTNER, at: z.iso.datetime({ offset: true }) }),
    ]),
    answers: {
      200: {
        says: 'The event, if requested, and each pair; without values.',
        shape: z.strictObject({
          event: z.strictObject({ app: z.string(), event: z.string(), received_at: z.iso.datetime() }).optional(),
          pairs: z.array(PAIR),
          left: z.array(z.string()).optional().describe('Partners whose record was not found within `limit`.'),
          next: z.string().optional().describe('Cursor to continue with them.'),
        }),
      },
    },
    errors: ['ERR_NOT_FOUND', 'ERR_CURSOR', 'ERR_LEDGER_UNAVAILABLE', 'ERR_INTAKE_UNAVAILABLE'],
    examples: [{ title: 'an event that nobody sent', body: { message_id: 'nobody-sent-this' }, status: 404 }],
    facts: ({ body }) => (body.partner === undefined ? {} : { partner: body.partner }),
    handler:
      (deps) =>
      async ({ body }) => {
        if ('at' in body) {
          const pair = await whyAt(body.partner, Date.parse(body.at), deps)
          if (pair === undefined) throw new GatewayError('ERR_NOT_FOUND')
          return { body: { pairs: [pair] } }
        }
        const { message_id: messageId, partner: only, limit: mostRead, cursor } = body
        const from = cursor === undefined ? undefined : placeOf(readNodeCursor(cursor))
        const found = await whyOfMessage({ messageId, only, mostRead, from }, deps)
        if (found === undefined) throw new GatewayError('ERR_NOT_FOUND')
        const { app, eventKey, receivedAt } = found.message
        const event = { app, event: eventKey, received_at: new Date(receivedAt).toISOString() }
        const rest = found.next === undefined ? {} : { left: found.left, next: nodeCursor(cursorOf(found.next)) }
        return { body: { event, pairs: found.pairs, ...rest } }
      },
  }),
]

function cursorOf({ partner, window, kind, after, found }: SearchPlace): string {
  return `${partner}/${window}/${kind}/${after ?? ''}/${found ?? ''}`
}

function placeOf(text: string): SearchPlace {
  const [, partner, window, kind, after, found] = PLACE.exec(text) ?? []
  if (partner === undefined) throw new GatewayError('ERR_CURSOR')
  const numberIn = (digits: string | undefined) => (digits ? Number(digits) : undefined)
  return { partner, window: Number(window), kind: Number(kind), after: numberIn(after), found: numberIn(found) }
}
