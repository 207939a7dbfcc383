/** `cases`: subjects' requests with their legal deadlines. */
import { z } from 'zod'
import { PURPOSES } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { ASKERS, CASE_KINDS, type Case, isOverdue } from '../../subjects/desk/case.ts'
import { dayOf } from '../../subjects/desk/clocks.ts'
import type { ReceiptVerb } from '../../subjects/receipts.ts'
import { NO_CONTACT } from '../../subjects/statement.ts'
import type { ControlDeps } from '../deps.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { type Route, route } from '../route.ts'
import { CASE, caseBody, day, RECEIPT, TEXT, WHOLE_CASE } from './case-shape.ts'
import { keysOf } from './subjects.ts'

export const ONE_CASE = z.strictObject({ case: z.string().regex(/^[0-9a-z]{12}$/u) })

const OPEN_BODY = z.strictObject({
  handle: z.string().min(1).max(400).describe('From `subjects/lookup`: the subject.'),
  kind: z.enum(CASE_KINDS),
  by: z.enum(ASKERS).default('person'),
  law: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Regime id, such as `eea`; default the regime of the subject’s records, else the shortest deadline.'),
  received: z.iso.date().optional().describe('Day of receipt; default today. The deadline counts from it.'),
  purposes: z
    .array(z.enum(PURPOSES))
    .min(1)
    .optional()
    .describe('For an objection; default all except those that run the service.'),
  text: TEXT.default(''),
})

/** The receipt verb for the restriction that a case puts in force. */
const VERBS: Readonly<Partial<Record<Case['kind'], ReceiptVerb>>> = {
  objection: 'opt_out',
  restriction: 'opt_out',
  child: 'child',
}
const PAGE = pageShape(CASE).extend({
  totals: z
    .strictObject({ open: z.int().min(0), overdue: z.int().min(0), unconfirmed: z.int().min(0) })
    .describe('Counts of all cases. `unconfirmed`: the law requires a confirmation that was not sent yet.'),
})
export type CasePage = z.output<typeof PAGE>

export const CASE_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/cases',
    id: 'listCases',
    summary: 'Lists cases by due date; without identities or texts.',
    roles: ['privacy_officer', 'auditor'],
    query: PAGE_QUERY.extend({
      state: z.enum(['open', 'closed', 'overdue']).optional().describe('`overdue`: open after its due date.'),
      kind: z.enum(CASE_KINDS).optional(),
    }),
    answers: {
      200: {
        says: 'A page of cases.',
        shape: PAGE,
      },
    },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'what is overdue', query: { state: 'overdue' } }],
    handler:
      (deps) =>
      ({ query: { state, kind, ...query } }) => {
        const today = dayOf(deps.now())
        const all = deps.desk.all()
        const asked = all.filter(
          (one) =>
            (kind === undefined || one.kind === kind) &&
            (state === undefined || (state === 'overdue' ? isOverdue(one, today) : stateOf(one) === state)),
        )
        const page = pageOf(asked, orderOf, query)
        const open = all.filter((one) => stateOf(one) === 'open')
        const totals = {
          open: open.length,
          overdue: open.filter((one) => isOverdue(one, today)).length,
          unconfirmed: open.filter(({ confirmBy, confirmed }) => confirmBy !== undefined && !confirmed).length,
        }
        return { body: { ...page, items: page.items.map((one) => caseBody(one, deps)), totals } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/cases',
    id: 'openCase',
    summary:
      'Opens a case for a request by a subject, agent or guardian. An objection or restriction takes effect immediately.',
    notes:
      'An objection stops its purposes at service providers too; a restriction stops everything; `child` stops everything permanently and lists the recipients. Other requests wait for the steps of the case.',
    roles: ['privacy_officer'],
    effect: 'acts',
    body: OPEN_BODY,
    answers: { 201: { says: 'Opened.', shape: WHOLE_CASE.extend({ receipt: RECEIPT.optional() }) } },
    errors: ['ERR_HANDLE_UNKNOWN', 'ERR_CHOICES_UNAVAILABLE', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [
      {
        title: 'a letter that came on the day before',
        body: { handle: '$handle', kind: 'objection', law: 'eea', text: 'Letter, in the archive under 2026/17.' },
        status: 201,
        keeps: { case: 'case' },
      },
    ],
    facts: ({ body }) => ({ kind: body.kind, by: body.by }),
    handler:
      (deps) =>
      async ({ body: { handle, received, ...asked }, actor }) => {
        const at = received === undefined ? undefined : Date.parse(received)
        if (at !== undefined && at > deps.now())
          throw new GatewayError('ERR_REQUEST_INVALID', {
            problems: [{ in: 'body', path: '/received', found: 'a day to come', allowed: 'today or earlier' }],
          })
        const who = keysOf(deps, handle)
        const one = await deps.desk.open({ ...asked, who, received: at, through: 'staff', actor: actor.id })
        const verb = VERBS[one.kind]
        const receipt = verb === undefined ? {} : { receipt: await deps.receipts.issue(verb, []) }
        return { status: 201, body: { ...(await wholeCase(one, deps)), ...receipt } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/cases/{case}',
    id: 'readCase',
    summary: 'Returns one case with its texts, a handle of its subject and the recipients.',
    notes: 'The access is recorded and appears in the subject’s statement.',
    roles: ['privacy_officer'],
    effect: 'inspects',
    params: ONE_CASE,
    answers: { 200: { says: 'The case.', shape: WHOLE_CASE } },
    errors: ['ERR_NOT_FOUND', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [{ title: 'one', params: { case: '$case' } }],
    facts: ({ params }) => ({ case: params.case }),
    handler:
      (deps) =>
      async ({ params, actor }) => {
        const one = deps.desk.find(params.case)
        if (one.inner !== undefined) await deps.staffReads.record('readCase', actor.id, one.inner.who)
        return { body: await wholeCase(one, deps) }
      },
  }),
]

function stateOf({ ended }: Case): 'open' | 'closed' {
  return ended === undefined ? 'open' : 'closed'
}

/** Sort key, unique: open cases by due date, then closed ones, newest first. */
function orderOf({ id, due, ended }: Case): string {
  const at = ended === undefined ? due : 1e14 - ended.at
  return `${ended === undefined ? 0 : 1} ${String(at).padStart(15, '0')} ${id}`
}

export async function wholeCase(one: Case, deps: ControlDeps): Promise<z.input<typeof WHOLE_CASE>> {
  const { inner, recipients = [] } = one
  const body = caseBody(one, deps)
  const current = deps.revisions.current()
  const named = (partner: string) => {
    const contract = current.contracts.find(({ id }) => id === partner)
    return { partner, name: contract?.name ?? partner, contact: contract?.contact ?? '' }
  }
  const found = await deps.desk.recipientsOf(one)
  const known = found.map(({ partner, disclosures, lastAt }) => ({ ...named(partner), disclosures, last: day(lastAt) }))
  return {
    ...body,
    steps: body.steps.map((step, index) => {
      const text = inner?.texts[index]
      return text === undefined ? step : { ...step, text }
    }),
    ...(inner === undefined ? {} : { handle: deps.choices.handleFor(inner.who) }),
    ...(one.system === undefined ? {} : { system: { name: one.system.name, reference: one.system.reference } }),
    contact: current.policy.contact ?? NO_CONTACT,
    recipients: inner === undefined ? recipients.map((partner) => ({ ...named(partner), disclosures: 0 })) : known,
  }
}
