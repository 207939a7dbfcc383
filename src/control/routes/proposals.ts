/** `proposals`: changes that give somebody more, and wait for another person. */
import { z } from 'zod'
import { PROPOSAL_STATES, type Proposal } from '../../contracts/proposals.ts'
import { CHANGES } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { NUMBER } from '../changes.ts'
import type { ControlDeps } from '../deps.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'
import { SUBMITTED_ANSWERS, submittedAnswer } from './publish.ts'

const PROPOSAL = z.strictObject({
  proposal: z.int(),
  state: z.enum(PROPOSAL_STATES),
  stale: z.boolean().describe('Another revision is live by now: it must be made anew.'),
  base: z.int(),
  author: z.string(),
  message: z.string(),
  reason: z.string(),
  at: z.string(),
  change: z.enum(CHANGES),
  words: z.string().describe('What it means, in sentences.'),
  warnings: z.array(z.string()).describe('What `sluice check` warned of in the files of what changes.'),
  until: z.string().optional(),
  percent: z.int().optional(),
  ended: z.strictObject({ by: z.string(), at: z.string(), note: z.string(), revision: z.int().optional() }).optional(),
})
const ONE = z.strictObject({ proposal: NUMBER })
const NOTE = z.strictObject({ note: z.string().max(500).default('') })

export const PROPOSAL_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/proposals',
    id: 'listProposals',
    tag: 'configuration',
    summary: 'Lists proposals, the newest first.',
    roles: ALL_STAFF,
    effect: 'reads',
    query: PAGE_QUERY.extend({ state: z.enum(PROPOSAL_STATES).optional() }),
    answers: { 200: { says: 'A page of proposals.', shape: pageShape(PROPOSAL) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'what waits', query: { state: 'waiting' } }],
    handler:
      ({ publishing }) =>
      ({ query: { state, ...query } }) => {
        const all = publishing.publisher
          .proposals()
          .filter((proposal) => state === undefined || proposal.state === state)
        const page = pageOf(all, ({ number }) => String(1e12 - number), query)
        return { body: { ...page, items: page.items.map((proposal) => answerOf(proposal, publishing)) } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/proposals/{proposal}',
    id: 'getProposal',
    tag: 'configuration',
    summary: 'One proposal and what it means.',
    roles: ALL_STAFF,
    effect: 'reads',
    params: ONE,
    answers: { 200: { says: 'The proposal.', shape: PROPOSAL } },
    errors: ['ERR_NOT_FOUND'],
    examples: [{ title: 'one that never was', params: { proposal: '999999' }, status: 404 }],
    handler:
      ({ publishing }) =>
      ({ params }) => {
        const proposal = publishing.publisher.proposal(params.proposal)
        if (proposal === undefined) throw new GatewayError('ERR_NOT_FOUND')
        return { body: answerOf(proposal, publishing) }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/proposals/{proposal}/approve',
    id: 'approveProposal',
    tag: 'configuration',
    summary: 'Makes a proposal live, by another person than its author.',
    roles: ['approver'],
    effect: 'acts',
    params: ONE,
    body: NOTE,
    answers: { 200: { says: 'Live on every thread.', shape: PROPOSAL } },
    errors: [
      'ERR_NOT_FOUND',
      'ERR_FOUR_EYES',
      'ERR_PROPOSAL_ENDED',
      'ERR_PROPOSAL_STALE',
      'ERR_FILES_CHANGED',
      'ERR_EXAMINER_UNAVAILABLE',
      'ERR_LEDGER_UNAVAILABLE',
    ],
    examples: [{ title: 'one that never was', params: { proposal: '999999' }, body: {}, status: 404 }],
    facts: ({ params }) => ({ proposal: params.proposal }),
    handler:
      ({ publishing }) =>
      async ({ params, body, actor }) => {
        const { proposal } = await publishing.publisher.approve(params.proposal, actor, body.note)
        return { body: answerOf(proposal, publishing) }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/proposals/{proposal}/rebase',
    id: 'rebaseProposal',
    tag: 'configuration',
    summary: 'Makes a stale proposal again on top of what is live, in the caller’s name; it has to be approved anew.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    params: ONE,
    answers: SUBMITTED_ANSWERS,
    errors: [
      'ERR_NOT_FOUND',
      'ERR_PROPOSAL_ENDED',
      'ERR_REBASE_CONFLICT',
      'ERR_CONFIG_INVALID',
      'ERR_STAGE_IMPOSSIBLE',
      'ERR_EXAMINER_UNAVAILABLE',
      'ERR_LEDGER_UNAVAILABLE',
    ],
    examples: [{ title: 'one that never was', params: { proposal: '999999' }, status: 404 }],
    facts: ({ params }) => ({ proposal: params.proposal }),
    handler:
      ({ publishing, revisions }) =>
      async ({ params, actor }) => {
        const { publisher, drafts } = publishing
        const proposal = publisher.proposal(params.proposal)
        if (proposal === undefined) throw new GatewayError('ERR_NOT_FOUND')
        if (proposal.state !== 'waiting') throw new GatewayError('ERR_PROPOSAL_ENDED', { state: proposal.state })
        const { number: base } = revisions.current()
        const { plans, texts, seen, warnings } = await drafts.rebase(proposal)
        const { message, reason, until, percent } = proposal
        const submission = {
          plans,
          texts,
          seen,
          warnings,
          base,
          author: actor.id,
          message,
          reason,
          stage: { until, percent },
        }
        return submittedAnswer(await publisher.replace(proposal.number, submission), revisions.current().number)
      },
  }),
  ...ending('reject', ['approver', 'privacy_officer'], 'Turns a proposal down, by another person than its author.'),
  ...ending('withdraw', ['editor', 'approver'], 'Takes one’s own proposal back.'),
]

function ending(word: 'reject' | 'withdraw', roles: Route['roles'], summary: string): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: `/api/v1/proposals/{proposal}/${word}`,
      id: `${word}Proposal`,
      tag: 'configuration',
      summary,
      roles,
      effect: 'acts',
      params: ONE,
      body: NOTE,
      answers: { 200: { says: 'It has ended.', shape: PROPOSAL } },
      errors: ['ERR_NOT_FOUND', 'ERR_FOUR_EYES', 'ERR_PROPOSAL_ENDED', 'ERR_LEDGER_UNAVAILABLE'],
      examples: [{ title: 'one that never was', params: { proposal: '999999' }, body: {}, status: 404 }],
      facts: ({ params }) => ({ proposal: params.proposal }),
      handler:
        ({ publishing }) =>
        async ({ params, body, actor }) => {
          const proposal = await publishing.publisher[word](params.proposal, actor, body.note)
          return { body: answerOf(proposal, publishing) }
        },
    }),
  ]
}

function answerOf(proposal: Proposal, { publisher: { isStale } }: ControlDeps['publishing']) {
  const {
    number,
    state,
    base,
    author,
    message,
    reason,
    at,
    change,
    words,
    warnings = [],
    until,
    percent,
    ended,
  } = proposal
  return {
    proposal: number,
    state,
    stale: isStale(proposal),
    base: base as number,
    author,
    message,
    reason,
    at: new Date(at).toISOString(),
    change,
    words,
    warnings,
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
    ...(percent === undefined ? {} : { percent }),
    ...(ended === undefined
      ? {}
      : {
          ended: {
            by: ended.by,
            at: new Date(ended.at).toISOString(),
            note: ended.note,
            ...(ended.revision === undefined ? {} : { revision: ended.revision as number }),
          },
        }),
  }
}
