/** `publish`, `rollback` and `rollout`: changes of the live revision. A widening change becomes a proposal. */
import { z } from 'zod'
import type { Revision } from '../../model/brand.ts'
import { CHANGES } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { mergeView } from '../../publish/merge-view.ts'
import type { Submission, Submitted } from '../../publish/publisher.ts'
import { RevisionMoved } from '../../publish/revision-files.ts'
import { CHANGES_BODY, changesOf } from '../changes.ts'
import type { ControlDeps } from '../deps.ts'
import { LINE } from '../free-text.ts'
import { type Route, route } from '../route.ts'

const WHY = {
  message: LINE.default('').describe('For the history: one line, no personal data.'),
  reason: LINE.default('').describe('Reason for a widening; required only for one.'),
}
/** The revision is live even if its files could not be saved; the answer reports that. */
export const NOT_SAVED = z
  .strictObject({ files: z.array(z.string()), why: z.string().describe('The system’s code, such as EROFS, or ours.') })
  .describe('Live, but these files were not updated. Retried on every reload; until then they count as saved.')
const TIME = z.iso.datetime({ offset: true })
const SUBMITTED = z.strictObject({
  result: z.enum(['published', 'proposed', 'unchanged']),
  revision: z.int().describe('The live revision.'),
  change: z.enum(CHANGES),
  words: z.string(),
  warnings: z.array(z.string()).describe('Warnings of `sluice check` about the changed files.'),
  proposal: z
    .int()
    .optional()
    .describe('Number of the proposal, which waits for another person with the approver role.'),
  not_saved: NOT_SAVED.optional(),
})
export type SubmittedAnswer = z.output<typeof SUBMITTED>
export const SUBMITTED_ANSWERS = {
  200: { says: 'Live on every thread, or already live.', shape: SUBMITTED },
  202: { says: 'A widening: waits for another person. Nothing changed.', shape: SUBMITTED },
} as const

export const PUBLISH_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    path: '/api/v1/publish',
    id: 'publish',
    summary: 'Publishes edits to the revision in `If-Match`: immediately if they only narrow, otherwise as a proposal.',
    notes:
      'If any part widens, the whole change waits: publish the narrowing part alone to apply it immediately. ' +
      'With `source: files`, the changed files are saved once live, with comments and order kept.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    ifMatch: 'required',
    body: CHANGES_BODY.extend({
      ...WHY,
      until: TIME.optional().describe('The widening ends automatically at this time.'),
      percent: z.int().min(0).max(100).optional().describe('The widening applies to this percentage of subjects only.'),
    }),
    answers: SUBMITTED_ANSWERS,
    errors: [
      'ERR_REVISION_MOVED',
      'ERR_CONFIG_INVALID',
      'ERR_EDIT_IMPOSSIBLE',
      'ERR_FILES_CHANGED',
      'ERR_REASON_MISSING',
      'ERR_NAME_BLOCKED',
      'ERR_TRANSFER_GROUND',
      'ERR_STAGE_IMPOSSIBLE',
      'ERR_EXAMINER_UNAVAILABLE',
      'ERR_LEDGER_UNAVAILABLE',
    ],
    examples: [
      {
        title: 'another contact',
        headers: { 'if-match': '$live' },
        body: {
          message: 'a new address',
          edits: [{ file: 'partners/northwind.yaml', path: ['contact'], value: 'dpo@northwind.example' }],
        },
      },
      {
        title: 'made for a revision that is not live any more',
        headers: { 'if-match': '"999999"' },
        body: { edits: [{ file: 'partners/northwind.yaml', path: ['contact'], value: 'dpo@northwind.example' }] },
        status: 412,
      },
    ],
    facts: ({ body }) => ({ edits: body.edits.length, files: Object.keys(body.files).length }),
    handler:
      (deps) =>
      async ({ body, actor, ifMatch }) => {
        const { drafts, publisher } = deps.publishing
        const base = baseOf(ifMatch)
        const live = deps.revisions.current().number
        if (base !== live) throw await movedError(deps, live, base, await drafts.textsOn(base, changesOf(body)))
        const { plans, texts, seen, warnings } = await drafts.make(changesOf(body))
        const { message, reason, percent } = body
        const until = body.until === undefined ? undefined : Date.parse(body.until)
        return answered(
          deps,
          texts,
          { plans, texts, seen, warnings, base, author: actor.id, message, reason, stage: { until, percent } },
          (submission) => publisher.submit(submission),
        )
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/rollback',
    id: 'rollBack',
    summary: 'Publishes an earlier revision again as a new one, under the same rules as any change.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    ifMatch: 'required',
    body: z.strictObject({ to: z.int().min(1), ...WHY }),
    answers: SUBMITTED_ANSWERS,
    errors: [
      'ERR_NOT_FOUND',
      'ERR_REVISION_MOVED',
      'ERR_FILES_CHANGED',
      'ERR_REASON_MISSING',
      'ERR_NAME_BLOCKED',
      'ERR_TRANSFER_GROUND',
      'ERR_EXAMINER_UNAVAILABLE',
      'ERR_LEDGER_UNAVAILABLE',
    ],
    examples: [
      { title: 'to one that never was', headers: { 'if-match': '$live' }, body: { to: 999_999 }, status: 404 },
    ],
    facts: ({ body }) => ({ to: body.to }),
    handler:
      (deps) =>
      async ({ body: { to, message, reason }, actor, ifMatch }) => {
        const { publisher, drafts } = deps.publishing
        const by = { base: baseOf(ifMatch), author: actor.id, message, reason }
        const texts = (await deps.revisionTexts(to as Revision)) ?? {}
        return answered(deps, texts, by, (submission) => publisher.rollBack(to as Revision, submission, drafts.seenFor))
      },
  }),
  route({
    method: 'PUT',
    path: '/api/v1/partners/{id}/rollout',
    id: 'setRollout',
    summary:
      'Sets the percentage of a partner’s staged rollout; 100 completes it. A lower one takes effect immediately.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    ifMatch: 'required',
    params: z.strictObject({ id: z.string().regex(/^[a-z0-9_-]{1,64}$/) }),
    body: z.strictObject({ percent: z.int().min(0).max(100), ...WHY }),
    answers: SUBMITTED_ANSWERS,
    errors: [
      'ERR_NOT_STAGED',
      'ERR_REVISION_MOVED',
      'ERR_REASON_MISSING',
      'ERR_NAME_BLOCKED',
      'ERR_TRANSFER_GROUND',
      'ERR_EXAMINER_UNAVAILABLE',
      'ERR_LEDGER_UNAVAILABLE',
    ],
    examples: [
      {
        title: 'nothing is staged',
        params: { id: 'northwind' },
        headers: { 'if-match': '$live' },
        body: { percent: 10 },
        status: 409,
      },
    ],
    facts: ({ params, body }) => ({ partner: params.id, percent: body.percent }),
    handler:
      (deps) =>
      async ({ params, body: { percent, message, reason }, actor, ifMatch }) => {
        const by = { base: baseOf(ifMatch), author: actor.id, message, reason }
        return answered(deps, undefined, by, (submission) =>
          deps.publishing.publisher.setShare(params.id, percent, submission),
        )
      },
  }),
]

/** `If-Match` holds a revision number from an `ETag`; a stopped partner's has the suffix `.stopped`. */
function baseOf(ifMatch: string | undefined): Revision {
  // Sound: any number but the live revision's is refused.
  return Number(ifMatch?.replace(/\.stopped$/, '')) as Revision
}

async function answered<By extends Pick<Submission, 'base'>>(
  deps: ControlDeps,
  yours: Readonly<Record<string, string>> | undefined,
  submission: By,
  act: (submission: By) => Promise<Submitted>,
) {
  try {
    const submitted = await act(submission)
    return submittedAnswer(submitted, deps.revisions.current().number)
  } catch (error) {
    if (!(error instanceof RevisionMoved)) throw error
    throw await movedError(deps, error.live, submission.base, yours)
  }
}

export function submittedAnswer(submitted: Submitted, live: number) {
  switch (submitted.kind) {
    case 'unchanged':
      return {
        body: { result: submitted.kind, revision: live, change: 'same' as const, words: '', warnings: [] },
        etag: `${live}`,
      }
    case 'published': {
      const { change, words, warnings, notSaved } = submitted
      const told = notSaved === undefined ? {} : { not_saved: notSaved }
      return { body: { result: submitted.kind, revision: live, change, words, warnings, ...told }, etag: `${live}` }
    }
    default: {
      const { number: proposal, change, words, warnings = [] } = submitted.proposal
      return { status: 202, body: { result: submitted.kind, revision: live, change, words, warnings, proposal } }
    }
  }
}

/** Lists the changes since the base, the caller's changes, and conflicts. */
async function movedError(
  { revisionTexts }: ControlDeps,
  live: Revision,
  base: Revision,
  yours: Readonly<Record<string, string>> | undefined,
): Promise<GatewayError> {
  const [before, theirs] = await Promise.all([revisionTexts(base), revisionTexts(live)])
  const view = theirs === undefined || yours === undefined ? {} : mergeView(before, theirs, yours)
  return new GatewayError('ERR_REVISION_MOVED', { live, base, ...view })
}
