/** Partners: the health of each in words, and the next step. */
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useMay } from '../app/session.tsx'
import { StopButton } from '../app/stop.tsx'
import { Empty, Failed, Loading } from '../ui/problem.tsx'
import { Tag } from '../ui/tag.tsx'
import { countText, plural } from '../ui/words.ts'
import type { PartnerRow } from './facts.ts'
import { usePartnerRows } from './use-partners.ts'
import './partners.css'

const MINUTES = 15
const WORST_FIRST = ['bad', 'warn', 'calm', 'good']

export function PartnersScreen() {
  const { rows, error, retry } = usePartnerRows(MINUTES)
  const may = useMay('publish')
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const shown = rows
    ?.filter(({ id, name, type }) => `${id} ${name} ${type}`.toLowerCase().includes(wanted))
    .toSorted((a, b) => WORST_FIRST.indexOf(a.health.tone) - WORST_FIRST.indexOf(b.health.tone))
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>Partners</h1>
        {may && (
          <Link to="/new-partner" className="button head-button">
            New partner…
          </Link>
        )}
        <input
          type="search"
          aria-label="Find a partner"
          placeholder="Find a partner"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      {shown === undefined ? (
        error != null ? (
          <Failed error={error} retry={retry} />
        ) : (
          <Loading what="the partners" />
        )
      ) : shown.length === 0 ? (
        <Empty>{wanted === '' ? 'No partner has a contract yet.' : 'No partner is called like that.'}</Empty>
      ) : (
        <ul className="partner-cards">
          {shown.map((row) => (
            <PartnerCard key={row.id} row={row} />
          ))}
        </ul>
      )}
    </div>
  )
}

function PartnerCard({ row }: { readonly row: PartnerRow }) {
  const { id, name, role, type, health, delivered, withheld, waits, failures, deadLetters } = row
  return (
    <li className={`card partner-card ${health.tone}`}>
      <h2>
        <Link to="/partners/$partner" params={{ partner: id }}>
          {name}
        </Link>
      </h2>
      <p className="quiet small">
        {role.replace('_', ' ')}, {type}
      </p>
      <p>
        <Tag tone={health.tone}>{health.words}</Tag>
      </p>
      {health.next !== '' && <p className="next">{health.next}.</p>}
      <dl className="numbers">
        <NumberOf name="acknowledged" count={delivered} />
        <NumberOf name="withheld" count={withheld} />
        <NumberOf name="waits" count={waits} />
        <NumberOf name="errors" count={failures} />
      </dl>
      <p className="card-buttons">
        {deadLetters > 0 && (
          <Link to="/partners/$partner" params={{ partner: id }} search={{ view: 'letters' }} className="button">
            {plural(deadLetters, 'dead letter')}
          </Link>
        )}
        <StopButton partner={id} label={health.state === 'stopped' ? `Resume ${name}…` : `Stop ${name}…`} />
      </p>
    </li>
  )
}

function NumberOf({ name, count }: { readonly name: string; readonly count: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{countText(count)}</dd>
    </div>
  )
}
