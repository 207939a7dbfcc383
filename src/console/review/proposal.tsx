/** One proposal: what it means in sentences, for whom, what a partner would newly receive; then the decision. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { call } from '../api/client.ts'
import { useMay } from '../app/session.tsx'
import { placedText } from '../partners/place-problem.ts'
import { Empty, Failed, Loading } from '../ui/problem.tsx'
import { ChangeTag } from '../ui/tag.tsx'
import { whoText } from '../ui/who.ts'
import { exactTime, plural } from '../ui/words.ts'
import { Comments } from './comments.tsx'
import { Decision } from './decision.tsx'
import { Differences } from './differences.tsx'
import { Evidence } from './evidence.tsx'
import { draftOf, type Replayed, type WholeProposal } from './whole-proposal.ts'
import './review.css'

export function ProposalScreen() {
  const { proposal: text } = useParams({ from: '/review/$proposal' })
  const number = Number(text)
  const mayRead = useMay('exportProposal')
  const proposal = useQuery({
    queryKey: ['proposals', number],
    queryFn: ({ signal }) => call('getProposal', { params: { proposal: number }, signal }),
    enabled: Number.isInteger(number),
    refetchInterval: 5_000,
  })
  const draft = useQuery({
    queryKey: ['proposal-files', number],
    queryFn: ({ signal }) => call('exportProposal', { params: { proposal: number }, signal }),
    enabled: mayRead && Number.isInteger(number),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const replay = useQuery({
    queryKey: ['replay', number],
    queryFn: ({ signal }) => call('replayRevision', { body: { draft: draftOf(draft.data!) }, signal }),
    enabled: draft.data !== undefined && proposal.data?.state === 'waiting',
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  if (proposal.data === undefined)
    return proposal.isError || !Number.isInteger(number) ? (
      <Empty>
        <h1>No such proposal</h1>
        <p>
          <Link to="/review">All proposals</Link>
        </p>
        {proposal.isError && <Failed error={proposal.error} />}
      </Empty>
    ) : (
      <Loading what="the proposal" />
    )
  return (
    <div className="screen stack">
      <div className="screen-head">
        <h1>
          <Link to="/review">Review</Link> <span aria-hidden="true">›</span> Proposal {number}
        </h1>
        <ChangeTag change={proposal.data.change} />
      </div>
      <div className="review">
        <div className="stack">
          <Facts proposal={proposal.data} />
          {draft.data !== undefined && <Differences draft={draft.data} />}
          {draft.data !== undefined && <Evidence proposal={proposal.data} draft={draft.data} />}
        </div>
        <aside className="stack review-side">
          {replay.data !== undefined && <ReplayView replayed={replay.data} />}
          {replay.isFetching && <p className="card calm-line">Replaying the last accepted events…</p>}
          <Decision proposal={proposal.data} replayed={replay.data} />
          <Comments proposal={proposal.data} />
        </aside>
      </div>
    </div>
  )
}

function Facts({ proposal }: { readonly proposal: WholeProposal }) {
  const { words, author, coauthors, names, message, reason, at, until, percent, warnings, stale, base } = proposal
  return (
    <section className="card" aria-labelledby="facts-title">
      <h2 id="facts-title">{message || 'What it means'}</h2>
      <p className="words big-words">{words}</p>
      <dl className="facts-list">
        <dt>Why</dt>
        <dd>{reason || 'No reason was given.'}</dd>
        <dt>Who</dt>
        <dd>
          {whoText(author, names)}
          {coauthors.map((id) => `, with ${whoText(id, names)}`).join('')}, {exactTime(at)}
        </dd>
        <dt>Ends</dt>
        <dd>{until === undefined ? 'Does not end by itself.' : exactTime(until)}</dd>
        <dt>Share</dt>
        <dd>{percent === undefined ? 'Everyone it concerns.' : `${percent} % of users.`}</dd>
      </dl>
      {stale && (
        <p className="warn-text">
          Based on revision {base}: another is live now. Rebase it to see what it would do today.
        </p>
      )}
      {warnings.map((warning) => (
        <p key={warning} className="warn-text">
          {placedText(warning)}
        </p>
      ))}
    </section>
  )
}

function ReplayView({ replayed }: { readonly replayed: Replayed }) {
  const { events, partners, people } = replayed
  const changed = partners.filter(({ changed: some, newlySent, newlyWithheld }) => some + newlySent + newlyWithheld > 0)
  const unkept = partners.flatMap(({ partner, mayAdd }) =>
    Object.entries(mayAdd).map(([field, count]) => ({ partner, field: field.replaceAll('_', ' '), count })),
  )
  return (
    <section className="card" aria-labelledby="replay-title">
      <h2 id="replay-title">Over the last {plural(events, 'event')}</h2>
      {unkept.map(({ partner, field, count }) => (
        <p key={`${partner} ${field}`}>
          Up to <strong>{plural(count, 'event')}</strong> would have gone to {partner} with {field}. It was not kept
          before, so their number is unknown.
        </p>
      ))}
      {changed.length === 0 && unkept.length === 0 && <p>Not one of them would have been sent differently.</p>}
      {changed.length > 0 && (
        <>
          <p>
            <strong>{plural(people, 'user')}</strong> would have been affected.
          </p>
          <ul className="facts">
            {changed.map(({ partner, changed: some, newlySent, newlyWithheld, added, finer }) => (
              <li key={partner}>
                {partner}: {some} would differ
                {newlySent > 0 && `, ${newlySent} newly sent`}
                {newlyWithheld > 0 && `, ${newlyWithheld} no longer sent`}
                {listed(added, 'with')}
                {listed(finer, 'with a finer')}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

function listed(counts: Readonly<Record<string, number>>, word: string): string {
  return Object.entries(counts)
    .map(([field, count]) => `; ${count} ${word} ${field.replaceAll('_', ' ')}`)
    .join('')
}
