/** Released tables, frozen by month. The role `aggregate` may call only these. */
import { z } from 'zod'
import { GatewayError } from '../../model/errors.ts'
import { type Route, route } from '../route.ts'

const MONTH = z.string().regex(/^\d{4}-\d{2}$/u)
const SHOWN = z.union([z.int().min(0), z.enum(['fewer than the minimum', 'none'])])
const TABLE = z.strictObject({
  month: MONTH,
  released: z.iso.date(),
  minimum: z.int().describe('Minimum number of people per cell.'),
  cells: z.array(
    z.strictObject({
      partner: z.string(),
      app: z.string(),
      law: z.string(),
      people: z.int().describe('Rounded down to a multiple of ten.'),
      disclosures: z.int().describe('Rounded down to a multiple of ten.'),
    }),
  ),
  report: z.record(z.string(), SHOWN),
})

export const RELEASED_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/released-tables',
    id: 'listReleasedTables',
    summary: 'Lists the months with a released table.',
    roles: ['aggregate', 'privacy_officer', 'auditor'],
    answers: { 200: { says: 'The months, newest first.', shape: z.strictObject({ months: z.array(MONTH) }) } },
    errors: [],
    examples: [{ title: 'all of them' }],
    handler:
      ({ tables }) =>
      async () => ({ body: { months: await tables.months() } }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/released-tables/{month}',
    id: 'readReleasedTable',
    summary: 'Returns one released table, as frozen.',
    notes: 'Fixed dimensions, one calendar month, no filters: docs/released-tables.md.',
    roles: ['aggregate', 'privacy_officer', 'auditor'],
    params: z.strictObject({ month: MONTH }),
    answers: { 200: { says: 'The table.', shape: TABLE } },
    errors: ['ERR_NOT_FOUND'],
    examples: [{ title: 'a month without a table', params: { month: '1999-01' }, status: 404 }],
    handler:
      ({ tables }) =>
      async ({ params: { month } }) => {
        const table = await tables.table(month)
        if (table === undefined) throw new GatewayError('ERR_NOT_FOUND')
        return { body: table }
      },
  }),
]
