/** `simulate`: what would be sent to each partner, and why. Sends nothing. */
import { z } from 'zod'
import { FIELD_CLASSES, type FieldClass } from '../../model/field-class.ts'
import { ASKED_REVISION, COMPARE_BODY, SIMULATE_BODY } from '../../simulate/asked.ts'
import { CHANGES_OF_EVENT } from '../../simulate/compare.ts'
import { PERSONAS } from '../../simulate/personas.ts'
import { createSimulator } from '../../simulate/simulator.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const WHY = z.string().describe('The binding reason.')
const BECAUSE = z.string().describe('The reason in words.')
const VERDICT = z.looseObject({ words: z.array(z.string()) }).describe('The verdict on the subject’s data.')
const RESULT = z.enum(['item', 'withheld'])

const PARTNER = z.strictObject({
  partner: z.string(),
  name: z.string(),
  result: RESULT,
  why: WHY,
  because: BECAUSE,
  verdict: VERDICT,
  fields: z
    .record(
      z.string(),
      z.strictObject({
        treatment: z.string(),
        why: WHY,
        because: BECAUSE,
        received: z.unknown().optional(),
        sent: z.unknown().optional(),
      }),
    )
    .describe('Every field of the event or the contract, with the binding ceiling.'),
  view: z.looseObject({}).optional().describe('The treated event that the request is encoded from.'),
  item: z.string().optional().describe('The bytes that the ledger commits to.'),
  request: z
    .strictObject({ method: z.string(), url: z.string(), headers: z.record(z.string(), z.string()), body: z.string() })
    .optional()
    .describe('The exact request; `{{secret:…}}` is replaced on sending.'),
  hit: z.looseObject({}).optional().describe('The guard’s finding: a kind of value and a form.'),
})

const SIMULATED = z.strictObject({
  revision: z.int(),
  digest: z.string(),
  draft: z.boolean(),
  masked: z.boolean().describe('True if every value is a placeholder.'),
  at: z.string(),
  app: z.string(),
  event: z.string(),
  leaves: z
    .array(
      z.strictObject({
        path: z.string(),
        value: z.unknown(),
        classes: z.array(z.string()),
        signals: z.array(z.string()),
        kept: z.boolean(),
        note: z.string(),
      }),
    )
    .describe('The leaves of the event as received, with what reads each.'),
  fields: z.looseObject({}).describe('The stored fields, by class.'),
  decoded: z
    .array(
      z.strictObject({
        signal: z.string(),
        state: z.enum(['absent', 'valid', 'invalid']),
        problem: z.string().optional(),
        value: z.unknown().optional(),
      }),
    )
    .describe('Each signal as interpreted.'),
  verdict: VERDICT.optional(),
  partners: z.array(PARTNER),
})

const MATRIX = z.strictObject({
  revision: z.int(),
  draft: z.boolean(),
  partners: z.array(z.string()),
  rows: z.array(
    z.strictObject({
      state: z.string(),
      kind: z.enum(['said', 'law']),
      cells: z.array(
        z.strictObject({
          partner: z.string(),
          result: RESULT,
          why: WHY,
          because: BECAUSE,
          leaves: z.record(z.string(), z.string()).describe('What is sent, by class.'),
          reasons: z
            .record(z.string(), z.string())
            .describe('The reason, by class; empty if the whole event is withheld.'),
        }),
      ),
    }),
  ),
})

const SIDE = z.strictObject({ revision: z.int(), draft: z.boolean() })
const SENT = z.strictObject({ sent: z.boolean(), why: WHY })
const LIST = z.array(z.string())
const COMPARED = z.strictObject({
  before: SIDE,
  after: SIDE,
  partners: z.array(
    z.strictObject({
      partner: z.string(),
      change: z.enum(CHANGES_OF_EVENT),
      before: SENT,
      after: SENT,
      added: LIST,
      removed: LIST,
      finer: LIST,
      coarser: LIST,
      propertiesAdded: LIST,
      propertiesRemoved: LIST,
      treatments: z.record(z.string(), z.strictObject({ before: z.string(), after: z.string() })),
    }),
  ),
})

const WHO = z.strictObject({
  revision: z.int(),
  partners: z.array(
    z.strictObject({
      partner: z.string(),
      name: z.string(),
      events: LIST,
      apps: LIST,
      ever: z.boolean(),
      received: z.array(z.strictObject({ laws: LIST, places: LIST, treatment: z.string(), when: LIST })),
      never: z.array(z.strictObject({ laws: LIST, why: WHY, because: BECAUSE })),
    }),
  ),
})

const PURCHASE = {
  type: 'track',
  event: 'Order Completed',
  userId: 'u-42',
  context: { location: { country: 'US' } },
} as const
// Sound: the keys of the ladders are the classes.
const FIELD = z.enum(FIELD_CLASSES as [FieldClass, ...FieldClass[]])

export const SIMULATE_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/simulate',
    id: 'simulate',
    summary: 'Shows what each partner would receive of an event, byte for byte. Sends nothing.',
    notes:
      'The event is given in the call, a persona’s, or a recent one with every value replaced by a placeholder. Or it is a request of a partner’s own SDK (`relay`).',
    roles: ALL_STAFF,
    effect: 'reads',
    body: SIMULATE_BODY,
    answers: { 200: { says: 'The stages by partner.', shape: SIMULATED } },
    errors: [
      'ERR_SIMULATE_INVALID',
      'ERR_CONFIG_INVALID',
      'ERR_NOT_FOUND',
      'ERR_METHOD',
      'ERR_BODY_NOT_JSON',
      'ERR_RELAY_PEOPLE',
      'ERR_RELAY_SIZE',
    ],
    examples: [
      {
        title: 'a purchase after an opt-out',
        body: { app: 'messenger-ios', state: { choice: 'opted_out' }, event: PURCHASE },
      },
      { title: 'a child', body: { persona: 'child' } },
    ],
    handler: ({ simulation }) => {
      const simulator = createSimulator(simulation)
      return async ({ body }) => ({ body: await simulator.simulate(body) })
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/simulate/personas',
    id: 'listPersonas',
    summary: 'Lists the personas with their sample events.',
    roles: ALL_STAFF,
    answers: {
      200: {
        says: 'All of them.',
        shape: z.strictObject({ personas: z.array(z.strictObject({ id: z.string(), about: z.string() })) }),
      },
    },
    errors: [],
    examples: [{ title: 'the people' }],
    handler: () => () => ({ body: { personas: PERSONAS.map(({ id, about }) => ({ id, about })) } }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/simulate/matrix',
    id: 'simulateMatrix',
    summary: 'Shows one event for all partners, in every relevant state and under every law of the policy.',
    roles: ALL_STAFF,
    effect: 'reads',
    body: SIMULATE_BODY,
    answers: { 200: { says: 'One row per state, one cell per partner.', shape: MATRIX } },
    errors: ['ERR_SIMULATE_INVALID', 'ERR_CONFIG_INVALID'],
    examples: [{ title: 'everybody on an iPhone', body: { persona: 'ios-allowed' } }],
    handler: ({ simulation }) => {
      const simulator = createSimulator(simulation)
      return async ({ body }) => ({ body: await simulator.matrix(body) })
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/simulate/compare',
    id: 'simulateComparison',
    summary: 'Compares one event under two revisions, or under a draft and the live one.',
    roles: ALL_STAFF,
    effect: 'reads',
    body: COMPARE_BODY,
    answers: { 200: { says: 'The changes by partner.', shape: COMPARED } },
    errors: ['ERR_SIMULATE_INVALID', 'ERR_CONFIG_INVALID'],
    examples: [
      { title: 'the first revision and the live one', body: { persona: 'ios-allowed', before: { revision: 1 } } },
    ],
    handler: ({ simulation }) => {
      const simulator = createSimulator(simulation)
      return async ({ body }) => ({ body: await simulator.compare(body) })
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/simulate/who',
    id: 'simulateReceivers',
    summary: 'Reports which partners can receive a field, in which form, under which law and when.',
    roles: ALL_STAFF,
    effect: 'reads',
    body: ASKED_REVISION.safeExtend({ field: FIELD }),
    answers: { 200: { says: 'The answer by partner.', shape: WHO } },
    errors: ['ERR_SIMULATE_INVALID', 'ERR_CONFIG_INVALID'],
    examples: [{ title: 'the advertising id', body: { field: 'advertising_id' } }],
    handler: ({ simulation }) => {
      const simulator = createSimulator(simulation)
      return async ({ body }) => ({ body: await simulator.who(body) })
    },
  }),
]
