/** Comments on a waiting proposal, by name. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { useMay } from '../app/session.tsx'
import { Problem } from '../ui/problem.tsx'
import { whoText } from '../ui/who.ts'
import { exactTime } from '../ui/words.ts'
import type { WholeProposal } from './whole-proposal.ts'

export function Comments({ proposal: one }: { readonly proposal: WholeProposal }) {
  const { proposal, state, comments, names } = one
  const client = useQueryClient()
  const [text, setText] = useState('')
  const maySay = useMay('commentProposal') && state === 'waiting'
  const saying = useMutation({
    mutationFn: () => call('commentProposal', { params: { proposal }, body: { text: text.trim() } }),
    onSuccess: async () => {
      setText('')
      await client.invalidateQueries({ queryKey: ['proposals'] })
    },
  })
  if (comments.length === 0 && !maySay) return null
  return (
    <section className="card stack" aria-labelledby="comments-title">
      <h2 id="comments-title">Comments</h2>
      {comments.length === 0 ? (
        <p className="calm-line">No comments yet.</p>
      ) : (
        <ul className="comments">
          {comments.map(({ by, at, text: said }) => (
            <li key={`${at} ${by}`}>
              <strong>{whoText(by, names)}</strong> <span className="quiet small">{exactTime(at)}</span>
              <p>{said}</p>
            </li>
          ))}
        </ul>
      )}
      {maySay && (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault()
            saying.mutate()
          }}
        >
          <label htmlFor="comment">Say something (all staff reads it)</label>
          <input id="comment" value={text} maxLength={500} onChange={(event) => setText(event.target.value)} />
          <Problem of={saying.error} />
          <button type="submit" className="button" disabled={saying.isPending || text.trim() === ''}>
            {saying.isPending ? 'Keeping it…' : 'Comment'}
          </button>
        </form>
      )}
    </section>
  )
}
