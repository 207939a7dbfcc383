/** What a partner would newly receive: the matrix with changed cells marked, and one request before and after. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type AnswerOf, call } from '../api/client.ts'
import { PERSONA } from '../partners/live-matrix.tsx'
import { matrixOf } from '../partners/matrix.ts'
import { MatrixTable } from '../partners/matrix-table.tsx'
import { Failed, Loading } from '../ui/problem.tsx'
import '../partners/partners.css'
import { RequestView } from './request-view.tsx'
import { type Draft, draftOf, type WholeProposal } from './whole-proposal.ts'

export function Evidence({ proposal, draft }: { readonly proposal: WholeProposal; readonly draft: Draft }) {
  const changed = proposal.partners.filter(({ after }) => after !== null)
  const [chosen, setChosen] = useState(changed[0]?.partner ?? '')
  const of = changed.find(({ partner }) => partner === chosen)
  const asked = useQuery({
    queryKey: ['evidence', proposal.proposal, chosen],
    queryFn: async ({ signal }) => {
      const at = new Date().toISOString()
      const [before, after, was, will] = await Promise.all([
        call('simulateMatrix', { body: { persona: PERSONA, revision: draft.base }, signal }),
        call('simulateMatrix', { body: { persona: PERSONA, draft: draftOf(draft) }, signal }),
        call('simulate', { body: { persona: PERSONA, at, revision: draft.base }, signal }),
        call('simulate', { body: { persona: PERSONA, at, draft: draftOf(draft) }, signal }),
      ])
      return { before, after, was, will }
    },
    enabled: chosen !== '',
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  if (of === undefined) return null
  return (
    <section className="card stack" aria-labelledby="evidence-title">
      <h2 id="evidence-title">What would leave</h2>
      {changed.length > 1 && (
        <p>
          <label htmlFor="evidence-partner">Partner</label>{' '}
          <select id="evidence-partner" value={chosen} onChange={(event) => setChosen(event.target.value)}>
            {changed.map(({ partner }) => (
              <option key={partner}>{partner}</option>
            ))}
          </select>
        </p>
      )}
      {asked.data === undefined ? (
        asked.isError ? (
          <Failed error={asked.error} />
        ) : (
          <Loading what="what would leave" />
        )
      ) : (
        <>
          <MatrixTable
            matrix={matrixOf(asked.data.after, chosen, Object.keys(of.after?.share ?? {}))}
            before={matrixOf(asked.data.before, chosen, Object.keys(of.after?.share ?? {}))}
            terms={(field) => ({
              share: <Term was={of.before?.share[field]} will={of.after?.share[field]} />,
              restricted: (
                <Term was={of.before?.when_restricted.share[field]} will={of.after?.when_restricted.share[field]} />
              ),
            })}
          />
          <h3>One request, to an invented person who allows tracking</h3>
          <div className="requests">
            <RequestView title="Today" request={requestOf(asked.data.was, chosen)} />
            <RequestView
              title="Then"
              request={requestOf(asked.data.will, chosen)}
              against={requestOf(asked.data.was, chosen)}
            />
          </div>
        </>
      )}
    </section>
  )
}

function requestOf(simulated: AnswerOf<'simulate'>, partner: string) {
  return simulated.partners.find((one) => one.partner === partner)?.request
}

type Value = string | readonly number[] | undefined

function Term({ was, will }: { readonly was: Value; readonly will: Value }) {
  const [before, after] = [was, will].map((value) =>
    value === undefined ? 'nothing' : String(value).replace(',', '/'),
  )
  return before === after ? (
    after
  ) : (
    <>
      <del>{before}</del> <ins>{after}</ins>
    </>
  )
}
