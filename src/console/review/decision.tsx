/** Approve, reject, withdraw or rebase; each waits for the gateway's answer. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { useMay, useMe } from '../app/session.tsx'
import { Problem } from '../ui/problem.tsx'
import { whoText } from '../ui/who.ts'
import { exactTime, plural } from '../ui/words.ts'
import type { Replayed, WholeProposal } from './whole-proposal.ts'

type Act = 'approveProposal' | 'rejectProposal' | 'withdrawProposal'

export function Decision({
  proposal: one,
  replayed,
}: {
  readonly proposal: WholeProposal
  readonly replayed: Replayed | undefined
}) {
  const { proposal, state, stale, author, coauthors, names, ended } = one
  const client = useQueryClient()
  const navigate = useNavigate()
  const me = useMe()
  const [note, setNote] = useState('')
  const isMine = author === me.id || coauthors.includes(me.id)
  const may = { approve: useMay('approveProposal'), reject: useMay('rejectProposal'), rebase: useMay('rebaseProposal') }
  const acting = useMutation({
    mutationFn: (act: Act) => call(act, { params: { proposal }, body: { note } }),
    onSuccess: () => client.invalidateQueries(),
  })
  const rebasing = useMutation({
    mutationFn: () => call('rebaseProposal', { params: { proposal } }),
    onSuccess: async (answer) => {
      await client.invalidateQueries()
      if (answer.proposal !== undefined)
        await navigate({ to: '/review/$proposal', params: { proposal: String(answer.proposal) } })
    },
  })
  if (state !== 'waiting')
    return (
      <section className="card" role="status">
        <h2>{state === 'approved' ? `Live as revision ${ended?.revision}` : `It was ${state}`}</h2>
        {ended !== undefined && (
          <p>
            By {whoText(ended.by, names)}, {exactTime(ended.at)}
            {ended.note !== '' && <>: “{ended.note}”</>}
          </p>
        )}
      </section>
    )
  const busy = acting.isPending || rebasing.isPending
  const error = acting.error ?? rebasing.error
  return (
    <section className="card stack" aria-labelledby="decision-title">
      <h2 id="decision-title">Decide</h2>
      {isMine && <p>You wrote part of this: another person has to approve it.</p>}
      <label htmlFor="note">Note (kept with the decision)</label>
      <input id="note" value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} />
      <Problem of={error} />
      {may.approve && !isMine && (
        <button
          type="button"
          className="button primary"
          disabled={busy || stale}
          onClick={() => acting.mutate('approveProposal')}
        >
          {acting.isPending ? 'Waiting for every thread…' : approveText(replayed)}
        </button>
      )}
      {stale && may.rebase && (
        <button type="button" className="button" disabled={busy} onClick={() => rebasing.mutate()}>
          Rebase onto what is live
        </button>
      )}
      {may.reject && !isMine && (
        <button type="button" className="button" disabled={busy} onClick={() => acting.mutate('rejectProposal')}>
          Reject
        </button>
      )}
      {author === me.id && (
        <button type="button" className="button" disabled={busy} onClick={() => acting.mutate('withdrawProposal')}>
          Withdraw
        </button>
      )}
      {!may.approve && <p className="quiet">Approving takes an approver.</p>}
    </section>
  )
}

function approveText(replayed: Replayed | undefined): string {
  if (replayed === undefined) return 'Approve'
  return `Approve: affects up to ${plural(replayed.people, 'user')} in the last ${plural(replayed.events, 'event')}`
}
