/** Cells: how each stands, and what to do about one that is silent. */
import { useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/client.ts'
import { useStatus } from '../api/queries.ts'
import { Empty, Unread } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag, type Tone } from '../ui/tag.tsx'
import { countText, plural, spanText } from '../ui/words.ts'

type Answer = AnswerOf<'listCells'>
type Cell = Answer['cells'][number]

const STATES: Readonly<Record<Cell['state'], readonly [tone: Tone, words: string]>> = {
  acts: ['good', 'acts'],
  silent: ['bad', 'silent: its lease ran out'],
  stopped: ['calm', 'stopped in order'],
  new: ['calm', 'never started'],
}

function ago(seconds: number): string {
  return `${spanText(seconds * 1_000)} ago`
}

function columnsFor(own: string | undefined, agreed: number | undefined): readonly Column<Cell>[] {
  return [
    {
      head: 'Cell',
      is: 'name',
      cell: ({ cell }) => (
        <>
          {cell} {cell === own && <span className="quiet">(this one)</span>}
        </>
      ),
    },
    {
      head: 'State',
      cell: ({ state, drained }) => (
        <>
          <Tag tone={STATES[state][0]}>{STATES[state][1]}</Tag> {drained && <Tag tone="warn">drained</Tag>}
        </>
      ),
    },
    {
      head: 'Lease renewed',
      cell: ({ renewed_seconds_ago: renewed }) => (renewed === undefined ? 'has none' : ago(renewed)),
    },
    { head: 'Entries behind', is: 'number', cell: ({ behind }) => countText(behind) },
    { head: 'Pairs to send', is: 'number', cell: ({ waiting }) => countText(waiting) },
    {
      head: 'Version',
      is: 'number',
      cell: ({ version, state }) =>
        state === 'new' ? '' : version === agreed ? version : `${version} (agreed: ${agreed})`,
    },
    {
      head: 'Ledger seen',
      cell: ({ roster }) =>
        roster && (
          <>
            {ago(roster.age_seconds)}{' '}
            {roster.contradicts && <Tag tone="bad">contradicts the roster: docs/bad-days.md</Tag>}
          </>
        ),
    },
  ]
}

export function CellsScreen() {
  const cells = useQuery({
    queryKey: ['cells'],
    queryFn: ({ signal }) => call('listCells', { signal }),
    refetchInterval: 5_000,
  })
  return (
    <div className="screen stack">
      <div className="screen-head">
        <h1>Cells</h1>
      </div>
      {cells.data === undefined ? <Unread of={cells} what="the cells" /> : <Cells {...cells.data} />}
    </div>
  )
}

function Cells({ storage, cells, lease_seconds: leaseSeconds, version }: Answer) {
  const own = useStatus().data?.cell
  if (storage === 'embedded')
    return <Empty>This gateway is one by itself: it has no cells. docs/cluster.md says how to have several.</Empty>
  const silent = cells.filter(({ state }) => state === 'silent')
  return (
    <>
      <section className="card" aria-labelledby="cells-title">
        <h2 id="cells-title">
          {countText(cells.filter(({ state }) => state === 'acts').length)} of {plural(cells.length, 'cell')} act
        </h2>
        <p className="quiet">
          A renewed lease lasts {leaseSeconds} s; a cell without one neither sends nor accepts. Cell 0 alone knows when
          each ledger was seen.
        </p>
        <Table
          label="Cells"
          className="wide-table"
          columns={columnsFor(own, version)}
          rows={cells}
          keyOf={({ cell }) => cell}
        />
      </section>
      {silent.map(({ cell }) => (
        <WhatToDo key={cell} cell={cell} />
      ))}
    </>
  )
}

function WhatToDo({ cell }: { readonly cell: string }) {
  return (
    <section className="card" aria-labelledby={`silent-${cell}`}>
      <h2 id={`silent-${cell}`}>Cell {cell} is silent</h2>
      <p>
        It did not stop in order. It sends nothing until it has a lease again, and no opt-out waits for it. Its users’
        events get 503 meanwhile, unless another cell may keep them; senders come back. What it accepted is in its own
        folder, and nobody else may act for it.
      </p>
      <ul className="facts">
        <li>Its process ended: start it again on the same folder. It sends what waits there.</li>
        <li>It runs: its way to the database is cut, or its machine stands still. It goes on by itself.</li>
        <li>Its machine is gone: attach the folder’s volume to another one, and start it there.</li>
        <li>
          It stays away for long: <code>npx sluice cluster drain {cell}</code> gives its users to the others.
        </li>
        <li>
          Its folder is lost: <code>npx sluice cluster leave {cell} --lost</code>, then add it anew. What waited there
          is lost.
        </li>
      </ul>
      <p className="quiet small">
        docs/cluster.md, “When something fails”; docs/bad-days.md, SluiceLeaseLost and SluiceOwnerDown.
      </p>
    </section>
  )
}
