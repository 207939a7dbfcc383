/** Links that open a subject's `/me` page without an account token. */
import { z } from 'zod'
import { LINK_PURPOSES, MOST_LINK_DAYS } from '../../subjects/links.ts'
import { type Route, route } from '../route.ts'
import { HANDLE, keysOf } from './subjects.ts'

const DEFAULT_DAYS = 7

export const PERSON_LINK_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/subjects/{handle}/links',
    id: 'makePersonLink',
    summary: 'Creates a link to the subject’s own page, valid once and for one purpose.',
    notes:
      'Verify the requester first: the link’s holder can do what its purpose says. `choices` shows and narrows choices, `access` shows disclosures, `erasure` erases. The page opens with a button, so that link previews do not use it up; it then stays open for 15 minutes. A link never opts in: that requires the account’s own token.',
    roles: ['privacy_officer'],
    effect: 'acts',
    secret: true,
    params: HANDLE,
    body: z.strictObject({
      purpose: z.enum(LINK_PURPOSES),
      days: z.int().min(1).max(MOST_LINK_DAYS).default(DEFAULT_DAYS).describe('Days until it expires.'),
    }),
    answers: {
      200: {
        says: 'The link; it cannot be retrieved again.',
        shape: z.strictObject({
          path: z.string().describe('Append it to the public address of the data plane.'),
          purpose: z.enum(LINK_PURPOSES),
          expires: z.iso.datetime(),
        }),
      },
    },
    errors: ['ERR_HANDLE_UNKNOWN'],
    examples: [
      { title: 'a page that shows who received what', params: { handle: '$handle' }, body: { purpose: 'access' } },
    ],
    facts: ({ body }) => ({ purpose: body.purpose }),
    handler:
      (deps) =>
      async ({ params, body: { purpose, days } }) => {
        const { token, until } = await deps.links.make({ purpose, keys: keysOf(deps, params.handle) }, days)
        return { body: { path: `/me/link/${token}`, purpose, expires: new Date(until).toISOString() } }
      },
  }),
]
