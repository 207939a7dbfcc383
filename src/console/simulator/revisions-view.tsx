/** Compares two revisions for this event, by partner. */
import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/client.ts'
import { useStatus } from '../api/queries.ts'
import { Failed, Loading } from '../ui/problem.tsx'
import { fieldWord } from '../ui/words.ts'
import { type Choosing, eventOf, type Source } from './state.ts'

type Change = AnswerOf<'simulateComparison'>['partners'][number]

export function RevisionsView({ asked, set, source }: Choosing & { readonly source: Source }) {
  const status = useStatus()
  const live = status.data?.revision ?? 1
  const { against = Math.max(1, live - 1), revision = live } = asked
  const body = { ...eventOf(asked, source), before: { revision: against }, after: { revision } }
  const compared = useQuery({
    queryKey: ['compare', body],
    queryFn: ({ signal }) => call('simulateComparison', { body, signal }),
    retry: false,
    gcTime: 0,
  })
  return (
    <div className="stack">
      <p>
        <label>
          From revision{' '}
          <select value={against} onChange={(event) => set({ against: event.target.value })}>
            {Array.from({ length: live }, (_, index) => live - index).map((number) => (
              <option key={number}>{number}</option>
            ))}
          </select>
        </label>{' '}
        to revision {revision}
      </p>
      {compared.isError ? (
        <Failed error={compared.error} retry={() => void compared.refetch()} />
      ) : compared.data === undefined ? (
        <Loading what="both revisions" />
      ) : (
        <ul className="compared">
          {compared.data.partners.map((change) => (
            <li key={change.partner} className="card">
              <strong>{change.partner}</strong>: {changeText(change)}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function changeText({
  before,
  after,
  added,
  removed,
  finer,
  coarser,
  propertiesAdded,
  propertiesRemoved,
  treatments,
}: Change): string {
  if (!before.sent && !after.sent) return 'receives nothing under either.'
  if (!before.sent) return 'would newly receive it.'
  if (!after.sent) return 'would no longer receive it.'
  const of = (fields: readonly string[]): string =>
    fields
      .map((field) => `${fieldWord(field)} (${treatments[field]?.before ?? '?'} → ${treatments[field]?.after ?? '?'})`)
      .join(', ')
  const parts = [
    added.length > 0 ? `▲ more: ${of(added)}` : '',
    finer.length > 0 ? `▲ finer: ${of(finer)}` : '',
    propertiesAdded.length > 0 ? `▲ more properties: ${propertiesAdded.join(', ')}` : '',
    removed.length > 0 ? `▼ less: ${of(removed)}` : '',
    coarser.length > 0 ? `▼ coarser: ${of(coarser)}` : '',
    propertiesRemoved.length > 0 ? `▼ fewer properties: ${propertiesRemoved.join(', ')}` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'receives the same.' : parts.join('; ')
}
