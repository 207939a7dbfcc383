/** Staff and a person's choices: look an identity up once, then work with an opaque handle. No identity in a URL. */
import { z } from 'zod'
import { parseIdentities } from '../../choices/identities-body.ts'
import { CHOICE_BODY, renderChoices, statementOf } from '../../choices/statement.ts'
import type { Handle, IdentityKey } from '../../model/brand.ts'
import { CHANNELS } from '../../model/choice.ts'
import { GatewayError } from '../../model/errors.ts'
import { IDENTITY_KINDS } from '../../model/event.ts'
import { DIMENSIONS, type Dimension } from '../../model/signal.ts'
import type { ControlDeps } from '../deps.ts'
import { type Route, route } from '../route.ts'

// Sound: the keys of an object that this project wrote.
const DIMENSION = z.enum(Object.keys(DIMENSIONS) as [Dimension, ...Dimension[]])
const SAID = z.enum(['deny', 'allow']).optional()

const CHOICES = z.strictObject({
  opt_out: z.boolean().describe('True where sale, sharing and targeted advertising are all denied.'),
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
        kind: z.string().describe('The choice, or the signal that sticks.'),
        denies: z.array(DIMENSION),
        permits: z.array(DIMENSION),
        child: z.boolean(),
        channel: z.enum(CHANNELS),
        said_by: z.string(),
        at: z.iso.datetime(),
      }),
    )
    .describe('Newest first.'),
})

export const HANDLE = z.strictObject({
  handle: z.string().min(1).max(200).describe('From `subjects/lookup`; opaque, good for an hour.'),
})
const LOOKUP_BODY = z.strictObject({
  identities: z.strictObject(
    Object.fromEntries(IDENTITY_KINDS.map((kind) => [kind, z.string().min(1).max(512).optional()])),
  ),
})

export const SUBJECT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/subjects/lookup',
    id: 'lookUpSubject',
    tag: 'subjects',
    summary: 'Turns identities into an opaque handle, and says what stands for them.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    body: LOOKUP_BODY,
    answers: { 200: { says: 'The handle.', shape: CHOICES.extend({ handle: z.string() }) } },
    errors: ['ERR_IDENTITY_INVALID'],
    examples: [
      {
        title: 'a user who wrote to us',
        body: { identities: { user: 'u-42' } },
        keeps: { handle: 'handle' },
      },
    ],
    handler:
      ({ choices }) =>
      ({ body }) => {
        const identities = parseIdentities(body.identities)
        if (identities.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'identities' })
        const keys = identities.map((identity) => choices.keyOf(identity))
        return { body: { handle: choices.handleFor(keys), ...renderChoices(choices.list(keys)) } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/subjects/{handle}/choices',
    id: 'readChoices',
    tag: 'subjects',
    summary: 'Says what a person has chosen, and what their devices have signalled.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: HANDLE,
    answers: { 200: { says: 'What stands.', shape: CHOICES } },
    errors: ['ERR_HANDLE_UNKNOWN'],
    examples: [{ title: 'what stands', params: { handle: '$handle' } }],
    handler:
      (deps) =>
      ({ params }) => ({ body: renderChoices(deps.choices.list(keysOf(deps, params.handle))) }),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/subjects/{handle}/choices',
    id: 'stateChoice',
    tag: 'subjects',
    summary: 'Records what a person told us; in force on every thread when it answers.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: HANDLE,
    body: CHOICE_BODY,
    answers: { 200: { says: 'What stands now.', shape: CHOICES } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_CHOICES_UNAVAILABLE', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'opt out of everything', params: { handle: '$handle' }, body: { opt_out: true } }],
    handler:
      (deps) =>
      async ({ params, body }) => {
        const { choices, stateChoice, now } = deps
        const keys = keysOf(deps, params.handle)
        await stateChoice(keys, statementOf(body, { channel: 'staff', saidBy: 'staff', at: now() }))
        return { body: renderChoices(choices.list(keys)) }
      },
  }),
]

/** The keys behind a handle. Throws `ERR_HANDLE_UNKNOWN`. */
export function keysOf({ choices }: ControlDeps, handle: string): readonly IdentityKey[] {
  const keys = choices.keysOf(handle as Handle)
  if (keys === undefined) throw new GatewayError('ERR_HANDLE_UNKNOWN')
  return keys
}
