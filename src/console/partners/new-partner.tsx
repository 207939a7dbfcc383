/** A new partner: from a type's starter contract, or as a copy of another partner's contract. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { call } from '../api/client.ts'
import { filesQuery, partnersQuery, typesQuery, useStatus } from '../api/queries.ts'
import { useMay } from '../app/session.tsx'
import type { JsonSchema } from '../editor/complete.ts'
import { YamlEditor } from '../editor/yaml-editor.tsx'
import { TestEvent } from '../live/test-event.tsx'
import { Failed, Loading, NoPermission } from '../ui/problem.tsx'
import { eventsIn, renamed } from './contract-text.ts'
import { Meaning } from './meaning.tsx'
import { placeProblem } from './place-problem.ts'
import { useMeaning } from './use-meaning.ts'
import './partners.css'

/** Browsers compile `pattern` with the flag v, which requires an escaped dash in a class. */
const ID = String.raw`[a-z0-9][a-z0-9_\-]{0,39}`

export function NewPartnerScreen() {
  const may = useMay('exportRevision')
  return (
    <div className="screen">
      <div className="screen-head">
        <h1>
          <Link to="/partners">Partners</Link> <span aria-hidden="true">›</span> New partner
        </h1>
      </div>
      {may ? <Beginning /> : <NoPermission what="A new partner" needs={['editor', 'approver']} />}
    </div>
  )
}

function Beginning() {
  const types = useQuery(typesQuery)
  const partners = useQuery(partnersQuery)
  const [from, setFrom] = useState('')
  const [id, setId] = useState('')
  const [begun, setBegun] = useState<{ readonly from: string; readonly id: string }>()
  const isTaken = partners.data?.some((partner) => partner.id === id) === true
  if (begun !== undefined) return <Filling {...begun} leave={() => setBegun(undefined)} />
  return (
    <form
      className="card stack beginning"
      onSubmit={(event) => {
        event.preventDefault()
        setBegun({ from, id })
      }}
    >
      <label htmlFor="from">Begin with</label>
      <select id="from" required value={from} onChange={(event) => setFrom(event.target.value)}>
        <option value="" disabled>
          A type, or a partner to copy
        </option>
        <optgroup label="The beginning of a type">
          {types.data?.map(({ type }) => (
            <option key={type} value={`type ${type}`}>
              {type}
            </option>
          ))}
        </optgroup>
        <optgroup label="The same as a partner">
          {partners.data?.map((partner) => (
            <option key={partner.id} value={`copy ${partner.id}`}>
              {partner.name}
            </option>
          ))}
        </optgroup>
      </select>
      <label htmlFor="new-id">Its id, for files and addresses</label>
      <input
        id="new-id"
        required
        pattern={ID}
        title="small letters, digits, - and _"
        value={id}
        onChange={(event) => setId(event.target.value)}
      />
      {isTaken && (
        <p role="alert" className="problem-line">
          There is a partner of this id already.
        </p>
      )}
      <div className="dialog-buttons">
        <button type="submit" className="button primary" disabled={isTaken}>
          Begin
        </button>
      </div>
    </form>
  )
}

function Filling({ from, id, leave }: { readonly from: string; readonly id: string; readonly leave: () => void }) {
  const [kind = '', source = ''] = from.split(' ', 2)
  const status = useStatus()
  const [base] = useState(status.data?.revision)
  const files = useQuery({ ...filesQuery(base ?? 0), enabled: kind === 'copy' && base !== undefined })
  const starter = useQuery({
    queryKey: ['starter', source, id],
    queryFn: ({ signal }) => call('readStarter', { params: { type: source }, query: { id }, signal }),
    enabled: kind === 'type',
    staleTime: Number.POSITIVE_INFINITY,
  })
  const copied = files.data?.[`partners/${source}.yaml`]
  const text = kind === 'copy' ? (copied === undefined ? undefined : renamed(copied, id)) : starter.data?.text
  if (text === undefined || base === undefined) {
    const failed = [files, starter].find(({ isError }) => isError)
    return failed === undefined ? <Loading what="the beginning" /> : <Failed error={failed.error} />
  }
  return <NewContract id={id} beginning={text} base={base} leave={leave} />
}

function NewContract({
  id,
  beginning,
  base,
  leave,
}: {
  readonly id: string
  readonly beginning: string
  readonly base: number
  readonly leave: () => void
}) {
  const file = `partners/${id}.yaml`
  const [text, setText] = useState(beginning)
  const changed = useMemo(() => ({ [file]: text }), [file, text])
  const meaning = useMeaning(changed)
  const problems = useMemo(() => meaning.problems.map(placeProblem), [meaning.problems])
  const marks = useMemo(() => problems.filter((problem) => problem.file === file), [problems, file])
  const schema = useQuery({
    queryKey: ['schema', 'partner'],
    queryFn: () => call('readSchema', { params: { file: 'partner' } }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <div className="contract">
      <YamlEditor
        label={`Contract of ${id}`}
        text={text}
        onChange={setText}
        problems={marks}
        schema={schema.data as JsonSchema | undefined}
      />
      <div className="contract-side stack">
        <Meaning changed={changed} base={base} meaning={meaning} problems={problems} forget={leave} />
        <TestEvent
          partner={id}
          events={eventsIn(text)}
          files={changed}
          disabled={meaning.isPending || problems.length > 0}
        />
      </div>
    </div>
  )
}
