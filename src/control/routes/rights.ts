/** Subjects' rights, by staff who verified the requester: disclosures, a portable copy, deletion requests. */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { kindOfKey } from '../../choices/identity.ts'
import { FIELD_CLASSES } from '../../model/field-class.ts'
import { GROUNDS } from '../../subjects/by-hand.ts'
import type { StatementRequest } from '../../subjects/rights.ts'
import { MOST_DISCLOSURES } from '../../subjects/statement.ts'
import { STATEMENT_CSV, statementCsv } from '../../subjects/statement-csv.ts'
import type { ControlDeps } from '../deps.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { type Route, route } from '../route.ts'
import { HANDLE, keysOf } from './subjects.ts'

/** Most open deletion requests in one call. */
const MOST_OPEN = 10_000

const IN_WORDS = z.strictObject({ code: z.string(), in_words: z.string() })
const RECIPIENT = z.strictObject({
  partner: z.string(),
  name: z.string(),
  role: z.string(),
  purposes: z.array(z.string()),
  countries: z.array(z.string()),
  privacy_policy: z.string(),
  contact: z.string(),
  disclosures: z.int().min(1),
  first: z.iso.datetime(),
  last: z.iso.datetime(),
  deletion: z.string().optional().describe('The partner’s own channel for deletion requests.'),
  contract_unreadable: z.literal(true).optional().describe('The contract of that time is no longer readable.'),
})
const DISCLOSURE = z.strictObject({
  id: z.string(),
  seq: z.int().min(0).describe('Sequence number in the ledger.'),
  cell: z.string().optional().describe('In whose ledger; absent where there is one.'),
  at: z.iso.datetime(),
  recipient: z.string(),
  event: z.string(),
  fields: z.array(z.strictObject({ field: z.string(), treatment: z.string(), in_words: z.string() })),
  purposes: z.array(z.string()),
  countries: z.array(z.string()),
  why: IN_WORDS,
  revision: z.int(),
  law: z.string(),
  outcome: z.strictObject({ kind: z.string(), in_words: z.string() }),
  leaf: z.string().optional().describe('The record’s bytes, base64.'),
  proof: z.string().optional().describe('A tlog-proof of the record.'),
  value: z.string().optional().describe('The request as sent, if values are stored.'),
})
const STATEMENT = z.strictObject({
  at: z.iso.datetime(),
  policy: z.string(),
  contact: z.string(),
  recipients: z.array(RECIPIENT),
  disclosures: z.array(DISCLOSURE).describe('Oldest first.'),
  withheld: z.array(
    z.strictObject({ recipient: z.string(), why: z.string(), in_words: z.string(), count: z.int().min(1) }),
  ),
  told: z
    .array(
      z.strictObject({
        asked: z.iso.date(),
        recipient: z.string(),
        verb: z.string(),
        state: z.string().describe('As in `notices`.'),
        in_words: z.string(),
      }),
    )
    .optional()
    .describe('Notices of opt-outs and deletions with the partners’ answers, one per identifier.'),
  staff_reads: z
    .array(z.strictObject({ at: z.iso.datetime(), call: z.string() }))
    .optional()
    .describe('When staff viewed this subject’s data.'),
  by_hand: z
    .array(
      z.strictObject({
        at: z.iso.datetime(),
        recipient: z.string(),
        ground: z.enum(GROUNDS),
        basis: z.string(),
        classes: z.array(z.enum(FIELD_CLASSES)),
        scope: z.string(),
      }),
    )
    .optional()
    .describe('Disclosures by hand, such as for legal process, unless a stated bar hides them.'),
  notes: z.array(IN_WORDS).optional().describe('What the statement omits, if anything.'),
  other_accounts: z.int().min(1).optional().describe('Accounts linked to these identities that were not searched.'),
  missing: z
    .array(z.string())
    .optional()
    .describe('Cells that did not answer. Where there are any, the statement is incomplete.'),
  next: z.int().or(z.string()).optional().describe('Pass it as `after` for the rest.'),
  keys: z.array(z.strictObject({ epoch: z.int(), key: z.string() })).optional(),
})
const PAGE = z.strictObject({
  after: z.string().max(1_200).optional().describe('`next` of the previous page.'),
  limit: z.coerce.number().int().min(1).max(MOST_DISCLOSURES).optional().describe('Maximum number of disclosures.'),
})

const DELETION_REQUEST = z.strictObject({
  ref: z.string().describe('Reference in the ledger.'),
  issuer: z.string(),
  at: z.iso.datetime(),
  handle: z.string().describe('Handle of the subject; valid for an hour.'),
  other_accounts: z.int().min(0).describe('Linked accounts: an erasure requires `accounts`.'),
})

export const RIGHTS_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/disclosures',
    id: 'readDisclosures',
    summary: 'Returns a subject’s statement: who received what, when, why, under which revision.',
    notes:
      'Covers the identities of the handle and devices linked only to them, including everything sent with such a device, whoever was logged in. Other linked accounts are counted, not searched. Every cell is asked. The access is recorded.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    query: PAGE,
    answers: { 200: { says: 'The statement.', shape: STATEMENT } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_CURSOR', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'who received what', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      async ({ params, query, actor }) => ({
        body: await statementFor(deps, 'readDisclosures', actor.id, params.handle, query),
      }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/table',
    id: 'tabulateDisclosures',
    summary:
      'Returns the statement as a table for spreadsheets: one row per field sent, then rows for disclosures by hand and notices.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    answers: { 200: { says: 'CSV, oldest first, complete.', types: ['text/csv'] } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'for a spreadsheet', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      async ({ params, actor }) => {
        const first = await statementFor(deps, 'readDisclosures', actor.id, params.handle, {})
        async function* pages(): AsyncGenerator<string> {
          yield statementCsv(first)
          for (let after = first.next; after !== undefined; ) {
            const page = await statementFor(deps, 'readDisclosures', actor.id, params.handle, { after: String(after) })
            yield withoutHeading(statementCsv(page))
            after = page.next
          }
        }
        return { stream: Readable.from(pages()), type: STATEMENT_CSV }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/export',
    id: 'exportSubject',
    summary:
      'Returns a portable copy of the statement: with records, proofs, values if stored, and the subject’s own keys.',
    notes: 'The keys reveal which records are about the subject: give them to nobody else.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    query: PAGE,
    answers: { 200: { says: 'The statement.', shape: STATEMENT } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_CURSOR', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'a copy with proofs', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      async ({ params, query, actor }) => ({
        body: await statementFor(deps, 'exportSubject', actor.id, params.handle, { withProofs: true, ...query }),
      }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/deletion-requests',
    id: 'listDeletionRequests',
    summary:
      'Lists other companies’ deletion requests that wait for staff, oldest first; an erasure of the subject settles them.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of requests.', shape: pageShape(DELETION_REQUEST) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'what waits' }],
    handler:
      ({ choices }) =>
      async ({ query }) => {
        const page = pageOf(await choices.openDeletions(MOST_OPEN), ageOf, query)
        const items = await Promise.all(
          page.items.map(async ({ ref, issuer, at, key }) => ({
            ref,
            issuer,
            at: new Date(at).toISOString(),
            handle: choices.handleFor([key]),
            other_accounts: (await choices.personOf([key], false)).otherAccounts,
          })),
        )
        return { body: { ...page, items } }
      },
  }),
]

/** Drops the heading line. */
function withoutHeading(csv: string): string {
  return csv.slice(csv.indexOf('\r\n') + 2)
}

/** Sort key by age, unique. */
function ageOf({ at, ref }: { readonly at: number; readonly ref: string }): string {
  return `${String(at).padStart(15, '0')} ${ref}`
}

/**
 * Covers the handle's identities and the devices linked only to them. Disclosures found by device are included, except in a
 * copy with proofs, which is verified with the subject's own keys.
 */
async function statementFor(
  deps: ControlDeps,
  call: 'readDisclosures' | 'exportSubject',
  actor: string,
  handle: string,
  options: Pick<StatementRequest, 'after' | 'limit' | 'withProofs'>,
) {
  const named = keysOf(deps, handle)
  const { keys, otherAccounts } = await deps.choices.personOf(named, false)
  await deps.staffReads.record(call, actor, keys)
  const foundBy = options.withProofs !== true ? named.filter((key) => kindOfKey(key) !== 'user') : []
  return deps.rights.statement(keys, { channel: 'staff', otherAccounts, foundBy, seenBy: { call, actor }, ...options })
}
