/** `revisions`, `diff` and `validate`: published revisions and the meaning of changes. Read-only. */
import { z } from 'zod'
import type { Plans } from '../../contracts/config.ts'
import type { Revision } from '../../model/brand.ts'
import { CHANGES, type RevisionPlan } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { formatProblem } from '../../model/problem.ts'
import { CHANGES_BODY, changesOf, DIFF, NUMBER } from '../changes.ts'
import type { ControlDeps } from '../deps.ts'
import { NAMES, namesOf } from '../names.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'

const REVISION = z.strictObject({
  revision: z.int(),
  digest: z.string().describe('SHA-256 of the plans, hex; every ledger record has its first 8 digits.'),
  activated_at: z.string(),
  author: z.string().describe('Keyed reference of a member of staff; `files`; `gateway`.'),
  coauthors: z.array(z.string()).describe('Further authors; none of them approved it.'),
  names: NAMES,
  message: z.string(),
  approvals: z.array(z.strictObject({ by: z.string(), at: z.string() })),
  parent: z.int().describe('0 for the first.'),
  change: z.enum([...CHANGES, 'first']),
  live: z.boolean(),
})
const SIDE = z
  .union([z.int().min(1), z.enum(['live', 'folder']), CHANGES_BODY])
  .describe('A revision’s number, `live`, `folder` (the files as they are now), or edits to the live revision.')

export const REVISION_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/revisions',
    id: 'listRevisions',
    summary: 'Lists published revisions, newest first.',
    roles: ALL_STAFF,
    query: PAGE_QUERY,
    answers: { 200: { says: 'A page of revisions.', shape: pageShape(REVISION) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'the newest', query: { limit: '1' } }],
    handler:
      ({ revisions, actors }) =>
      ({ query }) => {
        const { number: live } = revisions.current()
        const numbers = Array.from({ length: live }, (_, index) => live - index)
        // Descending: the key counts down from a number that no revision reaches.
        const page = pageOf(numbers, (number) => String(1e12 - number), query)
        const items = page.items.map((number) => revisionAnswer(requireRevision(revisions, number), live, actors))
        return { body: { ...page, items } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/revisions/{revision}',
    id: 'getRevision',
    summary: 'Returns one revision and its changes since the previous one.',
    roles: ALL_STAFF,
    params: z.strictObject({ revision: z.union([z.literal('live'), NUMBER]) }),
    answers: { 200: { says: 'The revision.', shape: REVISION.extend({ diff: DIFF.optional() }) } },
    errors: ['ERR_NOT_FOUND', 'ERR_EXAMINER_UNAVAILABLE'],
    examples: [
      { title: 'the live one', params: { revision: 'live' }, keeps: { live: 'etag' } },
      { title: 'one that never was', params: { revision: '999999' }, status: 404 },
    ],
    handler:
      ({ revisions, publishing, actors }) =>
      async ({ params }) => {
        const live = revisions.current()
        const plan = params.revision === 'live' ? live : requireRevision(revisions, params.revision)
        const parent = revisions.at(plan.publication.parent as Revision)
        const body = revisionAnswer(plan, live.number, actors)
        return {
          body: parent === undefined ? body : { ...body, diff: await publishing.diff(parent, plan) },
          etag: `${plan.number}`,
        }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/revisions/{revision}/files',
    id: 'exportRevision',
    summary: 'Returns the source files of a revision, with comments: an export, and the base for edits.',
    roles: ['editor', 'approver'],
    params: z.strictObject({ revision: NUMBER }),
    answers: {
      200: {
        says: 'Texts by path, including write keys.',
        shape: z.strictObject({ revision: z.int(), files: z.record(z.string(), z.string()) }),
      },
    },
    errors: ['ERR_NOT_FOUND'],
    examples: [{ title: 'the first', params: { revision: '1' } }],
    handler:
      ({ revisionTexts }) =>
      async ({ params }) => {
        const files = await revisionTexts(params.revision as Revision)
        if (files === undefined) throw new GatewayError('ERR_NOT_FOUND')
        return { body: { revision: params.revision, files } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/diff',
    id: 'diffRevisions',
    summary: 'Computes the meaning of a change with the decision engine, over every state, place and event.',
    roles: ALL_STAFF,
    effect: 'reads',
    body: z.strictObject({ before: SIDE.default('live'), after: SIDE }),
    answers: { 200: { says: 'Class of the change, sentences, and each difference.', shape: DIFF } },
    errors: ['ERR_NOT_FOUND', 'ERR_CONFIG_INVALID', 'ERR_EDIT_IMPOSSIBLE', 'ERR_EXAMINER_UNAVAILABLE'],
    examples: [
      { title: 'the folder against what is live', body: { after: 'folder' } },
      {
        title: 'an edit nobody has made yet',
        body: { after: { edits: [{ file: 'partners/northwind.yaml', path: ['countries'], value: ['US', 'DE'] }] } },
      },
    ],
    handler:
      (deps) =>
      async ({ body }) => {
        const [before, after] = await Promise.all([plansOf(deps, body.before), plansOf(deps, body.after)])
        return { body: await deps.publishing.diff(before, after) }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/validate',
    id: 'validateChange',
    summary: 'Validates edits to the live revision as `sluice check` does. Publishes nothing.',
    roles: ALL_STAFF,
    effect: 'reads',
    body: CHANGES_BODY,
    answers: {
      200: {
        says: 'No problem was found.',
        shape: z.strictObject({ ok: z.literal(true), warnings: z.array(z.string()) }),
      },
    },
    errors: ['ERR_CONFIG_INVALID', 'ERR_EDIT_IMPOSSIBLE', 'ERR_EXAMINER_UNAVAILABLE'],
    examples: [
      {
        title: 'right',
        body: { edits: [{ file: 'partners/northwind.yaml', path: ['contact'], value: 'dpo@northwind.example' }] },
      },
      {
        title: 'wrong',
        body: { edits: [{ file: 'partners/northwind.yaml', path: ['share', 'oss'], value: 'pass' }] },
        status: 422,
      },
    ],
    handler:
      ({ publishing }) =>
      async ({ body }) => {
        const { warnings } = await publishing.drafts.make(changesOf(body))
        return { body: { ok: true as const, warnings: warnings.map(formatProblem) } }
      },
  }),
]

function revisionAnswer(
  { number, digest, activatedAt, publication }: RevisionPlan,
  live: number,
  actors: ControlDeps['actors'],
) {
  const { author, coauthors = [], message, approvals, parent, change } = publication
  return {
    revision: number as number,
    digest,
    activated_at: new Date(activatedAt).toISOString(),
    author,
    coauthors,
    names: namesOf(actors, [author, ...coauthors, ...approvals.map(({ by }) => by)]),
    message,
    approvals: approvals.map(({ by, at }) => ({ by, at: new Date(at).toISOString() })),
    parent,
    change,
    live: number === live,
  }
}

function requireRevision(revisions: ControlDeps['revisions'], number: number): RevisionPlan {
  const plan = revisions.at(number as Revision)
  if (plan === undefined) throw new GatewayError('ERR_NOT_FOUND')
  return plan
}

async function plansOf({ revisions, publishing }: ControlDeps, side: z.output<typeof SIDE>): Promise<Plans> {
  if (typeof side === 'number') return requireRevision(revisions, side)
  if (side === 'live') return revisions.current()
  const { plans } =
    side === 'folder' ? await publishing.drafts.ofFolder() : await publishing.drafts.make(changesOf(side))
  return plans
}
