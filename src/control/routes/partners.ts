/** `partners`: the live contracts; `stop`: one partner, or all, at once. */
import { z } from 'zod'
import type { Actor } from '../../model/actor.ts'
import type { PartnerId } from '../../model/brand.ts'
import { type ContractPlan, PURPOSES, ROLES } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import type { ControlDeps } from '../deps.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const PARTNER = z
  .looseObject({
    id: z.string(),
    name: z.string(),
    type: z.string(),
    role: z.enum(ROLES),
    purposes: z.array(z.enum(PURPOSES)),
    countries: z.array(z.string()),
    contact: z.string(),
    apps: z.array(z.string()),
    stopped: z.boolean().describe('Stopped by an operator, alone or with all.'),
  })
  .describe('A live contract, compiled; secrets are references.')

const PARTNER_ID = z.strictObject({ id: z.string().regex(/^[a-z0-9_-]{1,64}$/) })
const RESUMING = 'Resuming lets more leave: it needs the role approver, and is recorded before it takes effect.'
/** Words, not sentences: they stand in the ledger, which holds nothing that could name a person. */
const STOP_REASONS = ['incident', 'privacy_request', 'contract', 'maintenance', 'unsaid'] as const
const STOP_BODY = z.strictObject({ stopped: z.boolean(), reason: z.enum(STOP_REASONS).default('unsaid') })
const STOP_ANSWER = z.strictObject({
  partner: z.string().describe('`all` for the global switch.'),
  stopped: z.boolean(),
  inForce: z.literal(true).describe('On every thread: it was before this answer.'),
  workers: z
    .array(z.strictObject({ worker: z.int(), inForce: z.boolean() }))
    .describe('Each data thread: nothing that ignores the switch begins on it.'),
  durable: z.boolean().describe('False: in force, but a restart would forget it. Mend the disk and say it again.'),
  recorded: z.boolean().describe('False: in force, but the ledger could not be told.'),
})

export const PARTNER_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/partners',
    id: 'listPartners',
    tag: 'partners',
    summary: 'Lists the live contracts, by id.',
    roles: ALL_STAFF,
    effect: 'reads',
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of contracts.', shape: pageShape(PARTNER).extend({ revision: z.int() }) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'all partners' }, { title: 'the first', query: { limit: '1' } }],
    handler:
      ({ revisions }) =>
      ({ query }) => {
        const { number, contracts } = revisions.current()
        const page = pageOf(contracts, ({ id }) => id, query)
        const items = page.items.map((contract) => ({ ...contract, stopped: revisions.stopped(contract.id) }))
        const stopped = contracts.map(({ id }) => (revisions.stopped(id) ? 1 : 0)).join('')
        return { body: { ...page, items, revision: number }, etag: `${number}.${stopped}` }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/partners/{id}',
    id: 'readPartner',
    tag: 'partners',
    summary: 'Says what a partner’s live contract is. The ETag is the live revision.',
    roles: ALL_STAFF,
    effect: 'reads',
    params: PARTNER_ID,
    answers: {
      200: { says: 'The contract.', shape: z.strictObject({ revision: z.int(), partner: PARTNER }) },
    },
    errors: ['ERR_NOT_FOUND'],
    examples: [
      { title: 'a contract', params: { id: 'northwind' } },
      { title: 'one that is not there', params: { id: 'nobody' }, status: 404 },
    ],
    handler:
      (deps) =>
      ({ params }) => {
        const { revisions } = deps
        const contract = requireContract(deps, params.id)
        const partner = { ...contract, stopped: revisions.stopped(contract.id) }
        const { number } = revisions.current()
        return { body: { revision: number, partner }, etag: `${number}${partner.stopped ? '.stopped' : ''}` }
      },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/partners/{id}/stop',
    id: 'stopPartner',
    tag: 'stop',
    summary: 'Stops or resumes one partner; in force on every thread when it answers.',
    notes: RESUMING,
    roles: ['editor', 'approver', 'privacy_officer'],
    effect: 'stops',
    effectOf: ({ body }) => (body.stopped ? 'stops' : 'acts'),
    rolesOf: ({ body }) => (body.stopped ? ['editor', 'approver', 'privacy_officer'] : ['approver']),
    params: PARTNER_ID,
    body: STOP_BODY,
    answers: { 200: { says: 'In force.', shape: STOP_ANSWER } },
    errors: ['ERR_NOT_FOUND', 'ERR_LEDGER_UNAVAILABLE', 'ERR_STOP_UNCONFIRMED'],
    examples: [
      { title: 'stop', params: { id: 'northwind' }, body: { stopped: true } },
      { title: 'resume', params: { id: 'northwind' }, body: { stopped: false } },
    ],
    facts: ({ params, body }) => ({ partner: params.id, stopped: body.stopped ? 1 : 0, reason: body.reason }),
    handler:
      (deps) =>
      async ({ params, body, actor }) =>
        stopAnswer(deps, requireContract(deps, params.id).id, body, actor),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/stop',
    id: 'stopAll',
    tag: 'stop',
    summary: 'Stops or resumes every partner at once; partners stopped one by one stay stopped.',
    notes: RESUMING,
    roles: ['editor', 'approver', 'privacy_officer'],
    effect: 'stops',
    effectOf: ({ body }) => (body.stopped ? 'stops' : 'acts'),
    rolesOf: ({ body }) => (body.stopped ? ['editor', 'approver', 'privacy_officer'] : ['approver']),
    body: STOP_BODY,
    answers: { 200: { says: 'In force.', shape: STOP_ANSWER } },
    errors: ['ERR_LEDGER_UNAVAILABLE', 'ERR_STOP_UNCONFIRMED'],
    examples: [
      { title: 'stop everything', body: { stopped: true } },
      { title: 'go on', body: { stopped: false } },
    ],
    facts: ({ body }) => ({ partner: 'all', stopped: body.stopped ? 1 : 0, reason: body.reason }),
    handler:
      (deps) =>
      async ({ body, actor }) =>
        stopAnswer(deps, 'all', body, actor),
  }),
]

async function stopAnswer(
  deps: ControlDeps,
  partner: PartnerId | 'all',
  { stopped, reason }: z.output<typeof STOP_BODY>,
  { id }: Actor,
) {
  const written = await deps.stop(partner, stopped, { author: id, reason })
  return { body: { partner, stopped, inForce: true as const, ...written } }
}

function requireContract({ revisions }: ControlDeps, id: string): ContractPlan {
  const contract = revisions.current().contracts.find((candidate) => candidate.id === id)
  if (contract === undefined) throw new GatewayError('ERR_NOT_FOUND')
  return contract
}
