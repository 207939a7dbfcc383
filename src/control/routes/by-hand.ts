/** `disclosures/by-hand`: disclosures made outside the gateway, recorded by an officer. */
import { z } from 'zod'
import { parseIdentities } from '../../choices/named.ts'
import { findNamespace } from '../../choices/namespaces.ts'
import { GatewayError } from '../../model/errors.ts'
import { IDENTITY_KINDS } from '../../model/event.ts'
import { FIELD_CLASSES } from '../../model/field-class.ts'
import { type ByHand, GROUNDS, type People } from '../../subjects/by-hand.ts'
import type { ControlDeps } from '../deps.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { type Route, route } from '../route.ts'
import { day, TEXT } from './case-shape.ts'
import { keysOf } from './subjects.ts'

/** Most subjects in one call; add more with `…/people`. */
const MOST_PEOPLE = 1_000

const ONE = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/u) })
const SAID = TEXT.min(1).max(500)
const BAR = z.strictObject({
  until: z.iso.date().describe('Shown from this day on.'),
  reason: SAID.describe('Such as the order that forbids disclosure to the subject.'),
})
const PEOPLE = {
  handles: z.array(z.string().min(1).max(400)).max(MOST_PEOPLE).default([]).describe('From `subjects/lookup`.'),
  people: z
    .array(
      z.strictObject(Object.fromEntries(IDENTITY_KINDS.map((kind) => [kind, z.string().min(1).max(512).optional()]))),
    )
    .max(MOST_PEOPLE)
    .default([])
    .describe('Or the identities of one subject each, as in a file; they are not stored.'),
  namespace: z.string().min(1).max(64).optional().describe('Of the user ids; required if apps use several.'),
}
const DISCLOSED = z.strictObject({
  id: z.string(),
  ground: z.enum(GROUNDS),
  recipient: z.string(),
  basis: z.string(),
  classes: z.array(z.enum(FIELD_CLASSES)),
  scope: z.string(),
  document: z.string(),
  at: z.iso.date(),
  recorded: z.iso.date(),
  by: z.string().describe('An actor of the audit trail.'),
  everyone: z.boolean(),
  people: z.int().min(0),
  unknown: z.int().min(0).describe('Subjects without stored data: no statement can show it to them.'),
  bar: BAR.optional(),
})
export type DisclosedByHand = z.output<typeof DISCLOSED>

export const BY_HAND_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/disclosures/by-hand',
    id: 'listDisclosuresByHand',
    summary: 'Lists disclosures made outside the gateway, newest first; without their subjects.',
    roles: ['privacy_officer', 'auditor'],
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of disclosures.', shape: pageShape(DISCLOSED) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'all of them' }],
    handler:
      (deps) =>
      async ({ query }) => {
        const page = pageOf(await deps.byHand.list(), ({ recorded, id }) => `${1e14 - recorded} ${id}`, query)
        return { body: { ...page, items: page.items.map(bodyOf) } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/disclosures/by-hand',
    id: 'recordDisclosureByHand',
    summary: 'Records a disclosure made outside the gateway: for legal process, in a merger, for someone’s safety.',
    notes:
      'The subjects see it in their statements, unless `bar` hides it until a day. The ledger has the ground, classes and day; texts are stored beside it, sealed. For more subjects, call `…/people` with the rest.',
    roles: ['privacy_officer'],
    effect: 'acts',
    body: z.strictObject({
      ground: z.enum(GROUNDS),
      recipient: SAID.describe('The recipient.'),
      basis: SAID.describe('The law, order or contract that it is based on.'),
      classes: z.array(z.enum(FIELD_CLASSES)).min(1),
      scope: SAID.describe('What was disclosed, in words that the subjects read.'),
      document: SAID.describe('Where the documents are; never in a statement.'),
      at: z.iso.date().optional().describe('Day of the disclosure; default today.'),
      everyone: z.boolean().default(false).describe('About all subjects, as in a merger.'),
      bar: BAR.optional(),
      ...PEOPLE,
    }),
    answers: { 201: { says: 'Recorded.', shape: DISCLOSED } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_IDENTITY_INVALID', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [
      {
        title: 'a court’s order that forbids to tell for a while',
        body: {
          ground: 'legal_process',
          recipient: 'District court of the capital',
          basis: 'Order 17 of 2026',
          classes: ['user_id', 'ip'],
          scope: 'Your account’s identifier and the addresses it was used from in October.',
          document: 'Legal archive, 2026/17',
          people: [{ user: 'u-42' }],
          bar: { until: '2027-06-01', reason: 'Order 17, section 3' },
        },
        status: 201,
        keeps: { by_hand: 'id' },
      },
    ],
    facts: ({ body }) => ({ ground: body.ground }),
    handler:
      (deps) =>
      async ({ body: { handles, people, namespace, at, bar, ...given }, actor }) => {
        const whom = peopleOf(deps, { handles, people, namespace })
        if (given.everyone === whom.length > 0)
          throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'people, handles, or everyone alone' })
        const when = Math.min(at === undefined ? deps.now() : Date.parse(at), deps.now())
        const one = await deps.byHand.record(
          { ...given, at: when - (when % 86_400_000), by: actor.id, bar: barOf(bar) },
          whom,
        )
        return { status: 201, body: bodyOf(one) }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/disclosures/by-hand/{id}/people',
    id: 'addPeopleToDisclosure',
    summary: 'Adds subjects to a disclosure by hand.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: ONE,
    body: z.strictObject(PEOPLE),
    answers: { 200: { says: 'Recorded.', shape: DISCLOSED } },
    errors: ['ERR_NOT_FOUND', 'ERR_HANDLE_UNKNOWN', 'ERR_IDENTITY_INVALID', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'one more', params: { id: '$by_hand' }, body: { people: [{ user: 'u-43' }] } }],
    facts: ({ params }) => ({ disclosure: params.id }),
    handler:
      (deps) =>
      async ({ params, body }) => ({ body: bodyOf(await deps.byHand.addPeople(params.id, peopleOf(deps, body))) }),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/disclosures/by-hand/{id}/bar',
    id: 'barDisclosure',
    summary: 'Hides a disclosure by hand from statements until a day, for a stated reason, or shows it again.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: ONE,
    body: z.strictObject({ bar: BAR.nullable().describe('null: shown from now on.') }),
    answers: { 200: { says: 'Recorded.', shape: DISCLOSED } },
    errors: ['ERR_NOT_FOUND', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'the order is over', params: { id: '$by_hand' }, body: { bar: null } }],
    facts: ({ params }) => ({ disclosure: params.id }),
    handler:
      (deps) =>
      async ({ params, body: { bar }, actor }) => ({
        body: bodyOf(await deps.byHand.bar(params.id, actor.id, barOf(bar ?? undefined))),
      }),
  }),
]

/** Refuses a list with an entry that identifies no one, naming its index. */
function peopleOf(
  deps: ControlDeps,
  given: {
    readonly handles: readonly string[]
    readonly people: readonly Readonly<Record<string, string | undefined>>[]
    readonly namespace?: string | undefined
  },
): People {
  const found = findNamespace(deps.revisions.current().apps, given.namespace)
  if (!found.ok && (given.namespace !== undefined || given.people.some(({ user }) => user !== undefined)))
    throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'namespace', allowed: found.known })
  const named = given.people.map((one, index) => {
    const { identities } = parseIdentities(one, found.ok ? found.of : undefined)
    if (identities.length === 0) throw new GatewayError('ERR_IDENTITY_INVALID', { needs: 'identities', person: index })
    return identities.flatMap((identity) => deps.choices.keysFor(identity))
  })
  return [...given.handles.map((handle) => keysOf(deps, handle)), ...named]
}

function barOf(bar: z.output<typeof BAR> | undefined): ByHand['bar'] {
  return bar === undefined ? undefined : { until: Date.parse(bar.until), reason: bar.reason }
}

function bodyOf({ at, recorded, bar, classes, ...one }: ByHand): z.input<typeof DISCLOSED> {
  return {
    ...one,
    classes: [...classes],
    at: day(at),
    recorded: day(recorded),
    ...(bar === undefined ? {} : { bar: { until: day(bar.until), reason: bar.reason } }),
  }
}
