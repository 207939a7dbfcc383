/** External anchors of checkpoints and how far each is behind. */
import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/client.ts'
import { Failed, Loading } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'
import { agoText, countText, exactTime, plural } from '../ui/words.ts'

type Anchor = AnswerOf<'listAnchors'>['items'][number]
const STATES: Readonly<Record<Anchor['state'], readonly [tone: Tone, words: string]>> = {
  current: ['good', 'has every record'],
  behind: ['good', 'gets the newest at its next turn'],
  stale: ['warn', 'stale: it lacks records of more than an hour ago'],
  failing: ['bad', 'the last attempt failed'],
  contradicts: ['bad', 'holds another history: nothing more is put there'],
  never: ['warn', 'nothing lies there yet'],
}
const COLUMNS: readonly Column<Anchor>[] = [
  {
    head: 'Where',
    is: 'name',
    cell: ({ name, where }) => (
      <>
        {name} <span className="quiet">{where}</span>
      </>
    ),
  },
  {
    head: 'State',
    cell: ({ state, failure }) => (
      <>
        <Tag tone={STATES[state][0]}>{STATES[state][1]}</Tag>
        {failure !== undefined && <span className="quiet"> {failure}</span>}
      </>
    ),
  },
  { head: 'Records there', is: 'number', cell: ({ records }) => (records === undefined ? '' : countText(records)) },
  { head: 'Lacks', is: 'number', cell: ({ lacks }) => countText(lacks) },
  {
    head: 'Reached',
    cell: ({ reached_at: at }) =>
      at === undefined ? 'not since the start' : <time title={exactTime(at)}>{agoText(at)}</time>,
  },
]

export function Anchors() {
  const anchors = useQuery({
    queryKey: ['anchors'],
    queryFn: async ({ signal }) => (await call('listAnchors', { query: { limit: 100 }, signal })).items,
    refetchInterval: 30_000,
  })
  if (anchors.isError) return <Failed error={anchors.error} retry={() => void anchors.refetch()} />
  if (anchors.data === undefined) return <Loading what="the anchors" />
  const outside = anchors.data.filter(({ state }) => state === 'current' || state === 'behind').length
  return (
    <section className="card" aria-labelledby="anchors-title">
      <h2 id="anchors-title">Checkpoints outside</h2>
      {anchors.data.length === 0 ? (
        <p>
          <Tag tone="warn">Checkpoints are stored only here</Tag> Whoever can write this folder could write another
          history. Name a folder, an address or a witness under <code>ledger.anchors</code>.
        </p>
      ) : (
        <>
          <p>
            {plural(anchors.data.length, 'place')}, {countText(outside)} of them up to date.
          </p>
          <Table
            label="Anchors"
            columns={COLUMNS}
            rows={anchors.data}
            keyOf={({ name, where }) => `${name} ${where}`}
          />
        </>
      )}
    </section>
  )
}
