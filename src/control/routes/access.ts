/** `access`: the bootstrap token and the list that says who the actors of the audit trail are. */
import { z } from 'zod'
import { STAFF_ROLES } from '../../model/actor.ts'
import { GatewayError } from '../../model/errors.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const ACTOR_ID = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe('As the audit trail names it.'),
})
const ACTOR = z.strictObject({
  id: z.string(),
  issuer: z.string(),
  subject: z.string(),
  name: z.string().optional().describe('Where `name_claim` is configured.'),
  since: z.int().describe('First seen, epoch milliseconds.'),
})

export const ACCESS_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/me',
    id: 'readMe',
    tag: 'access',
    summary: 'Says who you are to Sluice, and in which roles.',
    roles: ALL_STAFF,
    effect: 'reads',
    answers: {
      200: { says: 'You.', shape: z.strictObject({ id: z.string(), roles: z.array(z.enum(STAFF_ROLES)) }) },
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
    tag: 'access',
    summary: 'Says who the actors of the audit trail are.',
    roles: ['privacy_officer', 'auditor'],
    effect: 'reads',
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
    tag: 'access',
    summary: 'Takes an actor out of the list: their records stay, and no longer say who it was.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: ACTOR_ID,
    answers: { 200: { says: 'Forgotten.', shape: z.strictObject({ forgotten: z.literal(true) }) } },
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
    method: 'POST',
    path: '/api/v1/access/bootstrap-token/rotate',
    id: 'rotateBootstrapToken',
    tag: 'access',
    summary: 'Makes a new bootstrap token and voids the old one; only the bootstrap token itself may.',
    notes: 'This answer is the only place where the new token is ever shown.',
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
