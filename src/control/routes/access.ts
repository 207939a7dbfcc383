/** `access`: tokens, and the list that resolves the audit trail's actors. */
import { z } from 'zod'
import { STAFF_ROLES } from '../../model/actor.ts'
import { GatewayError } from '../../model/errors.ts'
import { TOKEN_NAME, TOKEN_ROLES } from '../access/named-tokens.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const ACTOR_ID = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe('Identifier in the audit trail.'),
})
const ACTOR = z.strictObject({
  id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  name: z.string().optional().describe('Only if `name_claim` is configured.'),
  since: z.int().describe('First seen, epoch milliseconds.'),
})

const NAMED_TOKEN = z.strictObject({
  name: z.string(),
  roles: z.array(z.enum(STAFF_ROLES)),
  since: z.int().describe('Epoch milliseconds.'),
})

export const ACCESS_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/me',
    id: 'readMe',
    summary: 'Returns the caller’s identity and roles.',
    roles: ALL_STAFF,
    answers: {
      200: { says: 'The caller.', shape: z.strictObject({ id: z.string(), roles: z.array(z.enum(STAFF_ROLES)) }) },
    },
    errors: [],
    examples: [{ title: 'who am I' }],
    handler:
      () =>
      ({ actor: { id, roles } }) => ({ body: { id, roles } }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/actors',
    id: 'listActors',
    summary: 'Lists the actors of the audit trail.',
    roles: ['privacy_officer', 'auditor'],
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of actors.', shape: pageShape(ACTOR) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'everyone who has called' }],
    handler:
      ({ actors }) =>
      ({ query }) => ({ body: pageOf(actors.list(), ({ id }) => id, query) }),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/actors/{id}',
    id: 'forgetActor',
    summary: 'Removes an actor from the list: their records stay, without a name.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: ACTOR_ID,
    answers: { 200: { says: 'Removed.', shape: z.strictObject({ forgotten: z.literal(true) }) } },
    errors: ['ERR_NOT_FOUND'],
    examples: [{ title: 'one who never called', params: { id: '0'.repeat(32) }, status: 404 }],
    facts: ({ params }) => ({ forgotten: params.id }),
    handler:
      ({ actors }) =>
      async ({ params }) => {
        if (!(await actors.forget(params.id))) throw new GatewayError('ERR_NOT_FOUND')
        return { body: { forgotten: true as const } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/access/tokens',
    id: 'listTokens',
    summary: 'Lists the named local tokens, without their values.',
    roles: ['approver', 'privacy_officer', 'auditor'],
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of tokens.', shape: pageShape(NAMED_TOKEN) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'all of them' }],
    handler:
      ({ tokens }) =>
      ({ query }) => ({ body: pageOf(tokens.list(), ({ name }) => name, query) }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/access/tokens',
    id: 'addToken',
    summary: 'Creates a named token, so that two people can work without an issuer.',
    notes:
      'Requires the bootstrap token. One name is one person: a new token of the same name is the same author and approver. The token is shown in this answer only.',
    roles: ['approver'],
    effect: 'acts',
    secret: true,
    body: z.strictObject({ name: TOKEN_NAME, roles: TOKEN_ROLES }),
    answers: {
      201: {
        says: 'The token.',
        shape: z.strictObject({
          name: z.string(),
          id: z.string().describe('Identifier of the person in the audit trail.'),
          token: z.string(),
        }),
      },
    },
    errors: ['ERR_BOOTSTRAP_ONLY', 'ERR_TOKEN_NAME_TAKEN', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'a second person', body: { name: 'ben', roles: ['approver'] }, status: 201 }],
    facts: ({ body }) => ({ gives: body.roles.join(' ') }),
    handler:
      ({ access, ledger, now }) =>
      async ({ body: { name, roles }, actor }) => {
        const { id, token } = await access.addToken(actor, name, roles, async (reference) => {
          const facts = { token: reference, gives: roles.join(' ') }
          await ledger.append([{ kind: 'control', time: now(), action: 'token_added', facts }])
        })
        return { status: 201, body: { name, id, token } }
      },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/access/tokens/{name}',
    id: 'removeToken',
    summary: 'Revokes a named token immediately; requires the bootstrap token.',
    roles: ['approver'],
    effect: 'acts',
    params: z.strictObject({ name: TOKEN_NAME }),
    answers: { 200: { says: 'Revoked.', shape: z.strictObject({ removed: z.string() }) } },
    errors: ['ERR_BOOTSTRAP_ONLY', 'ERR_NOT_FOUND', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'they left', params: { name: 'ben' } }],
    handler:
      ({ access, ledger, now }) =>
      async ({ params: { name }, actor }) => {
        const removed = await access.removeToken(actor, name)
        if (removed === undefined) throw new GatewayError('ERR_NOT_FOUND')
        const facts = { token: removed.id }
        await ledger.append([{ kind: 'control', time: now(), action: 'token_removed', facts }])
        return { body: { removed: name } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/access/bootstrap-token/rotate',
    id: 'rotateBootstrapToken',
    summary: 'Replaces the bootstrap token and revokes the old one; requires the bootstrap token.',
    notes: 'The new token is shown in this answer only.',
    roles: ['approver'],
    effect: 'acts',
    secret: true,
    answers: { 200: { says: 'The new token.', shape: z.strictObject({ token: z.string() }) } },
    errors: ['ERR_BOOTSTRAP_ONLY'],
    examples: [{ title: 'a new token', keeps: { token: 'token' } }],
    handler:
      ({ access }) =>
      async ({ actor }) => ({ body: { token: await access.rotateBootstrapToken(actor) } }),
  }),
]
