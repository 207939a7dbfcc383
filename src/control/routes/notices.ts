/** `notices`: notices to partners, as counts and a list. Answers hold no identifier. */
import { z } from 'zod'
import { GatewayError } from '../../model/errors.ts'
import { NOTICE_PHASES, NOTICE_STATES, type NoticeRow, UNTOLD_REASONS } from '../../notices/ports.ts'
import { TOLD_VERBS } from '../../partners/kit/notices.ts'
import { cutPage, PAGE_QUERY, pageShape, readNodeCursor } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const DAY_MS = 86_400_000
const STATES = [...NOTICE_PHASES.filter((phase) => phase !== 'ended'), ...NOTICE_STATES] as const
const STATE = z.enum(STATES).describe('Final state, or the current phase.')
const VERB = z.enum(TOLD_VERBS)

const COUNTS = z.strictObject({
  to_plan: z.int().min(0).describe('Choices in force whose notices are not planned yet.'),
  items: z.array(z.strictObject({ partner: z.string(), verb: VERB, state: STATE, count: z.int().min(1) })),
})
const NOTICE = z.strictObject({
  id: z.string().describe('Random; sent to the partner, so staff can refer to the notice by it.'),
  partner: z.string(),
  verb: VERB,
  identifier: z.string().optional().describe('Class of the identifier; absent if none was kept.'),
  asked: z.iso.date().describe('Day of the subject’s request.'),
  state: STATE,
  why: z.enum(UNTOLD_REASONS).optional().describe('Why the partner cannot be notified.'),
  requests: z.int().min(0),
  ended: z.iso.date().optional(),
  task: z.literal(true).optional().describe('It may have arrived and must not be repeated: ask the partner.'),
})
/** Final states that staff may enter for a notice with an unknown end. */
const FOUND_OUT = ['confirmed', 'accepted', 'refused', 'no_match', 'cannot_be_told'] as const

export const NOTICE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/notices/counts',
    id: 'countNotices',
    summary: 'Counts notices of opt-outs and deletions by partner, verb and state.',
    roles: ALL_STAFF,
    answers: { 200: { says: 'The counts.', shape: COUNTS } },
    errors: ['ERR_NOTICES_UNAVAILABLE'],
    examples: [{ title: 'all of them' }],
    handler:
      ({ notices }) =>
      async () => {
        // In this order: what is looked up in between is counted with one of them, or with both.
        const to_plan = await notices.countPending()
        return { body: { to_plan, items: (await notices.counts()) as z.output<typeof COUNTS>['items'] } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/notices',
    id: 'listNotices',
    summary: 'Lists notices to partners, ordered by their random ids.',
    roles: ['privacy_officer', 'auditor'],
    query: PAGE_QUERY.extend({
      partner: z.string().max(100).optional(),
      verb: VERB.optional(),
      state: STATE.optional(),
      tasks: z.enum(['true', 'false']).default('false').describe('Only notices that staff must settle.'),
    }),
    answers: { 200: { says: 'A page of notices.', shape: pageShape(NOTICE) } },
    errors: ['ERR_CURSOR', 'ERR_NOTICES_UNAVAILABLE'],
    examples: [{ title: 'what staff has to find out about', query: { tasks: 'true' } }],
    handler:
      ({ notices }) =>
      async ({ query: { cursor, limit, partner, verb, state, tasks } }) => {
        const rows = await notices.list({
          limit: limit + 1,
          tasks: tasks === 'true',
          ...(cursor === undefined ? {} : { after: readNodeCursor(cursor) }),
          ...(partner === undefined ? {} : { partner }),
          ...(verb === undefined ? {} : { verb }),
          ...(state === undefined ? {} : { state }),
        })
        const page = cutPage(rows, ({ id }) => id, limit)
        return { body: { ...page, items: page.items.map(noticeBody) } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/notices/{id}/settle',
    id: 'settleNotice',
    summary: 'Records the final state of an unresolved notice, as answered by the partner.',
    notes: 'Only for notices with `task`. Sends nothing: the identifier was destroyed when the notice ended.',
    roles: ['privacy_officer'],
    effect: 'acts',
    params: z.strictObject({ id: z.string().max(100) }),
    body: z.strictObject({ state: z.enum(FOUND_OUT) }),
    answers: { 200: { says: 'The settled notice.', shape: NOTICE } },
    errors: ['ERR_NOT_FOUND', 'ERR_NOTICES_UNAVAILABLE'],
    examples: [
      {
        title: 'one that is no task',
        params: { id: '00000000-0000-4000-8000-000000000000' },
        body: { state: 'confirmed' },
        status: 404,
      },
    ],
    facts: ({ body }) => ({ state: body.state }),
    handler:
      ({ notices, now }) =>
      async ({ params: { id }, body: { state } }) => {
        const [row] = await notices.byIds([id])
        if (row?.task !== true) throw new GatewayError('ERR_NOT_FOUND')
        const today = now() - (now() % DAY_MS)
        await notices.end(id, { state, why: '', day: today, task: false })
        return { body: noticeBody({ ...row, state, task: false }) }
      },
  }),
]

function noticeBody({ id, partner, verb, day, phase, state, why, attempts, ended, task, ...row }: NoticeRow) {
  const date = (at: number): string => new Date(at).toISOString().slice(0, 10)
  return {
    ...{ id, partner, asked: date(day), requests: attempts },
    // Sound: the store holds what the planner and the sender wrote.
    verb: verb as z.output<typeof VERB>,
    state: (phase === 'ended' ? state : phase) as z.output<typeof STATE>,
    ...(row.class === '' ? {} : { identifier: row.class }),
    ...(why === '' ? {} : { why: why as (typeof UNTOLD_REASONS)[number] }),
    ...(ended === undefined ? {} : { ended: date(ended) }),
    ...(task ? { task: true as const } : {}),
  }
}
