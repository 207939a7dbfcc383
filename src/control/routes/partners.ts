/** `partners`: the live contracts; `stop`: the stop switches for one or all partners. */
import { z } from 'zod'
import { shareInWords, termsInWords } from '../../diff/terms-in-words.ts'
import type { Actor } from '../../model/actor.ts'
import type { PartnerId } from '../../model/brand.ts'
import { type ContractPlan, PURPOSES, ROLES } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import type { ControlDeps } from '../deps.ts'
import { STOP_REASON } from '../free-text.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

/** Class → treatment; for `ip`, the pair of prefix lengths. */
const SHARE = z.record(z.string(), z.union([z.string(), z.array(z.int())]))
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
    events: z
      .record(z.string(), z.strictObject({ as: z.string(), properties: z.record(z.string(), z.string()) }))
      .describe('The app’s event name → the partner’s; source path → the partner’s name of the property.'),
    share: SHARE.describe('As in a contract.'),
    whenRestricted: z.strictObject({ send: z.string(), share: SHARE }),
    percent: z.int().optional().describe('Percentage of subjects in the staged rollout.'),
    until: z.iso.datetime().optional().describe('End of the staged rollout.'),
    stopped: z.boolean().describe('Stopped by an operator, individually or globally.'),
  })
  .describe('A live contract; secrets are references.')

const PARTNER_ID = z.strictObject({ id: z.string().regex(/^[a-z0-9_-]{1,64}$/) })
const RESUMING = 'Resuming is a widening: it requires the role approver, and is recorded before it takes effect.'
/** Loose: an unknown member must not prevent a stop. */
const STOP_BODY = z.looseObject({ stopped: z.boolean(), reason: STOP_REASON })
const STOP_ANSWER = z.strictObject({
  partner: z.string().describe('`all` for the global switch.'),
  stopped: z.boolean(),
  inForce: z.literal(true).describe('In force on every thread.'),
  workers: z
    .array(z.strictObject({ worker: z.int(), inForce: z.boolean() }))
    .describe('The data threads on which the switch is in force.'),
  durable: z.boolean().describe('False: in force, but a restart would lose it. Repair the disk and repeat the call.'),
  recorded: z.boolean().describe('False: in force, but could not be recorded in the ledger.'),
  everywhere: z
    .boolean()
    .describe(
      'False: in force here, but the database that the cells share does not answer, and other cells may still send.',
    ),
})
export type PartnerAnswer = z.output<typeof PARTNER>
export type StopAnswer = z.output<typeof STOP_ANSWER>

export const PARTNER_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/partners',
    id: 'listPartners',
    summary: 'Lists the live contracts, by id.',
    roles: ALL_STAFF,
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of contracts.', shape: pageShape(PARTNER).extend({ revision: z.int() }) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'all partners' }, { title: 'the first', query: { limit: '1' } }],
    handler:
      ({ revisions }) =>
      ({ query }) => {
        const { number, contracts } = revisions.current()
        const page = pageOf(contracts, ({ id }) => id, query)
        const items = page.items.map((contract) => partnerAnswer(contract, revisions.stopped(contract.id)))
        const stopped = contracts.map(({ id }) => (revisions.stopped(id) ? 1 : 0)).join('')
        return { body: { ...page, items, revision: number }, etag: `${number}.${stopped}` }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/partners/{id}',
    id: 'readPartner',
    summary: 'Returns a partner’s live contract. The ETag is the live revision.',
    roles: ALL_STAFF,
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
        const partner = partnerAnswer(contract, revisions.stopped(contract.id))
        const { number } = revisions.current()
        return { body: { revision: number, partner }, etag: `${number}${partner.stopped ? '.stopped' : ''}` }
      },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/partners/{id}/stop',
    id: 'stopPartner',
    tag: 'stop',
    summary: 'Stops or resumes one partner; in force on every thread when the call returns.',
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
    summary: 'Stops or resumes all partners; partners stopped individually stay stopped.',
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

/** Bounds are shown as share and end. */
function partnerAnswer(contract: ContractPlan, stopped: boolean) {
  const { bounds: _, share, whenRestricted, ...rest } = contract
  const { percent, until } = termsInWords(contract)
  return {
    ...rest,
    share: shareInWords(share),
    whenRestricted: { send: whenRestricted.send, share: shareInWords(whenRestricted.share) },
    ...(percent === undefined ? {} : { percent }),
    ...(until === undefined ? {} : { until }),
    stopped,
  }
}

function requireContract({ revisions }: ControlDeps, id: string): ContractPlan {
  const contract = revisions.current().contracts.find((candidate) => candidate.id === id)
  if (contract === undefined) throw new GatewayError('ERR_NOT_FOUND')
  return contract
}
