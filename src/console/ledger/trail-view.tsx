/** The audit trail, newest first, with filters by actor and kind. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { actorsQuery } from '../api/queries.ts'
import { Options } from '../ui/options.tsx'
import { Failed, Loading } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag } from '../ui/tag.tsx'
import { exactTime, timeText } from '../ui/words.ts'
import { type ControlRecord, TRAIL_KINDS, type TrailKind, type TrailLine, trailOf } from './trail.ts'

const PAGE = 200
const TRAIL: readonly Column<TrailLine>[] = [
  { head: 'When', cell: ({ time }) => <time title={exactTime(time)}>{timeText(time)}</time> },
  { head: 'Who', is: 'name', cell: ({ who }) => who },
  {
    head: 'What',
    cell: ({ what, refused }) => (
      <>
        {what} {refused !== '' && <Tag tone="bad">refused: {refused}</Tag>}
      </>
    ),
  },
  { head: 'Record', is: 'mono', cell: ({ seq }) => seq },
]

export function Trail() {
  const [all, setAll] = useState(false)
  const [by, setBy] = useState('')
  const [kind, setKind] = useState<TrailKind | ''>('')
  const actors = useQuery(actorsQuery)
  const records = useInfiniteQuery({
    queryKey: ['trail'],
    queryFn: ({ pageParam, signal }) =>
      call('listDisclosures', {
        query: { kind: 'control', order: 'newest', limit: PAGE, ...(pageParam === '' ? {} : { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  })
  if (records.data === undefined || actors.data === undefined) {
    const failed = [records, actors].find(({ isError }) => isError)
    return failed === undefined ? (
      <Loading what="the audit trail" />
    ) : (
      <Failed error={failed.error} retry={() => void failed.refetch()} />
    )
  }
  const names = Object.fromEntries(actors.data.map(({ id, name, subject }) => [id, name ?? subject]))
  // Sound: every CONTROL record has an action and facts.
  const rows = records.data.pages.flatMap(({ items }) => items) as unknown as ControlRecord[]
  const lines = trailOf(rows, names, { withQuiet: all, by, kind })
  return (
    <section className="card" aria-labelledby="trail-title">
      <h2 id="trail-title">Who did what</h2>
      <search className="facets">
        <label>
          By
          <select value={by} onChange={(event) => setBy(event.target.value)}>
            <option value="">Anyone</option>
            <Options of={Object.entries(names)} />
            <option value="nobody">The gateway, or an unknown caller</option>
          </select>
        </label>
        <label>
          What
          <select value={kind} onChange={(event) => setKind(event.target.value as TrailKind | '')}>
            <option value="">Anything</option>
            {Object.entries(TRAIL_KINDS).map(([name, { words }]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label className="check">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} /> With the calls
          themselves and the counts of reads
        </label>
      </search>
      {lines.length === 0 ? (
        <p className="calm-line">Nothing of the newest {rows.length} records is like that.</p>
      ) : (
        <Table label="Audit trail" columns={TRAIL} rows={lines} keyOf={({ seq }) => seq} />
      )}
      {records.hasNextPage && (
        <p className="acts">
          <button
            type="button"
            className="button"
            disabled={records.isFetchingNextPage}
            onClick={() => void records.fetchNextPage()}
          >
            Older
          </button>
        </p>
      )}
    </section>
  )
}
