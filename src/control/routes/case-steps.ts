/** Steps of a case. Each one is recorded before it is answered. */
import { z } from 'zod'
import type { ErrorCode } from '../../model/errors.ts'
import { type Case, EVIDENCE, REFUSALS } from '../../subjects/desk/case.ts'
import type { ControlDeps } from '../deps.ts'
import { type Answers, type Example, type Route, route } from '../route.ts'
import { RECEIPT, TEXT, WHOLE_CASE } from './case-shape.ts'
import { ONE_CASE, wholeCase } from './cases.ts'
import { ERASED } from './erasure.ts'

const SAID = TEXT.min(1)
const UNKNOWN: Example = { title: 'one that never was', params: { case: '000000000000' }, status: 404 }
const ERRORS: readonly ErrorCode[] = ['ERR_NOT_FOUND', 'ERR_CASE_ENDED', 'ERR_LEDGER_UNAVAILABLE']

const RUN_CASE = WHOLE_CASE.extend({
  link: z.strictObject({ path: z.string(), expires: z.iso.datetime() }).optional(),
  erased: ERASED.optional(),
  receipt: RECEIPT.optional(),
})
export type RunCase = z.output<typeof RUN_CASE>

export const CASE_STEP_ROUTES: readonly Route[] = [
  step('confirm', 'confirmCase', 'Notes that the person was told that their request has come.', {
    body: z.strictObject({}),
    examples: [{ title: 'within ten business days', params: { case: '$case' }, body: {} }],
    take: ({ desk }, id, actor) => desk.confirm(id, actor),
  }),
  step('note', 'noteOnCase', 'Adds a note: what was seen as evidence of who asks, or what was done.', {
    notes: 'State what was seen; keep no copy of a document.',
    body: z.strictObject({ text: SAID, evidence: z.enum(EVIDENCE).optional() }),
    examples: [
      {
        title: 'who asks is known',
        params: { case: '$case' },
        body: { text: 'Answered from the address on the account.', evidence: 'contact' },
      },
    ],
    take: ({ desk }, id, actor, { text, evidence }) => desk.note(id, actor, { text, evidence }),
  }),
  step('extend', 'extendCase', 'Extends the clock, once, as far as the law allows.', {
    notes: 'Inform the subject, with the reason, before the first period ends.',
    body: z.strictObject({ text: SAID.describe('The reason given to the subject.') }),
    errors: ['ERR_CASE_STEP'],
    examples: [
      {
        title: 'many requests',
        params: { case: '$case' },
        body: { text: 'Told by mail: a great number of requests.' },
      },
    ],
    take: ({ desk }, id, actor, { text }) => desk.extend(id, actor, text),
  }),
  step('refuse', 'refuseCase', 'Refuses what was asked for, with the reason that the person is given.', {
    notes:
      'Inform the subject of the reason, the contact in the answer, and the right to complain to a supervisory authority or to appeal. An objection or restriction stays in force until `close` or staff lifts it.',
    body: z.strictObject({ refusal: z.enum(REFUSALS), text: SAID.describe('What the subject was told.') }),
    examples: [{ ...UNKNOWN, body: { refusal: 'not_identified', text: 'No answer to two letters.' } }],
    take: ({ desk }, id, actor, { refusal, text }) => desk.refuse(id, actor, { refusal, text }),
  }),
  step('close', 'closeCase', 'Closes a case that was answered, or taken back.', {
    body: z.strictObject({
      how: z.enum(['done', 'withdrawn']).default('done'),
      text: TEXT.default(''),
      lift: z
        .literal('person_informed')
        .optional()
        .describe('Lifts an objection or restriction for purposes, after the subject was informed (GDPR Art. 18(3)).'),
    }),
    errors: ['ERR_CASE_STEP', 'ERR_CHOICES_UNAVAILABLE'],
    examples: [{ ...UNKNOWN, body: {} }],
    take: ({ desk }, id, actor, { how, text, lift }) => desk.close(id, actor, { how, text, lift: lift !== undefined }),
  }),
  route({
    method: 'POST',
    path: '/api/v1/cases/{case}/run',
    id: 'runCase',
    summary: 'Carries out the case; an erasure takes two people.',
    notes:
      'access: creates a personal link to the disclosures. objection, restriction: repeats what is in force. correction: names whom to ask, because nothing is stored here that could be corrected. deletion, child: the first call requests the erasure, and the same call by another person carries it out; a different body starts over. Verify the requester first.',
    roles: ['privacy_officer'],
    effect: 'acts',
    secret: true,
    params: ONE_CASE,
    body: z.strictObject({
      with_shared_devices: z
        .boolean()
        .default(false)
        .describe('For an erasure: includes devices that another account uses.'),
      despite_holds: z.boolean().default(false).describe('For an erasure: despite a legal hold.'),
      accounts: z.enum(['include', 'leave']).optional().describe('For an erasure: whether to include linked accounts.'),
    }),
    answers: {
      200: {
        says: 'Completed.',
        shape: RUN_CASE,
      },
      202: { says: 'Requested: another person must repeat it.', shape: WHOLE_CASE },
    },
    errors: [
      ...ERRORS,
      'ERR_CASE_STEP',
      'ERR_FOUR_EYES',
      'ERR_LEGAL_HOLD',
      'ERR_ACCOUNTS_LINKED',
      'ERR_CHOICES_UNAVAILABLE',
      'ERR_INTAKE_UNAVAILABLE',
    ],
    examples: [{ title: 'say it again', params: { case: '$case' }, body: {} }],
    facts: ({ params }) => ({ case: params.case }),
    handler:
      (deps) =>
      async ({ params, body, actor }) => {
        const options = {
          withShared: body.with_shared_devices,
          despiteHolds: body.despite_holds,
          accounts: body.accounts,
        }
        const { ran, after } = await deps.desk.run(params.case, actor.id, options)
        const whole = await wholeCase(after, deps)
        if (ran.kind === 'asked') return { status: 202, body: whole }
        if (ran.kind === 'erased')
          return { body: { ...whole, erased: ran.erased, receipt: await deps.receipts.issue('erase', []) } }
        if (ran.kind !== 'link') return { body: whole }
        const link = { path: `/me/link/${ran.token}`, expires: new Date(ran.until).toISOString() }
        return { body: { ...whole, link } }
      },
  }),
]

/** A step that answers the updated case. */
function step<B extends z.ZodType>(
  word: 'confirm' | 'note' | 'extend' | 'refuse' | 'close',
  id: string,
  summary: string,
  {
    notes,
    body,
    errors = [],
    examples,
    take,
  }: {
    readonly notes?: string
    readonly body: B
    readonly errors?: readonly ErrorCode[]
    readonly examples: readonly Example[]
    readonly take: (deps: ControlDeps, id: string, actor: string, body: z.output<B>) => Promise<Case>
  },
): Route {
  const answers = { 200: { says: 'The updated case.', shape: WHOLE_CASE } } satisfies Answers
  return route({
    method: 'POST',
    path: `/api/v1/cases/{case}/${word}`,
    id,
    summary,
    ...(notes === undefined ? {} : { notes }),
    roles: ['privacy_officer'],
    effect: 'acts',
    params: ONE_CASE,
    body,
    answers,
    errors: [...ERRORS, ...errors],
    examples,
    facts: ({ params }) => ({ case: params.case }),
    handler:
      (deps) =>
      async ({ params, body: said, actor }) => ({
        body: await wholeCase(await take(deps, params.case, actor.id, said), deps),
      }),
  })
}
