/** `disclosures` and `aggregates`: disclosures with reasons, and counts for processing records and breach notices. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { GROUPS, PROCESSING } from '../../ledger/aggregate.ts'
import type { LedgerArchive } from '../../ledger/ports.ts'
import type { Query } from '../../ledger/query.ts'
import type { Row } from '../../ledger/row.ts'
import { csvHeading, csvRow, RECORD_COLUMNS, recordCells } from '../../ledger/table.ts'
import { PURPOSES } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { FIELD_CLASSES } from '../../model/field-class.ts'
import { REASONS, type Reason } from '../../model/reason.ts'
import { countEverywhere } from '../counts-of-cells.ts'
import { explainDisclosure } from '../explain-disclosure.ts'
import { newestRecords } from '../newest-records.ts'
import { cutPage, PAGE_QUERY, pageShape, readNodeCursor } from '../pages.ts'
import { type Route, route } from '../route.ts'
import { nameOf, RECORD, RECORD_KINDS, RECORD_NAME } from './ledger.ts'

const READERS = ['auditor', 'privacy_officer'] as const
const TIME = z.iso
  .datetime({ offset: true })
  .or(z.iso.date())
  .transform((text) => Date.parse(text))

const FILTER = z.strictObject({
  kind: z.enum(RECORD_KINDS).optional(),
  partner: z.string().min(1).max(255).optional(),
  app: z.string().min(1).max(255).optional(),
  event: z.string().min(1).max(300).optional().describe('The partner’s name of the event, or `other`.'),
  field: z.enum(FIELD_CLASSES).optional().describe('A class that was sent, in any form.'),
  treatment: z.string().min(1).max(20).optional().describe('Exactly this treatment: `pass`, `24/48`, `city`.'),
  // Sound: the keys of an object that this project wrote.
  reason: z.enum(Object.keys(REASONS) as [Reason, ...Reason[]]).optional(),
  purpose: z.enum(PURPOSES).optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional()
    .describe('Country where the partner processes data.'),
  revision: z.coerce.number().int().min(1).optional(),
  from: TIME.optional().describe('ISO 8601, inclusive.'),
  to: TIME.optional().describe('ISO 8601, exclusive.'),
})
const FORMAT = z.enum(['jsonl', 'csv']).default('jsonl')

/** Groups, such as `partner,field`. */
const BY = z
  .string()
  .default(PROCESSING.join())
  .transform((text) => text.split(','))
  .pipe(z.array(z.enum(GROUPS)).min(1).max(GROUPS.length))
  .describe(`Any of ${GROUPS.join(', ')}, separated by commas.`)
const PEOPLE = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true')
  .describe('Counts distinct subjects as well; not by day or outcome.')
const AGGREGATE = FILTER.extend({ by: BY, people: PEOPLE })
const COUNTED = z
  .looseObject({ count: z.int().min(0), people: z.int().min(0).optional() })
  .describe('One group: its keys and counts.')

const COUNTS = z.strictObject({
  groups: z.array(COUNTED),
  missing: z.array(z.string()).optional().describe('Cells that did not answer: their records are not counted.'),
})

export const LINE = z.strictObject({
  revision: z.int(),
  file: z.string().optional(),
  lineNumber: z.int().optional(),
  pointer: z.string().describe('JSON pointer into the revision.'),
})
export const EXPLANATION = z.strictObject({
  record: RECORD,
  outcome: z.looseObject({ kind: z.string() }).optional(),
  verdict: z.strictObject({ regime: z.string(), bits: z.array(z.string()) }),
  rule: z.strictObject({ why: z.string(), says: z.string() }),
  revision: z.strictObject({ number: z.int(), digest: z.string(), isThatOfTheRecord: z.boolean() }).optional(),
  acceptedRevision: z.strictObject({ number: z.int(), digest: z.string() }).optional(),
  contract: LINE.optional(),
  fields: z.array(
    z.strictObject({
      field: z.enum(FIELD_CLASSES),
      treatment: z.string(),
      why: z.string(),
      says: z.string(),
      line: LINE.optional(),
    }),
  ),
  again: z
    .strictObject({ same: z.boolean(), differences: z.array(z.string()), notes: z.array(z.string()) })
    .describe('The decision recomputed now, under the revisions of that time.'),
})

export const DISCLOSURE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/disclosures',
    id: 'listDisclosures',
    summary: 'Lists ledger records in order: INTENTs with their outcomes, unless `kind` is given.',
    notes: 'For one subject, use `subjects/lookup`, then `subjects/{handle}/disclosures`: URLs contain no identities.',
    roles: READERS,
    query: FILTER.extend(PAGE_QUERY.shape).extend({
      order: z.enum(['oldest', 'newest']).default('oldest').describe('Sort order.'),
    }),
    answers: { 200: { says: 'A page of records.', shape: pageShape(RECORD) } },
    errors: ['ERR_CURSOR', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [
      { title: 'everything that left', query: { limit: '10' } },
      { title: 'what left last', query: { limit: '1', order: 'newest' } },
      { title: 'who received whole advertising ids', query: { field: 'advertising_id', treatment: 'pass' } },
    ],
    handler:
      ({ archive, ledger }) =>
      async ({ query: { cursor, limit, order, ...filter } }) => {
        if (order === 'newest') {
          const before = cursor === undefined ? ledger.size() : Number(readNodeCursor(cursor))
          const newest = await newestRecords(archive, queryOf(filter), before, limit + 1)
          return { body: cutPage(newest, ({ seq }) => String(seq), limit) }
        }
        const after = cursor === undefined ? {} : { after: Number(readNodeCursor(cursor)) }
        const { records } = await archive.find({ ...queryOf(filter), ...after, limit: limit + 1 })
        // Sound: `leafJson` gives every record these keys.
        const items = records as readonly { readonly seq: number; readonly hash: string }[]
        return { body: cutPage(items, ({ seq }) => String(seq), limit) }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/disclosures/export',
    id: 'exportDisclosures',
    summary: 'Exports the same records as one stream.',
    roles: READERS,
    query: FILTER.extend({ format: FORMAT }),
    answers: { 200: { says: 'JSON lines or CSV.', types: ['application/x-ndjson', 'text/csv'] } },
    errors: ['ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'withheld records as CSV', query: { kind: 'withheld', format: 'csv' } }],
    handler:
      ({ archive }) =>
      ({ query: { format, ...filter } }) =>
        tableOf(format, RECORD_COLUMNS, everything(archive, queryOf(filter)), recordCells),
  }),
  route({
    method: 'GET',
    path: '/api/v1/aggregates',
    id: 'countDisclosures',
    summary: 'Counts disclosures; by default grouped as in a record of processing activities (GDPR Art. 30).',
    notes:
      'For a breach notice: `field`, `from`, `to`, `by=partner` and `people=true`. Grouped by `field` or `purpose`, a disclosure counts once in each of its groups. Without `people`, a window is extended to whole days.',
    roles: READERS,
    query: AGGREGATE,
    answers: { 200: { says: 'The groups.', shape: COUNTS } },
    errors: ['ERR_REQUEST_INVALID', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [
      { title: 'a record of processing activities' },
      { title: 'a breach', query: { field: 'ip', from: '2026-11-01', by: 'partner', people: 'true' } },
    ],
    handler:
      (deps) =>
      async ({ query }) => {
        const { groups, missing } = await countEverywhere(deps, aggregateOf(query))
        return { body: { groups: [...groups], ...(missing.length === 0 ? {} : { missing: [...missing] }) } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/aggregates/export',
    id: 'exportAggregates',
    summary: 'Exports the same counts as JSON lines or CSV.',
    roles: READERS,
    query: AGGREGATE.extend({ format: FORMAT }),
    answers: { 200: { says: 'JSON lines or CSV.', types: ['application/x-ndjson', 'text/csv'] } },
    errors: ['ERR_REQUEST_INVALID', 'ERR_LEDGER_UNAVAILABLE', 'ERR_OWNER_UNAVAILABLE'],
    examples: [{ title: 'a record of processing activities', query: { format: 'csv' } }],
    handler:
      (deps) =>
      async ({ query: { format, ...query } }) => {
        const { groups, missing } = await countEverywhere(deps, aggregateOf(query))
        // A file cannot say that it is not whole.
        if (missing.length > 0) throw new GatewayError('ERR_OWNER_UNAVAILABLE')
        const columns = [...query.by, 'count', ...(query.people ? ['people'] : [])]
        return tableOf(format, columns, groups, (row) => row)
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/ledger/records/{record}/explanation',
    id: 'explainDisclosure',
    summary: 'Explains one INTENT: verdict, rule, contract line, revision, and the decision recomputed now.',
    roles: READERS,
    params: RECORD_NAME,
    answers: { 200: { says: 'The explanation.', shape: EXPLANATION } },
    errors: ['ERR_NOT_FOUND', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'no disclosure', params: { record: '999999999' }, status: 404 }],
    handler:
      ({ archive, revisions }) =>
      async ({ params }) => {
        const found = await archive.intent(nameOf(params.record))
        if (found === undefined) throw new GatewayError('ERR_NOT_FOUND')
        const { row, record, outcome } = found
        const explained = await explainDisclosure(record, { revisions })
        // Sound: `leafJson` gives every row these keys.
        return { body: { record: row as { seq: number; hash: string }, ...(outcome && { outcome }), ...explained } }
      },
  }),
]

/** Defaults to INTENTs. */
function queryOf(filter: z.output<typeof FILTER>): Query {
  return { ...filter, kind: filter.kind ?? 'intent' }
}

function aggregateOf(query: z.output<typeof AGGREGATE>) {
  if (query.people && query.by.some((group) => group === 'day' || group === 'ending'))
    throw new GatewayError('ERR_REQUEST_INVALID', {
      problems: [
        { in: 'query', path: 'by', found: 'day or ending', allowed: 'other groups, where people are counted' },
      ],
    })
  return { ...query, kind: query.kind ?? 'intent' }
}

async function* everything(archive: LedgerArchive, query: Query): AsyncGenerator<Row> {
  for (let after: number | undefined; ; ) {
    const { records, next } = await archive.find({ ...query, limit: 1_000, ...(after === undefined ? {} : { after }) })
    yield* records
    if (next === undefined) return
    after = next
  }
}

function tableOf(
  format: z.output<typeof FORMAT>,
  columns: readonly string[],
  rows: AsyncIterable<Row> | Iterable<Row>,
  cells: (row: Row) => Row,
): { readonly stream: Readable; readonly type: string } {
  async function* lines(): AsyncGenerator<string> {
    if (format === 'csv') yield csvHeading(columns)
    for await (const row of rows) yield format === 'csv' ? csvRow(columns, cells(row)) : `${JSON.stringify(row)}\n`
  }
  const type = format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson'
  return { stream: Readable.from(lines()), type }
}
