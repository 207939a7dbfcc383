/** A person's rights, by staff who verified who asks: who received what, a copy to take along, and erasure. */
import { z } from 'zod'
import type { IdentityKey } from '../../model/brand.ts'
import type { ControlDeps } from '../deps.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { type Route, route } from '../route.ts'
import { HANDLE, keysOf } from './subjects.ts'

/** Open requests of other companies that one call looks at. */
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
  deletion: z.string().optional().describe('The partner’s own way to be asked for deletion.'),
})
const DISCLOSURE = z.strictObject({
  id: z.string(),
  seq: z.int().min(0).describe('Number of the record in the ledger.'),
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
  proof: z.string().optional().describe('A tlog-proof of them.'),
  value: z.string().optional().describe('The request as it was sent, where values are kept.'),
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
  next: z.int().optional().describe('Give it as `after` for the rest.'),
  keys: z.array(z.strictObject({ epoch: z.int(), key: z.string() })).optional(),
})
const AFTER = z.strictObject({ after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional() })

const ERASED = z.strictObject({
  erasure: z.string().describe('Names it in the ledger.'),
  at: z.iso.datetime(),
  identities: z.int().min(1).describe('Of the person, those linked to them alone included.'),
  keys_destroyed: z.int().min(0),
  pairs_ended: z
    .int()
    .min(0)
    .describe('Pairs that waited in the intake; those on their way to a partner end `erased` beside it.'),
  shared_devices_left: z.int().min(0).describe('Devices that another account uses too; left alone unless asked for.'),
  other_accounts_left: z.int().min(0).describe('Other accounts linked to these identities; name them to erase them.'),
  recipients: z
    .array(
      z.strictObject({
        partner: z.string(),
        name: z.string(),
        contact: z.string(),
        privacy_policy: z.string(),
        disclosures: z.int().min(1),
        deletion: z.string().optional(),
      }),
    )
    .describe('Whom to notify (GDPR Art. 19). Nothing is sent by itself.'),
})

const DELETION_REQUEST = z.strictObject({
  ref: z.string().describe('Names it in the ledger.'),
  issuer: z.string(),
  at: z.iso.datetime(),
  handle: z.string().describe('Of whom it is about; good for an hour.'),
})

export const RIGHTS_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/disclosures',
    id: 'readDisclosures',
    tag: 'subjects',
    summary: 'A person’s statement: who received what, when, why, under which revision.',
    notes: 'Covers the identities of the handle and the devices that are linked to them alone. Is itself on record.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    query: AFTER,
    answers: { 200: { says: 'The statement.', shape: STATEMENT } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'who received what', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      async ({ params, query }) => ({
        body: await deps.rights.statement(await personOf(deps, params.handle), { channel: 'staff', ...given(query) }),
      }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/export',
    id: 'exportSubject',
    tag: 'subjects',
    summary: 'The same to take along: with records, proofs, values where they are kept, and the person’s own keys.',
    notes: 'Whoever holds the keys can tell which records are about the person: hand them to nobody else.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    query: AFTER,
    answers: { 200: { says: 'The statement.', shape: STATEMENT } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'a copy with proofs', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      async ({ params, query }) => ({
        body: await deps.rights.statement(await personOf(deps, params.handle), {
          channel: 'staff',
          withProofs: true,
          ...given(query),
        }),
      }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/subjects/{handle}/erasure',
    id: 'eraseSubject',
    tag: 'subjects',
    summary: 'Erases a person: destroys their keys, ends what waits, opts them out, and lists whom to notify.',
    notes: 'Cannot be undone. Every proof that was made stays valid. Asking again finds nothing.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: HANDLE,
    body: z.strictObject({
      confirm: z.literal('erase'),
      with_shared_devices: z.boolean().default(false).describe('Takes devices in that another account uses too.'),
    }),
    answers: { 200: { says: 'Erased, in every file.', shape: ERASED } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_CHOICES_UNAVAILABLE', 'ERR_INTAKE_UNAVAILABLE', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'erase', params: { handle: '$handle' }, body: { confirm: 'erase' } }],
    facts: ({ body }) => ({ with_shared_devices: body.with_shared_devices ? 1 : 0 }),
    handler:
      (deps) =>
      async ({ params, body }) => ({
        body: await deps.rights.erase(keysOf(deps, params.handle), {
          channel: 'staff',
          withShared: body.with_shared_devices,
        }),
      }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/fraud-retention',
    id: 'readFraudRetention',
    tag: 'subjects',
    summary: 'Says whether a device is kept against fraud after its owner was erased, and until when.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    answers: { 200: { says: 'What is kept.', shape: z.strictObject({ kept_until: z.iso.datetime().nullable() }) } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_CHOICES_UNAVAILABLE'],
    examples: [{ title: 'is it kept', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      async ({ params }) => {
        const until = await deps.choices.keptForFraud(keysOf(deps, params.handle), deps.now())
        return { body: { kept_until: until === undefined ? null : new Date(until).toISOString() } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/deletion-requests',
    id: 'listDeletionRequests',
    tag: 'subjects',
    summary:
      'Other companies’ deletion requests that wait for staff, oldest first; an erasure of the person settles them.',
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
        const items = page.items.map(({ ref, issuer, at, key }) => ({
          ref,
          issuer,
          at: new Date(at).toISOString(),
          handle: choices.handleFor([key]),
        }))
        return { body: { ...page, items } }
      },
  }),
]

/** Sorts by age; unique. */
function ageOf({ at, ref }: { readonly at: number; readonly ref: string }): string {
  return `${String(at).padStart(15, '0')} ${ref}`
}

/** The handle's identities and the devices that are linked to them alone. */
async function personOf(deps: ControlDeps, handle: string): Promise<readonly IdentityKey[]> {
  return (await deps.choices.personOf(keysOf(deps, handle), false)).keys
}

function given({ after }: { readonly after?: number | undefined }): { readonly after?: number } {
  return after === undefined ? {} : { after }
}
