/** Retention, segments and legal holds. */
import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/client.ts'
import { Failed, Loading } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag } from '../ui/tag.tsx'
import { countText, dateText, exactTime, plural, timeText } from '../ui/words.ts'

type Segment = AnswerOf<'listSegments'>['items'][number]
type Retention = AnswerOf<'readRetention'>
type Hold = AnswerOf<'listHolds'>['items'][number]
const MOST = 200

const SEGMENTS: readonly Column<Segment>[] = [
  {
    head: 'Records',
    is: 'name',
    cell: ({ first, end }) => `${countText(first)} to ${countText(Math.max(first, end - 1))}`,
  },
  { head: 'Size', is: 'number', cell: ({ bytes }) => bytesText(bytes) },
  { head: 'Begun', cell: ({ opened_at: at }) => timeText(at) },
  {
    head: 'Full',
    cell: ({ sealed_at: at }) =>
      at === undefined ? 'takes new records' : <time title={exactTime(at)}>{`sealed ${timeText(at)}`}</time>,
  },
  {
    head: 'Kept until',
    cell: ({ kept_until: until, holds }) => (
      <>
        {until === undefined ? 'its time begins when it is full' : dateText(until)}
        {holds.length > 0 && <Tag tone="warn">held</Tag>}
      </>
    ),
  },
]

export function Keeping() {
  const retention = useQuery({ queryKey: ['retention'], queryFn: ({ signal }) => call('readRetention', { signal }) })
  const segments = useQuery({
    queryKey: ['segments'],
    queryFn: ({ signal }) => call('listSegments', { query: { limit: MOST }, signal }),
  })
  const holds = useQuery({
    queryKey: ['holds'],
    queryFn: async ({ signal }) => (await call('listHolds', { query: { limit: 100 }, signal })).items,
  })
  const failed = [retention, segments, holds].find(({ isError }) => isError)
  if (failed !== undefined) return <Failed error={failed.error} retry={() => void failed.refetch()} />
  if (retention.data === undefined || segments.data === undefined || holds.data === undefined)
    return <Loading what="what is kept" />
  return (
    <section className="card" aria-labelledby="keeping-title">
      <h2 id="keeping-title">What is kept</h2>
      <RetentionText retention={retention.data} />
      <Table
        label="Segments, the oldest first"
        columns={SEGMENTS}
        rows={segments.data.items}
        keyOf={({ first }) => first}
      />
      {segments.data.next !== undefined && <p className="quiet">And newer ones.</p>}
      <h3>Legal holds</h3>
      {holds.data.length === 0 ? (
        <p className="calm-line">No record is held.</p>
      ) : (
        <ul className="facts">
          {holds.data.map((hold) => (
            <li key={hold.id}>{holdText(hold)}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

function RetentionText({ retention }: { readonly retention: Retention }) {
  const { months, records, pruned, bytes, next } = retention
  return (
    <p>
      {plural(records, 'record')} in {bytesText(bytes)}, kept for {plural(months, 'month')} after their segment was
      full. {pruned > 0 && `Records before ${countText(pruned)} were pruned; their hashes stay, and proofs with them. `}
      {next === undefined || next.kept_until === undefined
        ? 'Nothing is full yet, so nothing goes.'
        : next.holds.length > 0
          ? `Records ${countText(next.first)} to ${countText(next.end - 1)} would go on ${dateText(next.kept_until)}: a hold keeps them, and all that is younger.`
          : `Next go records ${countText(next.first)} to ${countText(next.end - 1)}, on ${dateText(next.kept_until)}.`}
    </p>
  )
}

function holdText({ reason, since, from, to, first }: Hold): string {
  const what =
    first === undefined
      ? `records from ${exactTime(from ?? since)} to ${exactTime(to ?? since)}`
      : `the segment from record ${first}`
  return `${reason}, since ${timeText(since)}: ${what}`
}

function bytesText(bytes: number): string {
  return bytes < 1_000_000
    ? `${countText(Math.ceil(bytes / 1_000))} KB`
    : `${countText(Math.round(bytes / 1_000_000))} MB`
}
