/** Review: waiting proposals, and the history of published changes. */
import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { type AnswerOf, call } from '../api/client.ts'
import { type Proposal, proposalsQuery, useStatus } from '../api/queries.ts'
import { useMay } from '../app/session.tsx'
import { Failed, Loading, Problem } from '../ui/problem.tsx'
import { ChangeTag } from '../ui/tag.tsx'
import { whoText } from '../ui/who.ts'
import { agoText, timeText } from '../ui/words.ts'
import './review.css'

type Revision = AnswerOf<'listRevisions'>['items'][number]
const ENDED_SHOWN = 10

export function ReviewScreen() {
  const proposals = useQuery(proposalsQuery)
  const revisions = useQuery({
    queryKey: ['revisions'],
    queryFn: async ({ signal }) => (await call('listRevisions', { query: { limit: 50 }, signal })).items,
  })
  if (proposals.data === undefined || revisions.data === undefined) {
    const failed = [proposals, revisions].find(({ isError }) => isError)
    return failed === undefined ? (
      <Loading what="what waits" />
    ) : (
      <Failed error={failed.error} retry={() => void failed.refetch()} />
    )
  }
  const waiting = proposals.data.filter(({ state }) => state === 'waiting')
  const ended = proposals.data.filter(({ state }) => state !== 'waiting').slice(0, ENDED_SHOWN)
  return (
    <div className="screen stack">
      <div className="screen-head">
        <h1>Review</h1>
      </div>
      <section className="card" aria-labelledby="waiting-title">
        <h2 id="waiting-title">Waits for a second person</h2>
        {waiting.length === 0 ? (
          <p className="calm-line">Nothing waits.</p>
        ) : (
          <ul className="proposals">
            {waiting.map((proposal) => (
              <ProposalLine key={proposal.proposal} proposal={proposal} />
            ))}
          </ul>
        )}
      </section>
      {ended.length > 0 && (
        <section className="card" aria-labelledby="ended-title">
          <h2 id="ended-title">Decided</h2>
          <ul className="proposals">
            {ended.map((proposal) => (
              <ProposalLine key={proposal.proposal} proposal={proposal} />
            ))}
          </ul>
        </section>
      )}
      <section className="card" aria-labelledby="history-title">
        <h2 id="history-title">History</h2>
        <ol className="proposals">
          {revisions.data.map((revision) => (
            <RevisionLine key={revision.revision} revision={revision} />
          ))}
        </ol>
      </section>
    </div>
  )
}

function ProposalLine({ proposal: one }: { readonly proposal: Proposal }) {
  const { proposal, change, message, reason, author, names, at, state, stale, ended } = one
  return (
    <li>
      <ChangeTag change={change} />{' '}
      <Link to="/review/$proposal" params={{ proposal: String(proposal) }}>
        Proposal {proposal}: {message || reason || 'without a message'}
      </Link>
      <span className="quiet">
        {' '}
        by {whoText(author, names)}, {agoText(at)}
        {state === 'waiting' && stale && '; made for an older revision'}
        {ended !== undefined && `; ${state} by ${whoText(ended.by, names)} ${timeText(ended.at)}`}
        {ended?.note && `: “${ended.note}”`}
      </span>
    </li>
  )
}

function RevisionLine({ revision: one }: { readonly revision: Revision }) {
  const { revision, change, message, author, names, approvals, activated_at, live } = one
  return (
    <li>
      <strong>{revision}</strong> <ChangeTag change={change} /> {message || 'without a message'}
      <span className="quiet">
        {' '}
        by {whoText(author, names)}
        {approvals.map(({ by }) => `, approved by ${whoText(by, names)}`).join('')}, {timeText(activated_at)}
      </span>{' '}
      {live ? <strong className="good-text">live</strong> : <RollBack to={revision} />}
    </li>
  )
}

function RollBack({ to }: { readonly to: number }) {
  const client = useQueryClient()
  const status = useStatus()
  const may = useMay('rollBack')
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const rolling = useMutation({
    mutationFn: () =>
      call('rollBack', {
        ifMatch: status.data?.revision ?? 0,
        body: { to, message: `back to revision ${to}`, reason },
      }),
    onSuccess: () => client.invalidateQueries(),
  })
  if (!may) return null
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <AlertDialog.Trigger className="button small-button">Roll back to {to}…</AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop" />
        <AlertDialog.Popup className="dialog">
          <AlertDialog.Title className="dialog-title">Make revision {to} live again?</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">
            As a new revision. A widening waits for another person.
          </AlertDialog.Description>
          {rolling.data === undefined ? (
            <form
              onSubmit={(event) => {
                event.preventDefault()
                rolling.mutate()
              }}
            >
              <label htmlFor={`why-${to}`}>Why</label>
              <input
                id={`why-${to}`}
                required
                maxLength={500}
                value={reason}
                onChange={(event) => setReason(event.target.value)}
              />
              <Problem of={rolling.error} />
              <div className="dialog-buttons">
                <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
                <button type="submit" className="button primary" disabled={rolling.isPending}>
                  {rolling.isPending ? 'Waiting for every thread…' : 'Roll back'}
                </button>
              </div>
            </form>
          ) : (
            <>
              <p role="status">
                {rolling.data.result === 'proposed'
                  ? `A widening: proposal ${rolling.data.proposal} waits.`
                  : `Revision ${rolling.data.revision} is live on every thread.`}
              </p>
              <div className="dialog-buttons">
                <AlertDialog.Close className="button primary">Done</AlertDialog.Close>
              </div>
            </>
          )}
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
