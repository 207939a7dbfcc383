/** `proposals`: widening changes that wait for a second person. */
import { z } from 'zod'
import { canonicalJson } from '../../contracts/canonical.ts'
import { paired } from '../../diff/settings.ts'
import { termsInWords } from '../../diff/terms-in-words.ts'
import { CHANGES } from '../../model/contract.ts'
import { GatewayError } from '../../model/errors.ts'
import { PROPOSAL_STATES, type Proposal } from '../../publish/proposals.ts'
import { NUMBER } from '../changes.ts'
import type { ControlDeps } from '../deps.ts'
import { LINE } from '../free-text.ts'
import { NAMES, namesOf } from '../names.ts'
import { PAGE_QUERY, pageOf, pageShape } from '../pages.ts'
import { ALL_STAFF, type Route, route } from '../route.ts'
import { NOT_SAVED, SUBMITTED_ANSWERS, submittedAnswer } from './publish.ts'

const SHARE = z.record(z.string(), z.union([z.string(), z.array(z.int())]))
const TERMS = z
  .strictObject({
    name: z.string(),
    type: z.string(),
    role: z.string(),
    agreement_until: z.string().optional(),
    purposes: z.array(z.string()),
    countries: z.array(z.string()).describe('Countries of processing.'),
    transfer_basis: z.string().optional(),
    privacy_policy: z.string(),
    contact: z.string(),
    apps: z.array(z.string()),
    addresses: z.array(z.string()).describe('Request addresses; a pixel’s with its parameters.'),
    events: z.record(z.string(), z.strictObject({ as: z.string(), properties: z.record(z.string(), z.string()) })),
    share: SHARE,
    when_restricted: z.strictObject({ send: z.string(), share: SHARE }),
    percent: z.int().optional().describe('Percentage of subjects in the staged rollout.'),
    until: z.string().optional().describe('End of the staged rollout.'),
  })
  .describe('A contract, described.')
const PROPOSAL = z.strictObject({
  proposal: z.int(),
  state: z.enum(PROPOSAL_STATES),
  stale: z.boolean().describe('Another revision is live: rebase it.'),
  base: z.int(),
  author: z.string(),
  coauthors: z
    .array(z.string())
    .describe('Actors who rebased it or submitted the files: they cannot approve it either.'),
  names: NAMES,
  message: z.string(),
  reason: z.string(),
  at: z.string(),
  change: z.enum(CHANGES),
  words: z.string().describe('Its meaning, in sentences.'),
  warnings: z.array(z.string()).describe('Warnings of `sluice check` about the changed files.'),
  until: z.string().optional().describe('When the widening ends automatically.'),
  percent: z.int().optional().describe('Percentage of subjects in the staged rollout.'),
  comments: z
    .array(z.strictObject({ by: z.string(), at: z.string(), text: z.string() }))
    .describe('Comments while it waited, in order.'),
  ended: z.strictObject({ by: z.string(), at: z.string(), note: z.string(), revision: z.int().optional() }).optional(),
})
const WHOLE_PROPOSAL = PROPOSAL.extend({
  partners: z
    .array(z.strictObject({ partner: z.string(), before: TERMS.nullable(), after: TERMS.nullable() }))
    .describe('Each changed contract in full, before and after; null if there is none.'),
})
export type ProposalAnswer = z.output<typeof WHOLE_PROPOSAL>
const ONE = z.strictObject({ proposal: NUMBER })
const NOTE = z.strictObject({ note: LINE.default('') })

export const PROPOSAL_ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: '/api/v1/proposals',
    id: 'listProposals',
    summary: 'Lists proposals, newest first.',
    roles: ALL_STAFF,
    query: PAGE_QUERY.extend({ state: z.enum(PROPOSAL_STATES).optional() }),
    answers: { 200: { says: 'A page of proposals.', shape: pageShape(PROPOSAL) } },
    errors: ['ERR_CURSOR'],
    examples: [{ title: 'what waits', query: { state: 'waiting' } }],
    handler:
      (deps) =>
      ({ query: { state, ...query } }) => {
        const all = deps.publishing.publisher
          .proposals()
          .filter((proposal) => state === undefined || proposal.state === state)
        const page = pageOf(all, ({ number }) => String(1e12 - number), query)
        return { body: { ...page, items: page.items.map((proposal) => answerOf(proposal, deps)) } }
      },
  }),
  route({
    method: 'GET',
    path: '/api/v1/proposals/{proposal}',
    id: 'getProposal',
    summary: 'Returns one proposal and its meaning.',
    roles: ALL_STAFF,
    params: ONE,
    answers: { 200: { says: 'The proposal.', shape: WHOLE_PROPOSAL } },
    errors: ['ERR_NOT_FOUND'],
    examples: [{ title: 'one that never was', params: { proposal: '999999' }, status: 404 }],
    handler:
      (deps) =>
      ({ params }) => {
        const proposal = deps.publishing.publisher.proposal(params.proposal)
        if (proposal === undefined) throw new GatewayError('ERR_NOT_FOUND')
        return { body: wholeAnswerOf(proposal, deps) }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/proposals/{proposal}/approve',
    id: 'approveProposal',
    summary: 'Approves a proposal and makes it live; its authors cannot.',
    roles: ['approver'],
    effect: 'acts',
    params: ONE,
    body: NOTE,
    answers: { 200: { says: 'Live on every thread.', shape: PROPOSAL.extend({ not_saved: NOT_SAVED.optional() }) } },
    errors: [
      'ERR_NOT_FOUND',
      'ERR_FOUR_EYES',
      'ERR_PROPOSAL_ENDED',
      'ERR_PROPOSAL_STALE',
      'ERR_NAME_BLOCKED',
      'ERR_FILES_CHANGED',
      'ERR_EXAMINER_UNAVAILABLE',
      'ERR_LEDGER_UNAVAILABLE',
    ],
    examples: [{ title: 'one that never was', params: { proposal: '999999' }, body: {}, status: 404 }],
    facts: ({ params }) => ({ proposal: params.proposal }),
    handler:
      (deps) =>
      async ({ params, body, actor }) => {
        const { proposal, notSaved } = await deps.publishing.publisher.approve(params.proposal, actor, body.note)
        const told = notSaved === undefined ? {} : { not_saved: notSaved }
        return { body: { ...answerOf(proposal, deps), ...told } }
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/proposals/{proposal}/rebase',
    id: 'rebaseProposal',
    summary: 'Rebases a stale proposal on the live revision; it needs a new approval, by none of its authors.',
    notes: 'The author stays; the caller becomes a coauthor.',
    roles: ['editor', 'approver'],
    effect: 'acts',
    params: ONE,
    answers: SUBMITTED_ANSWERS,
    errors: [
      'ERR_NOT_FOUND',
      'ERR_PROPOSAL_ENDED',
      'ERR_REBASE_CONFLICT',
      'ERR_NAME_BLOCKED',
      'ERR_CONFIG_INVALID',
      'ERR_STAGE_IMPOSSIBLE',
      'ERR_TRANSFER_GROUND',
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
        const remade = { plans, texts, seen, warnings, base }
        const submitted = await publisher.replace(proposal.number, actor.id, remade)
        return submittedAnswer(submitted, revisions.current().number)
      },
  }),
  route({
    method: 'POST',
    path: '/api/v1/proposals/{proposal}/comments',
    id: 'commentProposal',
    summary: 'Adds a comment to a waiting proposal.',
    notes: 'Stored with the proposal and its rebased successors; at most 100. Never in the ledger.',
    roles: ['editor', 'approver', 'privacy_officer'],
    effect: 'acts',
    params: ONE,
    body: z.strictObject({ text: LINE.min(1) }),
    answers: { 200: { says: 'Stored.', shape: PROPOSAL } },
    errors: ['ERR_NOT_FOUND', 'ERR_PROPOSAL_ENDED', 'ERR_COMMENTS_FULL', 'ERR_LEDGER_UNAVAILABLE'],
    examples: [
      { title: 'one that never was', params: { proposal: '999999' }, body: { text: 'Why the hour?' }, status: 404 },
    ],
    facts: ({ params }) => ({ proposal: params.proposal }),
    handler:
      (deps) =>
      async ({ params, body, actor }) => {
        const proposal = await deps.publishing.publisher.comment(params.proposal, actor.id, body.text)
        return { body: wholeAnswerOf(proposal, deps) }
      },
  }),
  ...ending('reject', ['approver', 'privacy_officer'], 'Turns a proposal down, by another person than its authors.'),
  ...ending('withdraw', ['editor', 'approver'], 'Takes one’s own proposal back.'),
]

function ending(word: 'reject' | 'withdraw', roles: Route['roles'], summary: string): readonly Route[] {
  return [
    route({
      method: 'POST',
      path: `/api/v1/proposals/{proposal}/${word}`,
      id: `${word}Proposal`,
      summary,
      roles,
      effect: 'acts',
      params: ONE,
      body: NOTE,
      answers: { 200: { says: 'Ended.', shape: PROPOSAL } },
      errors: ['ERR_NOT_FOUND', 'ERR_FOUR_EYES', 'ERR_PROPOSAL_ENDED', 'ERR_LEDGER_UNAVAILABLE'],
      examples: [{ title: 'one that never was', params: { proposal: '999999' }, body: {}, status: 404 }],
      facts: ({ params }) => ({ proposal: params.proposal }),
      handler:
        (deps) =>
        async ({ params, body, actor }) => {
          const proposal = await deps.publishing.publisher[word](params.proposal, actor, body.note)
          return { body: wholeAnswerOf(proposal, deps) }
        },
    }),
  ]
}

function answerOf(proposal: Proposal, { publishing, actors }: ControlDeps) {
  const {
    number,
    state,
    base,
    author,
    coauthors = [],
    message,
    reason,
    at,
    change,
    words,
    warnings = [],
    until,
    percent,
    comments = [],
    ended,
  } = proposal
  return {
    proposal: number,
    state,
    stale: publishing.publisher.isStale(proposal),
    base: base as number,
    author,
    coauthors,
    names: namesOf(actors, [
      author,
      ...coauthors,
      ...comments.map(({ by }) => by),
      ...(ended === undefined ? [] : [ended.by]),
    ]),
    message,
    reason,
    at: new Date(at).toISOString(),
    change,
    words,
    warnings,
    comments: comments.map(({ at: saidAt, ...one }) => ({ ...one, at: new Date(saidAt).toISOString() })),
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

/** With everything that an approval would grant. */
function wholeAnswerOf(proposal: Proposal, deps: ControlDeps) {
  const partners = changedPartners(proposal, deps.revisions)
  const answer = answerOf(proposal, deps)
  const [percent] = partners.flatMap(({ after }) => (after?.percent === undefined ? [] : [after.percent])).toSorted()
  const [until] = partners.flatMap(({ after }) => (after?.until === undefined ? [] : [after.until])).toSorted()
  return {
    ...answer,
    partners,
    ...(percent === undefined || answer.percent !== undefined ? {} : { percent }),
    ...(until === undefined || answer.until !== undefined ? {} : { until }),
  }
}

/** All new grants with the previous ones, because an approval must see everything that it covers. */
function changedPartners({ base, plans }: Proposal, revisions: ControlDeps['revisions']) {
  const before = revisions.at(base)?.contracts ?? []
  return paired(before, plans.contracts).flatMap(([partner, one, other]) => {
    if (canonicalJson([one]) === canonicalJson([other])) return []
    const [was, will] = [one, other].map((contract) => (contract === undefined ? null : termsInWords(contract)))
    return [{ partner, before: was!, after: will! }]
  })
}
