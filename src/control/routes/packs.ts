/** Evidence packs for breaches and regulators, and the record of processing activities. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { GatewayError } from '../../model/errors.ts'
import { matchIdentities } from '../match-identities.ts'
import { type ProcessingRecord, processingHtml, processingMarkdown, processingRecord } from '../processing-record.ts'
import { type Route, route } from '../route.ts'

const LINES = 'application/x-ndjson'
const MOST_SAMPLED = 10_000
const WINDOW = {
  partner: z.string().min(1).max(64),
  from: z.iso.datetime().describe('Start, inclusive, UTC.'),
  to: z.iso.datetime().describe('End, exclusive.'),
}
const TERMS = z.strictObject(WINDOW)
type Terms = z.output<typeof TERMS>

/** Throws `ERR_REQUEST_INVALID` for a window that ends before it begins. */
function termsOf({ partner, from, to }: Terms) {
  const terms = { partner, from: Date.parse(from), to: Date.parse(to) }
  if (terms.from >= terms.to) throw new GatewayError('ERR_REQUEST_INVALID', { allowed: 'from before to' })
  return terms
}

/** An error before the first line rejects; a later one cuts the answer off. */
async function streamed(lines: AsyncIterable<string> | undefined) {
  if (lines === undefined) throw new GatewayError('ERR_NOT_FOUND')
  const all = lines[Symbol.asyncIterator]()
  const first = await all.next()
  return { stream: Readable.from(ended(first, all)), type: LINES }
}
async function* ended(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  for (let one = first; one.done !== true; one = await rest.next()) yield `${one.value}\n`
}

const PROCESSING_FORMS: Readonly<
  Record<'json' | 'markdown' | 'html', (record: ProcessingRecord) => readonly [type: string, text: string]>
> = {
  json: (record) => ['application/json', JSON.stringify(record)],
  markdown: (record) => ['text/markdown', processingMarkdown(record)],
  html: (record) => ['text/html', processingHtml(record)],
}

export const PACK_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/packs/breach',
    id: 'makeBreachPack',
    summary:
      'Exports every disclosure to a partner within a time range, with proofs, handles of the subjects, and the text of a notice.',
    notes: 'JSON lines, signed at their end: docs/evidence-packs.md. A handle is valid for an hour.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    body: TERMS,
    answers: { 200: { says: 'The pack.', types: [LINES] } },
    errors: [],
    facts: ({ body }) => ({ partner: body.partner }),
    examples: [
      {
        title: 'an autumn at one partner',
        body: { partner: 'northwind', from: '2026-09-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
      },
    ],
    handler:
      ({ packs }) =>
      async ({ body }) =>
        streamed(await packs.breach(termsOf(body))),
  }),
  route({
    method: 'POST',
    path: '/api/v1/packs/breach/match',
    id: 'matchBreach',
    summary: 'Finds the lines of an identity file that a breach at a partner affects, with totals by country and law.',
    notes:
      'Separated values with a header line: kind and value, or a column for each kind of identity; optionally country and namespace. The file is not stored; the answer, JSON lines, refers to lines by number.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    query: TERMS,
    stream: ['text/csv'],
    answers: { 200: { says: 'One line per affected or refused line, then the totals.', types: [LINES] } },
    errors: [],
    facts: ({ query }) => ({ partner: query.partner }),
    examples: [
      {
        title: 'two accounts',
        query: { partner: 'northwind', from: '2026-09-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
        headers: { 'content-type': 'text/csv' },
        body: 'kind,value,country\nuser,u-17,DE\nuser,u-18,US\n',
      },
    ],
    handler:
      (deps) =>
      async ({ query, pieces }) =>
        streamed(matchIdentities(deps, termsOf(query), pieces)),
  }),
  route({
    method: 'POST',
    path: '/api/v1/packs/sample',
    id: 'makeSample',
    summary: 'Exports a verifiable random sample of records with proofs.',
    notes:
      'The seed and the root of a checkpoint determine the sample: name the size of a checkpoint that you know, and a seed of your own. See docs/evidence-packs.md.',
    roles: ['privacy_officer', 'auditor'],
    effect: 'reads',
    body: z.strictObject({
      wanted: z.int().min(1).max(MOST_SAMPLED).describe('Number of disclosures.'),
      seed: z
        .string()
        .min(1)
        .max(200)
        .regex(/^[\x20-\x7e]*$/u),
      size: z.int().min(1).optional().describe('Size of a checkpoint; default the newest.'),
    }),
    answers: { 200: { says: 'The sample.', types: [LINES] } },
    errors: ['ERR_NOT_FOUND'],
    examples: [{ title: 'three disclosures', body: { wanted: 3, seed: 'said by the auditor on the phone' } }],
    handler:
      ({ packs }) =>
      async ({ body }) =>
        streamed(await packs.sample(body)),
  }),
  route({
    method: 'GET',
    path: '/api/v1/processing-record',
    id: 'readProcessingRecord',
    summary: 'Writes the record of processing activities (GDPR Art. 30(1)) from the live configuration.',
    roles: ['privacy_officer', 'auditor'],
    query: z.strictObject({ format: z.enum(['json', 'markdown', 'html']).default('json') }),
    answers: { 200: { says: 'The record.', types: ['application/json', 'text/markdown', 'text/html'] } },
    errors: [],
    examples: [
      { title: 'for a program' },
      { title: 'for a wiki', query: { format: 'markdown' } },
      { title: 'as a page', query: { format: 'html' } },
    ],
    handler:
      ({ revisions, processing, now }) =>
      ({ query: { format } }) => {
        const record = processingRecord(revisions.current(), { ...processing, made: now() })
        const [type, text] = PROCESSING_FORMS[format](record)
        return { stream: Readable.from([text]), type }
      },
  }),
]
