/** Subjects' requests by due date. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { useMay } from '../app/session.tsx'
import { Options } from '../ui/options.tsx'
import { Unread } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag } from '../ui/tag.tsx'
import { dateText, fieldWord } from '../ui/words.ts'
import { type Case, dueText, KIND_WORDS } from './words.ts'

const MOST = 200
/** A case with fewer days left counts as urgent. */
const PRESSING_DAYS = 7
const STATES = { open: 'Open', overdue: 'Overdue', closed: 'Closed' } as const

const COLUMNS: readonly Column<Case>[] = [
  { head: 'Asked for', is: 'name', cell: (one) => <CaseLink one={one} /> },
  {
    head: 'Due',
    cell: (one) => (
      <Tag
        tone={one.state === 'closed' ? 'calm' : one.overdue ? 'bad' : one.days_left < PRESSING_DAYS ? 'warn' : 'good'}
      >
        {dueText(one)}
      </Tag>
    ),
  },
  { head: 'Came on', cell: ({ received }) => dateText(received) },
  { head: 'Due on', cell: ({ due }) => dateText(due) },
  { head: 'Law', cell: ({ law, source }) => <span title={source}>{fieldWord(law)}</span> },
  { head: 'By', cell: ({ by, through }) => (through === 'staff' ? by : `${by}, by ${through}`) },
  {
    head: 'Waits for',
    cell: ({ state, confirm_by: confirmBy, confirmed, asked_by: asked }) =>
      state === 'closed'
        ? ''
        : asked !== undefined
          ? 'another person to do it'
          : confirmBy !== undefined && !confirmed
            ? `a confirmation by ${dateText(confirmBy)}`
            : 'an answer',
  },
]

function CaseLink({ one }: { readonly one: Case }) {
  const may = useMay('readCase')
  const text = `${KIND_WORDS[one.kind]} ${one.case}`
  return may ? (
    <Link to="/people/$case" params={{ case: one.case }}>
      {text}
    </Link>
  ) : (
    text
  )
}

export function Cases() {
  const [state, setState] = useState<keyof typeof STATES>('open')
  const cases = useQuery({
    queryKey: ['cases', state],
    queryFn: ({ signal }) => call('listCases', { query: { state, limit: MOST }, signal }),
  })
  return (
    <section className="card" aria-labelledby="cases-title">
      <div className="card-head">
        <h2 id="cases-title">Cases</h2>
        <label>
          Show{' '}
          <select value={state} onChange={(event) => setState(event.target.value as keyof typeof STATES)}>
            <Options of={Object.entries(STATES)} />
          </select>
        </label>
      </div>
      {cases.data === undefined ? (
        <Unread of={cases} what="the cases" />
      ) : cases.data.items.length === 0 ? (
        <p className="calm-line">No case is {state}.</p>
      ) : (
        <Table
          label="Cases, those due first"
          className="wide-table"
          columns={COLUMNS}
          rows={cases.data.items}
          keyOf={(one) => one.case}
        />
      )}
    </section>
  )
}
