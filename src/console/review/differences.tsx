/** Differences with direction (sign, word and colour) and affected audience. */
import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/client.ts'
import { Failed, Loading } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { ChangeTag } from '../ui/tag.tsx'
import type { Draft } from './whole-proposal.ts'

type Difference = AnswerOf<'diffRevisions'>['differences'][number]
const PLACES_SHOWN = 6
const COLUMNS: readonly Column<Difference>[] = [
  { head: 'More or less', cell: ({ direction }) => <ChangeTag change={direction} /> },
  { head: 'Whose', is: 'name', cell: ({ about }) => about },
  { head: 'What', cell: ({ what }) => what },
  { head: 'From', cell: ({ from }) => from || 'nothing' },
  { head: 'To', cell: ({ to }) => to || 'nothing' },
  { head: 'For whom', is: 'quiet', cell: whomText },
]

export function Differences({ draft }: { readonly draft: Draft }) {
  const diff = useQuery({
    queryKey: ['diff', draft.base, draft.files],
    queryFn: ({ signal }) =>
      call('diffRevisions', {
        body: {
          before: draft.base,
          after: {
            edits: [],
            files: { ...draft.files, ...Object.fromEntries(draft.remove.map((id) => [`partners/${id}.yaml`, null])) },
          },
        },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  return (
    <section className="card" aria-labelledby="differences-title">
      <h2 id="differences-title">Difference by difference</h2>
      {diff.data === undefined ? (
        diff.isError ? (
          <Failed error={diff.error} />
        ) : (
          <Loading what="the differences" />
        )
      ) : (
        <Table
          label="Differences"
          columns={COLUMNS}
          rows={diff.data.differences}
          keyOf={({ about, kind, what }) => `${about} ${kind} ${what}`}
          rowClass={({ direction }) => (direction === 'wider' || direction === 'both' ? 'wider-row' : '')}
        />
      )}
    </section>
  )
}

function whomText({ who }: Difference): string {
  const audiences = Object.entries(who)
  if (audiences.length === 0) return 'everyone, everywhere'
  return audiences
    .map(([audience, places]) => {
      const named = places.slice(0, PLACES_SHOWN).map((place) => place || 'everywhere else')
      const more = places.length > PLACES_SHOWN ? ` and ${places.length - PLACES_SHOWN} more places` : ''
      return `${audience.replaceAll('_', ' ')} in ${named.join(', ')}${more}`
    })
    .join('; ')
}
