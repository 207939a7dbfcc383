/** `ledger/holds`: legal holds on ledger records. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Hold } from '../../ledger/store.ts'
import { GatewayError } from '../../model/errors.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { type Route, route } from '../route.ts'

const REASON = z
  .string()
  .regex(/^(?=.*\S)[^\p{Cc}]{1,200}$/u)
  .describe('Such as a case number. Stored with the hold; the ledger has the hold’s id only.')
const HOLD = z.strictObject({
  id: z.string(),
  first: z.int().optional().describe('Number of a segment’s first record.'),
  from: z.iso.datetime().optional(),
  to: z.iso.datetime().optional(),
  reason: REASON,
  since: z.iso.datetime(),
})
export type HoldBody = z.output<typeof HOLD>
const TERMS = z.union([
  z.strictObject({ reason: REASON, first: z.int().min(0) }),
  z.strictObject({ reason: REASON, from: z.iso.datetime(), to: z.iso.datetime() }),
])

export const HOLD_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/ledger/holds',
    id: 'listHolds',
    summary: 'Lists legal holds, oldest first.',
    roles: ['privacy_officer', 'auditor'],
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of holds.', shape: pageShape(HOLD) } },
    errors: ['ERR_CURSOR', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'all of them' }],
    handler:
      ({ archive }) =>
      async ({ query }) => {
        const page = pageOf(await archive.holds(), ({ since, id }) => `${String(since).padStart(15, '0')} ${id}`, query)
        return { body: { ...page, items: page.items.map(holdBody) } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/ledger/holds',
    id: 'placeHold',
    summary: 'Prevents pruning of a segment, or of all segments within a time range.',
    notes:
      'The ledger has no gaps: later segments are kept as well, until the hold is released. In a cluster a hold is on a time range, and keeps the records of every cell.',
    roles: ['privacy_officer'],
    effect: 'acts',
    body: TERMS,
    answers: { 201: { says: 'In force.', shape: HOLD } },
    errors: ['ERR_LEDGER_UNAVAILABLE', 'ERR_SETTINGS_UNAVAILABLE', 'ERR_REQUEST_INVALID'],
    examples: [
      {
        title: 'a day',
        body: { reason: 'case 2026-17', from: '2026-11-25T00:00:00Z', to: '2026-11-25T23:59:59Z' },
        status: 201,
        keeps: { hold: 'id' },
      },
    ],
    handler:
      ({ archive, ledger, now }) =>
      async ({ body }) => {
        const { reason } = body
        const terms = 'first' in body ? { first: body.first } : { from: Date.parse(body.from), to: Date.parse(body.to) }
        const hold: Hold = { id: randomUUID(), ...terms, reason, since: now() }
        // In force first: a hold works before it is on record.
        await archive.hold(hold)
        await ledger.append([
          { kind: 'control', time: hold.since, action: 'legal_hold', facts: { hold: hold.id, ...terms } },
        ])
        return { status: 201, body: holdBody(hold) }
      },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/ledger/holds/{id}',
    id: 'releaseHold',
    summary: 'Releases a hold; the next pruning removes expired segments.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: z.strictObject({ id: z.uuid() }),
    answers: { 200: { says: 'Released.', shape: z.strictObject({ released: z.string() }) } },
    errors: ['ERR_NOT_FOUND', 'ERR_LEDGER_UNAVAILABLE', 'ERR_SETTINGS_UNAVAILABLE'],
    examples: [{ title: 'the case is over', params: { id: '$hold' } }],
    handler:
      ({ archive, ledger, now }) =>
      async ({ params: { id } }) => {
        if (!(await archive.holds()).some((hold) => hold.id === id)) throw new GatewayError('ERR_NOT_FOUND')
        await ledger.append([{ kind: 'control', time: now(), action: 'legal_hold_released', facts: { hold: id } }])
        await archive.release(id)
        return { body: { released: id } }
      },
  }),
]

function holdBody({ id, first, from, to, reason, since }: Hold): z.input<typeof HOLD> {
  return {
    id,
    ...(first === undefined ? {} : { first }),
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
    ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
    reason,
    since: new Date(since).toISOString(),
  }
}
