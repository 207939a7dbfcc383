/** `live`: passing events as classes and lengths; bodies for privacy officers; SDKs seen. */
import { z } from 'zod'
import type { HeardRefusal } from '../../live/heard.ts'
import type { TailRecord } from '../../live/ports.ts'
import { ERROR_CODES, type ErrorCode, GatewayError, REJECTION_CODES, type RejectionCode } from '../../model/errors.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

/** Below the usual proxy timeout of half a minute. */
const MAX_WAIT_SECONDS = 20

const LEAF = z.strictObject({
  path: z.string().describe('A key that looks like a value is replaced by its length.'),
  classes: z.array(z.string()),
  signals: z.array(z.string()),
  type: z.enum(['text', 'number', 'true or false', 'nothing']),
  length: z.int(),
  kept: z.boolean().describe('True if some live contract could receive it.'),
  note: z.string(),
})
const FIELD = z.strictObject({ field: z.string(), treatment: z.string(), why: z.string(), because: z.string() })
const HEAD = { seq: z.int(), at: z.iso.datetime() }
const RECORD = z.union([
  z.strictObject({
    ...HEAD,
    kind: z.literal('event'),
    id: z.int(),
    app: z.string(),
    event: z.string(),
    type: z.string(),
    arrival: z.enum(['accepted', 'duplicate', 'not_kept']),
    partners: z.array(z.string()).describe('Partners that receive it, unless it is withheld.'),
    stopped: z.array(z.string()),
    leaves: z.array(LEAF),
    more: z.int().describe('Number of further leaves.'),
    bytes: z.int(),
  }),
  z.strictObject({
    ...HEAD,
    kind: z.literal('pair'),
    id: z.int().describe('Id of the event, which may follow.'),
    partner: z.string(),
    result: z.enum(['sent', 'limited', 'withheld', 'again', 'dead', 'unknown', 'cancelled']),
    why: z.string(),
    because: z.string(),
    cause: z.string().describe('Cause if not delivered.'),
    fields: z.array(FIELD).describe('Every class in the event.'),
  }),
  z.strictObject({
    ...HEAD,
    kind: z.literal('refused'),
    app: z.string(),
    code: z.string(),
    says: z.string(),
    events: z.int(),
  }),
])

const REFUSAL = z.strictObject({
  code: z.string(),
  says: z.string(),
  at: z.iso.datetime(),
  count: z.int().describe('Refusals since the start.'),
})
const APP = z.strictObject({
  app: z.string(),
  name: z.string(),
  platform: z.string().optional(),
  test: z.boolean(),
  write_key: z.string().optional().describe('An accepted key; for editors and approvers only.'),
  sdks: z
    .array(
      z.strictObject({
        name: z.string().describe('Name sent by the SDK.'),
        version: z.string(),
        first_at: z.iso.datetime(),
        last_at: z.iso.datetime(),
        requests: z.int(),
      }),
    )
    .describe('Seen since the start, latest first.'),
  asked_at: z.iso.datetime().optional().describe('When an SDK last requested its settings.'),
  refusal: REFUSAL.optional(),
})

export const LIVE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/live',
    id: 'watchLive',
    summary: 'Tails events: class and length of each value, and for each partner what was sent, or withheld and why.',
    notes:
      'With `after`, continues after the previous answer and waits for new records. Shows a few events per second and holds the newest ' +
      'thousand records, only while called at least twice a minute. A slower caller gets the number of missed records.',
    roles: ALL_STAFF,
    waits: true,
    query: z.strictObject({
      after: z.string().max(40).optional().describe('`next` of the previous answer; default the newest.'),
      wait: z.coerce
        .number()
        .int()
        .min(0)
        .max(MAX_WAIT_SECONDS)
        .default(0)
        .describe('Seconds to wait for new records.'),
    }),
    answers: {
      200: {
        says: 'The new records.',
        shape: z.strictObject({
          items: z.array(RECORD),
          next: z.string(),
          more: z.boolean(),
          missed: z.int().describe('Records lost before they could be read.'),
          passed: z.int().describe('Events since the tail started.'),
          shown: z.int().describe('Events shown.'),
          may_open: z.boolean().describe('Whether the caller may read bodies.'),
        }),
      },
    },
    errors: [],
    examples: [{ title: 'what there is now' }],
    handler:
      ({ live, stopping }) =>
      async ({ query, actor }) => {
        const mayOpen = actor.roles.includes('privacy_officer')
        const waitMs = stopping() ? 0 : query.wait * 1_000
        const { items, ...page } = await live.tail.read({ after: query.after, waitMs, mayOpen })
        return { body: { ...page, items: items.map(recordAnswer), may_open: mayOpen } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/live/events/{id}/body',
    id: 'openLiveBody',
    summary: 'Shows one event of the tail as received. The access is recorded, and the subject can see it.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: z.strictObject({ id: z.coerce.number().int().positive() }),
    answers: {
      200: { says: 'The event as received.', shape: z.strictObject({ event: z.record(z.string(), z.unknown()) }) },
    },
    errors: ['ERR_EVENT_GONE', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'one that has passed', params: { id: '999999' }, status: 409 }],
    facts: ({ params }) => ({ event: params.id }),
    handler:
      ({ live, staffReads }) =>
      async ({ params, actor }) => {
        const found = live.tail.body(params.id)
        if (found === undefined) throw new GatewayError('ERR_EVENT_GONE')
        await staffReads.record('openLiveBody', actor.id, found.subjects)
        // An erasure may have completed meanwhile.
        if (live.tail.body(params.id) === undefined) throw new GatewayError('ERR_EVENT_GONE')
        return { body: { event: { ...found.raw } } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/live/apps',
    id: 'listHeardSdks',
    summary: 'Lists for each app the SDKs seen since the start, and their last refusal.',
    roles: ALL_STAFF,
    answers: {
      200: {
        says: 'All apps.',
        shape: z.strictObject({
          since: z.iso.datetime().describe('Start of the process.'),
          data_plane: z.string().describe('Address of the data plane, from this machine.'),
          apps: z.array(APP),
          unknown: REFUSAL.optional().describe('Requests without a write key, or with an unknown one.'),
        }),
      },
    },
    errors: [],
    examples: [{ title: 'all apps' }],
    handler:
      ({ live, revisions, dataUrl }) =>
      ({ actor }) => {
        const mayHaveKey = actor.roles.some((role) => role === 'editor' || role === 'approver')
        const unknown = live.heard.unknownApp()
        return {
          body: {
            since: iso(live.heard.since),
            data_plane: dataUrl,
            ...(unknown === undefined ? {} : { unknown: refusalAnswer(unknown) }),
            apps: revisions.current().apps.map(({ id, name, platform, test, writeKeys }) => {
              const { sdks, askedAt, refusal } = live.heard.of(id)
              const [key] = writeKeys
              return {
                app: id as string,
                name,
                ...(platform === undefined ? {} : { platform }),
                test: test === true,
                ...(mayHaveKey && key !== undefined ? { write_key: key } : {}),
                sdks: sdks.map(({ firstAt, lastAt, ...sdk }) => ({
                  ...sdk,
                  first_at: iso(firstAt),
                  last_at: iso(lastAt),
                })),
                ...(askedAt === undefined ? {} : { asked_at: iso(askedAt) }),
                ...(refusal === undefined ? {} : { refusal: refusalAnswer(refusal) }),
              }
            }),
          },
        }
      },
  }),
]

function recordAnswer(record: TailRecord): z.input<typeof RECORD> {
  const at = iso(record.at)
  switch (record.kind) {
    case 'event':
      return {
        ...record,
        at,
        partners: [...record.partners],
        stopped: [...record.stopped],
        leaves: record.leaves.map((leaf) => ({ ...leaf, classes: [...leaf.classes], signals: [...leaf.signals] })),
      }
    case 'pair':
      return { ...record, at, fields: [...record.fields] }
    default:
      return { ...record, at }
  }
}

function refusalAnswer({ code, at, count }: HeardRefusal): z.input<typeof REFUSAL> {
  // Sound: each refusal has one code, of one of these tables.
  const says = REJECTION_CODES[code as RejectionCode] ?? ERROR_CODES[code as ErrorCode]?.says ?? ''
  return { code, says, at: iso(at), count }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}
