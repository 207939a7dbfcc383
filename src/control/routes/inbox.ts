/** `inbox`: event and property names that no contract mentions, and staff decisions about them. */
import { z } from 'zod'
import { classOfPath } from '../../contracts/validate/class-of-name.ts'
import { type InboxItem, ITEM_STATES } from '../../inbox/ports.ts'
import type { RevisionPlan } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { isNeverLeaving } from '../../model/never-leaves.ts'
import { NAMES, namesOf } from '../names.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const STATE = z.enum(ITEM_STATES)
const ITEM = z.strictObject({
  id: z.int(),
  app: z.string(),
  kind: z.enum(['event', 'property']),
  event: z.string().describe('Name as in contracts; for a property, the name of its event.'),
  name: z.string().describe('A property’s path as in contracts; empty for an event.'),
  count: z.int().describe('Events with this name since it entered the inbox.'),
  first_at: z.iso.datetime(),
  last_at: z.iso.datetime().describe('Accurate to half a minute.'),
  state: STATE,
  by: z.string().optional().describe('The actor who ignored or blocked it.'),
  at: z.iso.datetime().optional().describe('Time of the decision; for a granted name, when a contract first named it.'),
  partners: z
    .array(z.string())
    .describe(
      'Partners whose contracts could grant it: for an event, those of the app; for a property, those that name its event.',
    ),
  hint: z
    .enum(['', 'never_leaves', 'field_class'])
    .describe(
      '`never_leaves`: no contract can grant it. `field_class`: granted under `share` by its field class, not as a property.',
    ),
  field_class: z.string().optional(),
})
const PAGE = pageShape(ITEM).extend({
  names: NAMES,
  not_kept: z.int().describe('Names dropped for lack of space since the start.'),
})
export type InboxPage = z.output<typeof PAGE>

export const INBOX_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/inbox',
    id: 'listInbox',
    summary: 'Lists event and property names that no contract mentions, with counts; no values or subjects.',
    notes:
      'A name is listed after 20 different subjects used it within a day; for a test app (`test: true`), immediately. Names that look like values are never shown.',
    roles: ALL_STAFF,
    query: PAGE_QUERY.extend({ state: STATE.optional(), app: z.string().optional() }),
    answers: {
      200: {
        says: 'A page of names, oldest first.',
        shape: PAGE,
      },
    },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'what waits', query: { state: 'waiting' } }],
    handler:
      ({ inbox, revisions, actors }) =>
      ({ query }) => {
        const found = inbox
          .items()
          .filter(({ state, app }) => (query.state ?? state) === state && (query.app ?? app) === app)
        const page = pageOf(found, ({ id }) => String(id).padStart(12, '0'), query)
        const plan = revisions.current()
        const names = namesOf(
          actors,
          page.items.flatMap(({ by }) => by ?? []),
        )
        return {
          body: { ...page, items: page.items.map((item) => answerOf(item, plan)), names, not_kept: inbox.notKept() },
        }
      },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/inbox/{id}',
    id: 'sayOfName',
    summary: 'Ignores or blocks a name, or returns it to the inbox. To grant it, change a contract.',
    notes:
      'No change can grant a blocked name: `ERR_NAME_BLOCKED`. Only an approver can unblock it. The actor and time are stored.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    params: z.strictObject({ id: z.coerce.number().int().positive() }),
    body: z.strictObject({ state: z.enum(['waiting', 'ignored', 'blocked']) }),
    answers: { 200: { says: 'Stored.', shape: ITEM } },
    errors: ['ERR_NOT_FOUND'],
    examples: [
      { title: 'a name that is not there', params: { id: '999999' }, body: { state: 'ignored' }, status: 404 },
    ],
    facts: ({ params, body }) => ({ item: params.id, state: body.state }),
    handler:
      ({ inbox, revisions }) =>
      async ({ params: { id }, body: { state }, actor }) => {
        const before = inbox.item(id)
        if (before?.state === 'blocked' && state !== 'blocked' && !actor.roles.includes('approver'))
          throw new GatewayError('ERR_ROLE', { needs: ['approver'] })
        const item = await inbox.say(id, state, actor.id)
        if (item === undefined) throw new GatewayError('ERR_NOT_FOUND')
        return { body: answerOf(item, revisions.current()) }
      },
  }),
]

function answerOf(
  { firstAt, lastAt, at, ...item }: InboxItem,
  { contracts }: Pick<RevisionPlan, 'contracts'>,
): z.input<typeof ITEM> {
  const partners = contracts
    .filter(({ apps, events }) => apps.includes(item.app) && (item.name === '' || Object.hasOwn(events, item.event)))
    .map(({ id }) => id as string)
  const fieldClass = item.name === '' ? undefined : classOfPath(item.name)
  const neverLeaves = item.name !== '' && isNeverLeaving(item.name)
  return {
    ...item,
    first_at: new Date(firstAt).toISOString(),
    last_at: new Date(lastAt).toISOString(),
    ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
    partners,
    hint: neverLeaves ? 'never_leaves' : fieldClass === undefined ? '' : 'field_class',
    ...(fieldClass === undefined ? {} : { field_class: fieldClass }),
  }
}
