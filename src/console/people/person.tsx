/** One subject, by a handle valid for an hour: choices, statement, case, link, erasure. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../api/client.ts'
import { Problem } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag } from '../ui/tag.tsx'
import { exactTime, fieldWord, plural, timeText } from '../ui/words.ts'
import { Erasure } from './erasure.tsx'
import type { Found } from './find.tsx'
import { OpenCase } from './open-case.tsx'
import { PersonLink } from './person-link.tsx'
import { StatementView } from './statement.tsx'
import { type Choices, evidenceText, statementText } from './words.ts'

export function Person({ found }: { readonly found: Found }) {
  const { handle, other_accounts: others, left_out: leftOut = [] } = found
  const [erased, setErased] = useState(false)
  return (
    <section className="stack person" aria-label="The person found">
      {(others > 0 || leftOut.length > 0) && (
        <p className="card">
          <Tag tone="warn">
            {others > 0 &&
              `${plural(others, 'account')} linked to this identity ${others === 1 ? 'is' : 'are'} not looked at. `}
            {leftOut.length > 0 && 'An identity that identifies nobody was left out.'}
          </Tag>
        </p>
      )}
      {!erased && (
        <>
          <ChoicesView handle={handle} first={found} />
          <StatementView handle={handle} />
          <div className="person-acts">
            <OpenCase handle={handle} />
            <PersonLink handle={handle} />
          </div>
        </>
      )}
      <Erasure handle={handle} done={() => setErased(true)} />
    </section>
  )
}

const STATEMENTS: readonly Column<Choices['statements'][number]>[] = [
  { head: 'When', cell: ({ at }) => <time title={exactTime(at)}>{timeText(at)}</time> },
  { head: 'What', is: 'name', cell: ({ kind }) => fieldWord(kind) },
  { head: 'Says', cell: statementText },
  { head: 'Evidence', cell: evidenceText },
]

function ChoicesView({ handle, first }: { readonly handle: string; readonly first: Choices }) {
  const client = useQueryClient()
  const optingOut = useMutation({
    mutationFn: () => call('stateChoice', { params: { handle }, body: { opt_out: true } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['cases'] }),
  })
  const now = optingOut.data ?? first
  const { choices, statements, opt_out: isOut } = now
  return (
    <section className="card" aria-labelledby="choices-title">
      <h2 id="choices-title">
        Choices <Tag tone={isOut ? 'good' : 'calm'}>{isOut ? 'opted out of all sharing' : 'not opted out of all'}</Tag>
      </h2>
      <p>
        {Object.entries(choices)
          .map(([name, said]) => (said === true ? 'a child' : `${fieldWord(name)}: ${said === 'deny' ? 'no' : 'yes'}`))
          .join(', ') || 'Nothing is stored: each event follows its own signals and the law of its place.'}
      </p>
      {statements.length > 0 && (
        <Table
          label="Statements, newest first"
          columns={STATEMENTS}
          rows={statements}
          keyOf={(one) => `${one.at} ${one.kind} ${one.channel}`}
        />
      )}
      {!isOut && (
        <p className="acts">
          <button type="button" className="button" disabled={optingOut.isPending} onClick={() => optingOut.mutate()}>
            {optingOut.isPending ? 'Waiting for every thread…' : 'Record an opt-out'}
          </button>
        </p>
      )}
      {optingOut.data !== undefined && (
        <p role="status" className="good-text">
          <span aria-hidden="true">●</span> In force on every thread, and on record.
        </p>
      )}
      <Problem of={optingOut.error} />
    </section>
  )
}
