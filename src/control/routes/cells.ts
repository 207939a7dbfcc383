/** `cells`: how the cells of a cluster stand. */
import { z } from 'zod'
import { ALL_STAFF, type Route, route } from '../route.ts'

const CELL = z.strictObject({
  cell: z.string(),
  state: z
    .enum(['new', 'stopped', 'acts', 'silent'])
    .describe(
      '`acts`: its lease holds. `silent`: its lease ran out, and it did not stop in order. `stopped`: in order. `new`: never started.',
    ),
  version: z.int().describe('Version of what it writes for the others, as of its last start.'),
  behind: z.int().describe('Entries of the feed that it has not confirmed.'),
  waiting: z.int().min(0).describe('Pairs of an event and a partner that it had still to send.'),
  renewed_seconds_ago: z
    .number()
    .optional()
    .describe('Since its lease was renewed; absent where it has none to renew.'),
  owns: z.boolean().describe('The others hand it the events of its users.'),
  drained: z.boolean().describe('Its users were given to the others.'),
  roster: z
    .strictObject({
      age_seconds: z.number().min(0).describe('Since its ledger was seen last.'),
      contradicts: z.boolean().describe('The ledger that it shows does not continue what is on record.'),
    })
    .optional()
    .describe('At the cell that keeps the roster, cell 0.'),
})

const CELLS = z.strictObject({
  storage: z.enum(['embedded', 'cluster']).describe('`embedded`: a gateway by itself, without cells.'),
  cells: z.array(CELL),
  lease_seconds: z.number().optional().describe('How long a renewal lasts; absent where storage is embedded.'),
  version: z.int().optional().describe('The version agreed on; absent where storage is embedded.'),
})

export const CELL_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/cells',
    id: 'listCells',
    summary: 'Lists the cells of the cluster and how each stands. A gateway by itself has none.',
    roles: ALL_STAFF,
    answers: { 200: { says: 'The cells.', shape: CELLS } },
    errors: ['ERR_SETTINGS_UNAVAILABLE'],
    examples: [{ title: 'how the cells stand' }],
    handler:
      ({ cells: { status } }) =>
      async () => {
        const standing = await status()
        if (standing === undefined) return { body: { storage: 'embedded' as const, cells: [] } }
        const { version, leaseSeconds, cells, roster } = standing
        const seen = new Map(roster.map(({ cell, ageSeconds, contradicts }) => [cell, { ageSeconds, contradicts }]))
        return {
          body: {
            storage: 'cluster' as const,
            lease_seconds: leaseSeconds,
            version,
            cells: cells.map(({ renewedSecondsAgo: renewed, ownsAt, ...cell }) => {
              const ledger = seen.get(cell.cell)
              return {
                ...cell,
                ...(renewed === undefined ? {} : { renewed_seconds_ago: renewed }),
                owns: ownsAt !== undefined,
                ...(ledger && { roster: { age_seconds: ledger.ageSeconds, contradicts: ledger.contradicts } }),
              }
            }),
          },
        }
      },
  }),
]
