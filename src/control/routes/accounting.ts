/** `accounting`: both sums, with each side counted independently. */
import { z } from 'zod'
import { RELAY_STATES, type RelayState } from '../../flow/relay-books.ts'
import { SETTLED_STATES } from '../../model/disclosure.ts'
import { accountingOf, sumOf } from '../accounting.ts'
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

const OF_CELLS = z.strictObject({
  cells: z.array(z.strictObject({ cell: z.string(), books: ACCOUNTING })),
  missing: z.array(z.string()).describe('Cells that did not answer. Where there are any, the sum is incomplete.'),
  sum: ACCOUNTING,
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
  route({
    method: 'GET',
    path: '/api/v1/accounting/cells',
    id: 'readAccountingOfCells',
    summary:
      'The books of every cell and their sum. A cell that does not answer within three seconds is named, and the sum is without it. A gateway by itself is cell 0.',
    roles: ALL_STAFF,
    answers: { 200: { says: 'The books of the cells that answered.', shape: OF_CELLS } },
    errors: [],
    examples: [{ title: 'the books of every cell' }],
    handler:
      ({ intake, relayTotals, cells: { own, otherBooks } }) =>
      async () => {
        const books = accountingOf(await intake.totals(), relayTotals())
        const all = [{ cell: own, books }, ...(await otherBooks())].toSorted((a, b) => Number(a.cell) - Number(b.cell))
        const missing = all.filter((one) => one.books === undefined).map(({ cell }) => cell)
        const cells = all.flatMap((one) => (one.books === undefined ? [] : [{ cell: one.cell, books: one.books }]))
        return { body: { cells, missing, sum: sumOf(cells) } }
      },
  }),
]
