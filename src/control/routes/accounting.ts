/** `accounting`: both sums, with each side counted independently. */
import { z } from 'zod'
import { RELAY_STATES, type RelayState } from '../../flow/relay-books.ts'
import { SETTLED_STATES } from '../../model/disclosure.ts'
import { accountingOf } from '../accounting.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const COUNT = z.int().min(0)

// Sound: one count for each state.
const RELAYED = Object.fromEntries(RELAY_STATES.map((state) => [state, COUNT])) as Record<RelayState, typeof COUNT>

const ACCOUNTING = z.strictObject({
  events: z.strictObject({
    received: COUNT,
    accepted: COUNT,
    rejected: COUNT,
    duplicate: COUNT,
    closes: z.boolean().describe('received = accepted + rejected + duplicate'),
  }),
  rejectedByCode: z.record(z.string(), COUNT),
  pairs: z
    .record(
      z.string(),
      z.strictObject({
        routed: COUNT,
        settled: z.strictObject(Object.fromEntries(SETTLED_STATES.map((state) => [state, COUNT]))),
        withheldBy: z.record(z.string(), COUNT).describe('Withheld pairs by reason.'),
        pending: COUNT,
        oldestPendingAt: COUNT.optional().describe('When the oldest waiting event was received, epoch milliseconds.'),
        closes: z.boolean().describe('routed = everything settled + pending'),
      }),
    )
    .describe('By partner.'),
  relayed: z
    .record(
      z.string(),
      z.strictObject({
        relayed: COUNT,
        ...RELAYED,
        under_way: COUNT,
        closes: z.boolean().describe('relayed = everything ended + under way'),
      }),
    )
    .describe('Requests of partners’ own SDKs, by partner, since the gateway started.'),
  closes: z.boolean().describe('Every sum closes. If false, an event was lost: report it.'),
})

export const ACCOUNTING_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/accounting',
    id: 'readAccounting',
    summary: 'Counts events, pairs of event and partner and relayed requests, and checks that the sums close.',
    roles: ALL_STAFF,
    answers: { 200: { says: 'The counts.', shape: ACCOUNTING } },
    errors: [],
    examples: [{ title: 'the books' }],
    handler:
      ({ intake, relayTotals }) =>
      async () => ({ body: accountingOf(await intake.totals(), relayTotals()) }),
  }),
]
