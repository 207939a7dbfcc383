/** `partner-types`: the catalogue with each type's abilities; `policy`: the live policy. */
import { z } from 'zod'
import { starterContract } from '../../contracts/starter.ts'
import type { Policy } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { FIELD_CLASSES, treatmentName } from '../../model/field-class.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import { PARTNER_TYPES } from '../../partners/registry.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const TYPE = z.strictObject({
  type: z.string(),
  doc: z.string().describe('Source of the type, and its certainty.'),
  carries: z.record(z.string(), z.string()).describe('Field class → the most revealing treatment that it supports.'),
  secrets: z.array(z.string()).describe('Keys of `connection` that hold secret references.'),
  maxBatch: z.int().min(1),
  connection: z.looseObject({}).describe('JSON Schema of `connection` in a contract of this type.'),
})

const POLICY = z.strictObject({
  date: z.string().describe('Date of the published privacy policy.'),
  honour: z.strictObject({ dnt: z.boolean(), gpc: z.boolean() }),
  minAreaKm2: z.number().describe('A position is precise below this area.'),
  defaultRegime: z.string(),
  places: z.record(z.string(), z.string()).describe('Country, or country and region → regime.'),
  regimes: z.record(
    z.string(),
    z.strictObject({
      law: z.string(),
      consentRequired: z.boolean(),
      rules: z.record(z.string(), z.record(z.string(), z.string())).describe('Dimension → age band → rule.'),
    }),
  ),
})

const TYPE_NAME = z.string().regex(/^[a-z0-9_]{1,64}$/)

export const CATALOGUE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/partner-types',
    id: 'listPartnerTypes',
    summary: 'Lists the catalogue of partner types, by name.',
    roles: ALL_STAFF,
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of types.', shape: pageShape(TYPE) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'the first two', query: { limit: '2' }, keeps: { type: 'items.0.type' } }],
    handler:
      () =>
      ({ query }) => {
        const page = pageOf(PARTNER_TYPES, ({ type }) => type, query)
        return { body: { ...page, items: page.items.map(describeType) } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/partner-types/{type}',
    id: 'readPartnerType',
    summary: 'Describes a partner type: the fields it supports and its connection settings.',
    roles: ALL_STAFF,
    params: z.strictObject({ type: TYPE_NAME }),
    answers: { 200: { says: 'The type.', shape: TYPE } },
    errors: ['ERR_NOT_FOUND'],
    examples: [
      { title: 'webhooks', params: { type: 'webhook' } },
      { title: 'one that is not there', params: { type: 'carrier_pigeon' }, status: 404 },
    ],
    handler:
      () =>
      ({ params }) => ({ body: describeType(typeNamed(params.type)) }),
  }),
  route({
    method: 'GET',
    path: '/api/v1/partner-types/{type}/starter',
    id: 'readStarter',
    summary: 'Returns a starter contract of this type for every app, with the least that the type can send.',
    roles: ALL_STAFF,
    params: z.strictObject({ type: TYPE_NAME }),
    query: z.strictObject({
      id: z
        .string()
        .regex(/^[a-z0-9][a-z0-9_-]{0,39}$/)
        .describe('Id of the new partner.'),
    }),
    answers: { 200: { says: 'The file.', shape: z.strictObject({ file: z.string(), text: z.string() }) } },
    errors: ['ERR_NOT_FOUND'],
    examples: [{ title: 'of a webhook', params: { type: 'webhook' }, query: { id: 'shop-stats' } }],
    handler:
      ({ revisions }) =>
      ({ params, query: { id } }) => {
        const apps = revisions.current().apps.map((app) => app.id as string)
        return { body: { file: `partners/${id}.yaml`, text: starterContract(typeNamed(params.type), id, apps) } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/policy',
    id: 'readPolicy',
    tag: 'configuration',
    summary: 'Describes the live policy and the rules of each place. The ETag is the live revision.',
    roles: ALL_STAFF,
    answers: { 200: { says: 'The policy.', shape: z.strictObject({ revision: z.int(), policy: POLICY }) } },
    errors: [],
    examples: [{ title: 'the live policy' }],
    handler:
      ({ revisions }) =>
      () => {
        const { number, policy } = revisions.current()
        return { body: { revision: number, policy: describePolicy(policy) }, etag: `${number}` }
      },
  }),
]

function typeNamed(name: string): RegisteredType {
  const type = PARTNER_TYPES.find((one) => one.type === name)
  if (type === undefined) throw new GatewayError('ERR_NOT_FOUND')
  return type
}

function describeType({ type, doc, abilities, secrets, maxBatch, connection }: RegisteredType) {
  const { $schema: _, ...schema } = z.toJSONSchema(connection, { io: 'input', unrepresentable: 'any' })
  return {
    type,
    doc,
    carries: Object.fromEntries(
      FIELD_CLASSES.flatMap((name) => {
        const level = abilities[name] ?? 0
        return level === 0 ? [] : [[name, treatmentName(name, level)]]
      }),
    ),
    secrets,
    maxBatch,
    connection: schema,
  }
}

function describePolicy({ date, honour, minAreaKm2, defaultRegime, places, regimes }: Policy) {
  return {
    date,
    honour,
    minAreaKm2,
    defaultRegime,
    places,
    regimes: Object.fromEntries(
      Object.entries(regimes).map(([id, { law, consentRequired, rules }]) => [id, { law, consentRequired, rules }]),
    ),
  }
}
