/** Subjects' choices for staff: look up an identity once, then use its opaque handle. No identity appears in a URL. */
import { z } from 'zod'
import { parseIdentities } from '../../choices/named.ts'
import { findNamespace } from '../../choices/namespaces.ts'
import { CHOICE_BODY, renderChoices, statementOf } from '../../choices/statement.ts'
import type { Handle, IdentityKey } from '../../model/brand.ts'
import { CHANNELS } from '../../model/choice.ts'
import { PURPOSES } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { IDENTITY_KINDS } from '../../model/event.ts'
import { DIMENSIONS, type Dimension } from '../../model/signal.ts'
import { verbOf } from '../../subjects/receipts.ts'
import type { ControlDeps } from '../deps.ts'
import { type Route, route } from '../route.ts'
import { RECEIPT } from './case-shape.ts'

// Sound: the keys of an object that this project wrote.
const DIMENSION = z.enum(Object.keys(DIMENSIONS) as [Dimension, ...Dimension[]])
const SAID = z.enum(['deny', 'allow']).optional()

const CHOICES = z.strictObject({
  opt_out: z.boolean().describe('True if sale, sharing and targeted advertising are all denied.'),
  choices: z.strictObject({
    sale: SAID,
    sharing: SAID,
    targeted_advertising: SAID,
    precise_location: SAID,
    child: z.literal(true).optional(),
  }),
  statements: z
    .array(
      z.strictObject({
        kind: z.string().describe('The choice, or the sticky signal.'),
        denies: z.array(DIMENSION),
        permits: z.array(DIMENSION),
        purposes: z.array(z.enum(PURPOSES)).optional().describe('Denied explicitly, for service providers as well.'),
        child: z.boolean(),
        channel: z.enum(CHANNELS),
        said_by: z.string(),
        at: z.iso.datetime(),
      }),
    )
    .describe('Newest first.'),
})

export const HANDLE = z.strictObject({
  handle: z.string().min(1).max(400).describe('From `subjects/lookup`; opaque, valid for an hour.'),
})
const LEFT_OUT = z
  .array(
    z.strictObject({
      kind: z.enum(IDENTITY_KINDS),
      why: z
        .enum(['placeholder', 'form'])
        .describe('`placeholder`: identifies nobody. `form`: not a value of its kind.'),
      allowed: z.string().describe('Format of a value of this kind.'),
    }),
  )
  .optional()
  .describe('Identities that identify nobody; the answer covers the others.')
const LOOKUP_BODY = z.strictObject({
  identities: z.strictObject(
    Object.fromEntries(IDENTITY_KINDS.map((kind) => [kind, z.string().min(1).max(512).optional()])),
  ),
  namespace: z.string().min(1).max(64).optional().describe('Of a user id; required if apps use several.'),
})

export const SUBJECT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/subjects/lookup',
    id: 'lookUpSubject',
    summary: 'Exchanges identities for an opaque handle and their choices.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    body: LOOKUP_BODY,
    answers: {
      200: {
        says: 'The handle.',
        shape: CHOICES.extend({
          handle: z.string(),
          left_out: LEFT_OUT,
          other_accounts: z.int().min(0).describe('Accounts linked to these identities that were not searched.'),
        }),
      },
    },
    errors: ['ERR_IDENTITY_INVALID'],
    examples: [
      {
        title: 'a user who wrote to us',
        body: { identities: { user: 'u-42' } },
        keeps: { handle: 'handle' },
      },
    ],
    handler:
      ({ choices, revisions, staffReads }) =>
      async ({ body, actor }) => {
        const found = findNamespace(revisions.current().apps, body.namespace)
        if (!found.ok && (body.namespace !== undefined || body.identities.user !== undefined)) {
          throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'namespace', allowed: found.known })
        }
        const { identities, leftOut } = parseIdentities(body.identities, found.ok ? found.of : undefined)
        if (identities.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'identities' })
        const keys = identities.flatMap((identity) => choices.keysFor(identity))
        await staffReads.record('lookUpSubject', actor.id, keys)
        const left = leftOut.length === 0 ? {} : { left_out: leftOut }
        const { otherAccounts } = await choices.personOf(keys, false)
        const handle = choices.handleFor(keys)
        return { body: { handle, other_accounts: otherAccounts, ...left, ...renderChoices(await choices.list(keys)) } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/choices',
    id: 'readChoices',
    summary: 'Returns a subject’s choices and their devices’ signals.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    answers: { 200: { says: 'The current choices.', shape: CHOICES } },
    errors: ['ERR_HANDLE_UNKNOWN'],
    examples: [{ title: 'what stands', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      async ({ params, actor }) => {
        const keys = keysOf(deps, params.handle)
        await deps.staffReads.record('readChoices', actor.id, keys)
        return { body: renderChoices(await deps.choices.list(keys)) }
      },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/subjects/{handle}/choices',
    id: 'stateChoice',
    summary: 'Records a subject’s choice; in force on every thread when the call returns.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: HANDLE,
    body: CHOICE_BODY,
    answers: {
      200: {
        says: 'The current choices.',
        shape: CHOICES.extend({
          receipt: RECEIPT,
          case: z.string().optional().describe('For a child: the case that lists the recipients.'),
        }),
      },
    },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_CHOICES_UNAVAILABLE', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'opt out of everything', params: { handle: '$handle' }, body: { opt_out: true } }],
    handler:
      (deps) =>
      async ({ params, body, actor }) => {
        const { choices, stateChoice, receipts, desk, now } = deps
        const keys = keysOf(deps, params.handle)
        const statement = statementOf(body, { channel: 'staff', saidBy: 'staff', at: now() })
        await stateChoice(keys, statement)
        const opened = statement.child
          ? await desk.openOnce({ kind: 'child', who: keys, by: 'person', through: 'staff', actor: actor.id })
          : undefined
        const receipt = await receipts.issue(verbOf(statement), [])
        const child = opened === undefined ? {} : { case: opened.id }
        return { body: { ...renderChoices(await choices.list(keys)), receipt, ...child } }
      },
  }),
]

/** The keys behind a handle. Throws `ERR_HANDLE_UNKNOWN`. */
export function keysOf({ choices }: ControlDeps, handle: string): readonly IdentityKey[] {
  const keys = choices.keysOf(handle as Handle)
  if (keys === undefined) throw new GatewayError('ERR_HANDLE_UNKNOWN')
  return keys
}
