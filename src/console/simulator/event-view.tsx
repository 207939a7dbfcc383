/** One event: as received, as treated with the reason for each field, and the exact request. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../api/client.ts'
import { RequestView } from '../review/request-view.tsx'
import { Failed, Loading } from '../ui/problem.tsx'
import { ScrollText } from '../ui/scroll.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { Tag } from '../ui/tag.tsx'
import { fieldWord } from '../ui/words.ts'
import { caseText } from './case-text.ts'
import { type Asked, eventOf, type Source } from './state.ts'

type Simulated = AnswerOf<'simulate'>
type OfPartner = Simulated['partners'][number]
type Leaf = Simulated['leaves'][number]

const TREATED: readonly Column<[string, OfPartner['fields'][string]]>[] = [
  { head: 'Field', is: 'name', cell: ([field]) => fieldWord(field) },
  { head: 'Received', is: 'mono', cell: ([, { received }]) => valueText(received) },
  { head: 'As', cell: ([, { treatment }]) => (treatment === 'drop' ? 'nothing' : treatment) },
  { head: 'Sent', is: 'mono', cell: ([, { sent }]) => valueText(sent) },
  { head: 'Why', cell: ([, { because }]) => because },
]
const LEAVES: readonly Column<Leaf>[] = [
  { head: 'Place', is: 'name', cell: ({ path }) => <span className="mono">{path}</span> },
  { head: 'Value', is: 'mono', cell: ({ value }) => valueText(value) },
  {
    head: 'Read as',
    cell: ({ classes, signals, kept, note }) => (
      <>
        {[...classes, ...signals].map(fieldWord).join(', ') || note || 'nothing'}
        {classes.length > 0 && !kept && <span className="quiet"> (not kept: no contract could receive it)</span>}
      </>
    ),
  },
]

export function EventView({ asked, source }: { readonly asked: Asked; readonly source: Source }) {
  const { partner, revision } = asked
  const body = {
    ...eventOf(asked, source),
    ...(partner === undefined ? {} : { partner }),
    ...(revision === undefined ? {} : { revision }),
  }
  const simulated = useQuery({
    queryKey: ['simulate', body],
    queryFn: ({ signal }) => call('simulate', { body, signal }),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  })
  if (simulated.isError) return <Failed error={simulated.error} retry={() => void simulated.refetch()} />
  if (simulated.data === undefined) return <Loading what="what would leave" />
  return (
    <div className="stack simulated">
      {simulated.data.partners.map((one) => (
        <Partner
          key={one.partner}
          of={one}
          event={simulated.data.event}
          asked={source.kind === 'persona' ? asked : undefined}
        />
      ))}
      {simulated.data.partners.length === 0 && <p className="card">No contract names this event for this app.</p>}
      <Received simulated={simulated.data} />
    </div>
  )
}

/** @param asked set if it may become a case of the contract: for personas only */
function Partner({
  of,
  event,
  asked,
}: {
  readonly of: OfPartner
  readonly event: string
  readonly asked: Asked | undefined
}) {
  const { name, partner, result, because, fields, request } = of
  return (
    <section className="card" aria-labelledby={`to-${partner}`}>
      <h2 id={`to-${partner}`}>
        {name}{' '}
        <Tag tone={result === 'item' ? 'good' : 'calm'}>{result === 'item' ? 'receives' : 'receives nothing'}</Tag>
      </h2>
      <p>{because}</p>
      <div className="partner-columns">
        <Table
          label={`Fields to ${name}`}
          className="treated"
          columns={TREATED}
          rows={Object.entries(fields).toSorted(
            ([, one], [, other]) => Number(one.treatment === 'drop') - Number(other.treatment === 'drop'),
          )}
          keyOf={([field]) => field}
          rowClass={([, { treatment }]) => (treatment === 'drop' ? 'dropped' : '')}
        />
        <RequestView title="The exact request" request={request} />
      </div>
      {asked !== undefined && (
        <details>
          <summary>As a case of this contract</summary>
          <p className="quiet">
            Put it into <code>partners/{partner}.cases.yaml</code>: a change that decides otherwise is then refused.
          </p>
          <ScrollText className="case-text">{caseText(asked, event, of)}</ScrollText>
        </details>
      )}
    </section>
  )
}

function Received({
  simulated: { leaves, decoded, verdict, masked, event, app, revision },
}: {
  readonly simulated: Simulated
}) {
  return (
    <section className="card" aria-labelledby="received-title">
      <h2 id="received-title">
        As received: {event} of {app}
      </h2>
      <p className="quiet">
        Under revision {revision}.{masked && ' Every value is a placeholder: the event is a real user’s.'}
      </p>
      <ul className="facts">
        {verdict?.words.map((word) => (
          <li key={word}>{word}</li>
        ))}
      </ul>
      {decoded.length > 0 && (
        <p>
          Signals:{' '}
          {decoded
            .map(
              ({ signal, state, value, problem }) =>
                `${fieldWord(signal)} ${state === 'valid' ? valueText(value) : `${state} ${problem ?? ''}`}`,
            )
            .join('; ')}
        </p>
      )}
      {leaves.length > 0 && (
        <details>
          <summary>Every value, and what reads it</summary>
          <Table label="Every value" columns={LEAVES} rows={leaves} keyOf={({ path }) => path} />
        </details>
      )}
    </section>
  )
}

function valueText(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
