/** One case: legal deadline, steps with their actors, and the next step. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { ApiProblem, call } from '../api/client.ts'
import { useMay } from '../app/session.tsx'
import { Empty, Failed, Loading, NoPermission, Problem } from '../ui/problem.tsx'
import { ScrollText } from '../ui/scroll.tsx'
import { Tag } from '../ui/tag.tsx'
import { whoText } from '../ui/who.ts'
import { countText, dateText, fieldWord, plural } from '../ui/words.ts'
import { CaseForms } from './case-forms.tsx'
import { StatementView } from './statement.tsx'
import { dueText, KIND_WORDS, STEP_WORDS, type WholeCase } from './words.ts'
import './people.css'

const ONESELF: Readonly<Record<string, string>> = {
  person: 'the person',
  system: 'another system',
  gateway: 'the gateway',
}

export function CaseScreen() {
  const { case: id } = useParams({ from: '/people/$case' })
  const may = useMay('readCase')
  const whole = useQuery({
    queryKey: ['case', id],
    queryFn: ({ signal }) => call('readCase', { params: { case: id }, signal }),
    enabled: may,
    retry: false,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })
  if (!may) return <NoPermission what="A case" needs={['privacy_officer']} />
  if (whole.data === undefined)
    return !whole.isError ? (
      <Loading what="the case" />
    ) : whole.error instanceof ApiProblem && whole.error.status === 404 ? (
      <Empty>
        <h1>No such case</h1>
        <p>
          <Link to="/people">All cases</Link>
        </p>
      </Empty>
    ) : (
      <Failed error={whole.error} retry={() => void whole.refetch()} />
    )
  return <CaseView one={whole.data} />
}

function CaseView({ one }: { readonly one: WholeCase }) {
  const { case: id, kind, by, law, source, received, due, state, overdue, steps, names, recipients, handle } = one
  return (
    <div className="screen stack">
      <div className="screen-head">
        <h1>
          {KIND_WORDS[kind]}, case {id}
        </h1>
        <Tag tone={state === 'closed' ? 'calm' : overdue ? 'bad' : 'good'}>{dueText(one)}</Tag>
      </div>
      <div className="person-acts">
        <section className="card" aria-label="The clock">
          <dl className="facts-list">
            <dt>Asked by</dt>
            <dd>{by === 'person' ? 'the person' : `a${by === 'agent' ? 'n' : ''} ${by}, who must show a mandate`}</dd>
            <dt>Came on</dt>
            <dd>{dateText(received)}</dd>
            <dt>Due on</dt>
            <dd>
              {dateText(due)}
              {one.extendable_to !== undefined && `; can be extended to ${dateText(one.extendable_to)}`}
            </dd>
            <dt>Law</dt>
            <dd>
              {fieldWord(law)}: {source}
            </dd>
            {one.purposes !== undefined && (
              <>
                <dt>About</dt>
                <dd>{one.purposes.map(fieldWord).join(', ')}</dd>
              </>
            )}
            <dt>Who received something</dt>
            <dd>
              {recipients.map(({ name, disclosures }) => `${name} (${countText(disclosures)})`).join(', ') || 'nobody'}
            </dd>
          </dl>
          {!one.openable && <p className="quiet">Its person was erased: the rest identifies nobody.</p>}
        </section>
        <section className="card" aria-labelledby="steps-title">
          <h2 id="steps-title">Steps</h2>
          <ol className="timeline">
            {steps.map(({ what, at, by: actor, evidence, refusal, text }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: steps are only appended.
              <li key={index}>
                {dateText(at)}, {ONESELF[actor] ?? whoText(actor, names)}: {STEP_WORDS[what]}
                {evidence !== undefined && `; shown by: ${fieldWord(evidence)}`}
                {refusal !== undefined && `; ${fieldWord(refusal)}`}
                {text !== undefined && text !== '' && <blockquote>{text}</blockquote>}
              </li>
            ))}
          </ol>
        </section>
      </div>
      {state === 'open' && <CaseForms one={one} />}
      {state === 'open' && <Run one={one} />}
      {handle !== undefined && <StatementView handle={handle} />}
    </div>
  )
}

const RUN_WORDS: Readonly<Record<WholeCase['kind'], string>> = {
  access: 'Make the link to who received what',
  deletion: 'Erase the person…',
  child: 'Erase the person…',
  objection: 'Put it in force again',
  restriction: 'Put it in force again',
  correction: 'Say whom to ask',
}

/** An erasure is requested by one person and carried out by another. */
function Run({ one }: { readonly one: WholeCase }) {
  const client = useQueryClient()
  const isErasure = one.kind === 'deletion' || one.kind === 'child'
  const [sure, setSure] = useState(!isErasure)
  const running = useMutation({
    gcTime: 0,
    mutationFn: () => call('runCase', { params: { case: one.case }, body: {} }),
    onSuccess: () =>
      client.invalidateQueries({ queryKey: ['cases'] }).then(() => client.invalidateQueries({ queryKey: ['case'] })),
  })
  const { data, error } = running
  const link = data !== undefined && 'link' in data ? data.link : undefined
  const erased = data !== undefined && 'erased' in data ? data.erased : undefined
  return (
    <section className="card" aria-labelledby="run-title">
      <h2 id="run-title">Carry it out</h2>
      {isErasure && (
        <p>
          {one.asked_by === undefined
            ? 'It takes two people: you request the erasure, another person carries it out. The person and whom to notify are above.'
            : `${whoText(one.asked_by, one.names)} has asked for it. Another person erases, and that cannot be undone.`}
        </p>
      )}
      {isErasure && (
        <label>
          <input type="checkbox" checked={sure} onChange={(event) => setSure(event.target.checked)} /> I have verified
          who asks
        </label>
      )}
      <p className="acts">
        <button
          type="button"
          className={`button ${isErasure ? 'danger' : 'primary'}`}
          disabled={!sure || running.isPending}
          onClick={() => running.mutate()}
        >
          {running.isPending ? 'Waiting for the answer…' : RUN_WORDS[one.kind]}
        </button>
      </p>
      {data !== undefined && (
        <div role="status">
          {link !== undefined && (
            <>
              <p>It works once, until {dateText(link.expires)}. Put it behind the address of your data plane:</p>
              <ScrollText>{link.path}</ScrollText>
            </>
          )}
          {erased !== undefined && (
            <p className="good-text">
              Erased: {plural(erased.keys_destroyed, 'key')} destroyed,{' '}
              {plural(erased.recipients.length, 'company', 'companies')} to notify.
            </p>
          )}
          {link === undefined && erased === undefined && (
            <p className="good-text">
              {isErasure ? 'Asked for: another person must do it too.' : 'Done, and on record.'}
            </p>
          )}
        </div>
      )}
      <Problem of={error} />
    </section>
  )
}
