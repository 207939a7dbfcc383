/** Erasure by staff who verified the requester: preview, erasure, and devices kept against fraud. */
import { z } from 'zod'
import { kindOfKey } from '../../choices/identity.ts'
import { IDENTITY_KINDS } from '../../model/event.ts'
import { type Route, route } from '../route.ts'
import { RECEIPT } from './case-shape.ts'
import { HANDLE, keysOf } from './subjects.ts'

export const ERASED = z.strictObject({
  erasure: z.string().describe('Id in this answer only; never recorded.'),
  at: z.iso.datetime(),
  identities: z.int().min(1).describe('The subject’s, including identities linked to this subject only.'),
  keys_destroyed: z.int().min(0),
  keys_overwritten: z
    .literal(false)
    .optional()
    .describe('While another program reads the file: the bytes are overwritten when it closes the file.'),
  pairs_ended: z.int().min(0).describe('Pairs pending in the intake; pairs in delivery end `erased` as well.'),
  shared_devices_left: z.int().min(0).describe('Devices that another account uses too; kept unless requested.'),
  other_accounts_left: z.int().min(0).describe('Other accounts linked to these identities; erased only if named.'),
  recipients: z
    .array(
      z.strictObject({
        partner: z.string(),
        name: z.string(),
        contact: z.string(),
        privacy_policy: z.string(),
        disclosures: z.int().min(1),
        deletion: z.string().optional(),
        told: z
          .array(z.strictObject({ state: z.string(), why: z.string().optional() }))
          .optional()
          .describe('Its deletion notices, one per identifier.'),
      }),
    )
    .describe(
      'Recipients to notify (GDPR Art. 19). Those with `told` get notices from the gateway. Within 90 days, the answer can be fetched again with updates.',
    ),
  missing: z
    .array(z.string())
    .optional()
    .describe(
      'Cells that did not answer: their recipients, or the states of their notices, are missing. Ask again by `code`.',
    ),
  unfinished: z
    .array(z.string())
    .optional()
    .describe('Cells that have not done their part yet; each does so before it sends.'),
  despite_holds: z
    .array(z.string())
    .optional()
    .describe('Holds that keep records, which no longer identify the subject.'),
  code: z.string().optional().describe('For the subject: returns this answer again (`POST /v1/me/erasure/answer`).'),
})

const FORESEEN = z.strictObject({
  identities: z
    .array(z.strictObject({ kind: z.enum(IDENTITY_KINDS), count: z.int().min(1) }))
    .describe('The subject’s, including identities linked to this subject only.'),
  keys: z.int().min(0).describe('Subject keys that would be destroyed.'),
  shared_devices: z.int().min(0).describe('Devices that another account uses too and that would be kept.'),
  other_accounts: z.int().min(0).describe('Accounts linked to these identities that would be kept.'),
  asks_about_accounts: z.boolean().describe('The erasure requires `accounts`.'),
  holds: z.array(z.string()).describe('Ids of legal holds on the subject’s records: the erasure would be refused.'),
  recipients: ERASED.shape.recipients,
  missing: z.array(z.string()).optional().describe('Cells that did not answer: what they hold is not included.'),
})

export const ERASURE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/erasure',
    id: 'foreseeErasure',
    summary: 'Previews an erasure: what is destroyed, what stays, what prevents it, and whom to notify.',
    notes: 'Changes nothing. Later events are not included.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    query: z.strictObject({
      with_shared_devices: z
        .enum(['true', 'false'])
        .default('false')
        .transform((text) => text === 'true'),
      accounts: z.enum(['include', 'leave']).optional(),
    }),
    answers: { 200: { says: 'The preview.', shape: FORESEEN } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_CHOICES_UNAVAILABLE', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'before it is done', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      async ({ params, query, actor }) => {
        const named = keysOf(deps, params.handle)
        await deps.staffReads.record('foreseeErasure', actor.id, named)
        const { accounts, with_shared_devices: withShared } = query
        const foreseen = await deps.rights.foresee(named, { withShared, ...(accounts && { accounts }) })
        const kinds = Map.groupBy(foreseen.identities, kindOfKey)
        return {
          body: {
            identities: [...kinds].map(([kind, { length: count }]) => ({ kind, count })),
            keys: foreseen.keys,
            shared_devices: foreseen.sharedDevices,
            other_accounts: foreseen.otherAccounts,
            asks_about_accounts: foreseen.asksAboutAccounts,
            holds: foreseen.holds,
            recipients: foreseen.recipients,
            ...(foreseen.missing.length === 0 ? {} : { missing: foreseen.missing }),
          },
        }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/subjects/{handle}/erasure',
    id: 'eraseSubject',
    summary: 'Erases a subject: destroys their keys, cancels pending pairs, opts them out, and lists whom to notify.',
    notes:
      'Cannot be undone. Existing proofs stay valid. Refused while a legal hold keeps records about the subject, unless `despite_holds` is set.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: HANDLE,
    body: z.strictObject({
      confirm: z.literal('erase'),
      with_shared_devices: z.boolean().default(false).describe('Includes devices that another account uses too.'),
      despite_holds: z
        .boolean()
        .default(false)
        .describe('Erases despite legal holds: the held records no longer identify the subject.'),
      accounts: z
        .enum(['include', 'leave'])
        .optional()
        .describe('Whether to include accounts linked to a device; required if no account is named.'),
    }),
    answers: { 200: { says: 'Erased.', shape: ERASED.extend({ receipt: RECEIPT }) } },
    errors: [
      'ERR_HANDLE_UNKNOWN',
      'ERR_LEGAL_HOLD',
      'ERR_OWNER_UNAVAILABLE',
      'ERR_ACCOUNTS_LINKED',
      'ERR_CHOICES_UNAVAILABLE',
      'ERR_INTAKE_UNAVAILABLE',
      'ERR_LEDGER_UNAVAILABLE',
    ],
    examples: [{ title: 'erase', params: { handle: '$handle' }, body: { confirm: 'erase' } }],
    facts: ({ body }) => ({
      with_shared_devices: body.with_shared_devices ? 1 : 0,
      despite_holds: body.despite_holds ? 1 : 0,
    }),
    handler:
      (deps) =>
      async ({ params, body }) => {
        const erased = await deps.rights.erase(keysOf(deps, params.handle), {
          channel: 'staff',
          withShared: body.with_shared_devices,
          despiteHolds: body.despite_holds,
          ...(body.accounts === undefined ? {} : { accounts: body.accounts }),
        })
        return { body: { ...erased, receipt: await deps.receipts.issue('erase', []) } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/fraud-retention',
    id: 'readFraudRetention',
    summary: 'Reports until when a device is kept against fraud after its owner’s erasure.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    answers: { 200: { says: 'The time, if any.', shape: z.strictObject({ kept_until: z.iso.datetime().nullable() }) } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_CHOICES_UNAVAILABLE'],
    examples: [{ title: 'is it kept', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      async ({ params, actor }) => {
        const keys = keysOf(deps, params.handle)
        await deps.staffReads.record('readFraudRetention', actor.id, keys)
        const until = await deps.choices.keptForFraud(keys, deps.now())
        return { body: { kept_until: until === undefined ? null : new Date(until).toISOString() } }
      },
  }),
]
