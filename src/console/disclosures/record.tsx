/** One disclosure, explained down to the contract line, and its proof, verified in the browser. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { type AnswerOf, call } from '../api/client.ts'
import { useMay } from '../app/session.tsx'
import { Empty, Failed, Loading, NoPermission, Problem } from '../ui/problem.tsx'
import { ScrollText } from '../ui/scroll.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { exactTime, fieldWord } from '../ui/words.ts'
import { checkProof } from './proof.ts'
import { Ended } from './screen.tsx'
import './disclosures.css'

const DIMENSIONS: readonly string[] = ['sale', 'sharing', 'targeted_advertising', 'precise_location']
type Explanation = AnswerOf<'explainDisclosure'>

export function RecordScreen() {
  const { record } = useParams({ from: '/disclosures/$record' })
  const may = useMay('explainDisclosure')
  const explained = useQuery({
    queryKey: ['explanation', record],
    queryFn: ({ signal }) => call('explainDisclosure', { params: { record }, signal }),
    enabled: may,
    retry: false,
  })
  if (!may) return <NoPermission what="The ledger" needs={['auditor', 'privacy_officer']} />
  if (explained.data === undefined)
    return explained.isError ? (
      <Empty>
        <h1>No such disclosure</h1>
        <p>
          <Link to="/disclosures">All disclosures</Link>
        </p>
        <Failed error={explained.error} />
      </Empty>
    ) : (
      <Loading what="the disclosure" />
    )
  return (
    <div className="screen stack">
      <div className="screen-head">
        <h1>
          <Link to="/disclosures">Disclosures</Link> <span aria-hidden="true">›</span> Record{' '}
          {explained.data.record.seq}
        </h1>
        <Ended outcome={explained.data.outcome} />
      </div>
      <div className="explained">
        <div className="stack">
          <What explained={explained.data} />
          <Fields explained={explained.data} />
        </div>
        <aside className="stack">
          <Proof seq={explained.data.record.seq} />
          <Again again={explained.data.again} />
        </aside>
      </div>
    </div>
  )
}

function What({ explained: { record, verdict, rule, revision, contract } }: { readonly explained: Explanation }) {
  const { partner, event, app, role, purposes, countries, bytes, attempt } = record as Readonly<Record<string, unknown>>
  return (
    <section className="card" aria-labelledby="what-title">
      <h2 id="what-title">
        {String(partner)} was sent {String(event)} of {String(app)}
      </h2>
      <dl className="facts-list">
        <dt>When</dt>
        <dd>{exactTime(record.time ?? 0)}</dd>
        <dt>Rule</dt>
        <dd>{rule.says}</dd>
        <dt>Law</dt>
        <dd>
          {verdict.regime.replaceAll('_', ' ')}
          {verdictText(verdict.bits)}
        </dd>
        <dt>Partner as</dt>
        <dd>
          {String(role).replace('_', ' ')} for {listText(purposes)}, processes in {listText(countries)}
        </dd>
        <dt>Contract</dt>
        <dd>
          revision {revision?.number ?? '?'}
          {contract?.file !== undefined && `, ${contract.file}, line ${contract.lineNumber}`}
          {revision?.isThatOfTheRecord === false && (
            <strong className="bad-text"> — not the revision that the record names</strong>
          )}
        </dd>
        <dt>Sent</dt>
        <dd>
          {String(bytes)} bytes, try {String(attempt)}
        </dd>
      </dl>
    </section>
  )
}

/** What the verdict allows, and its other facts about the subject. */
function verdictText(bits: readonly string[]): string {
  const of = (allowed: boolean): string =>
    bits
      .filter((bit) => DIMENSIONS.includes(bit) === allowed)
      .join(', ')
      .replaceAll('_', ' ')
  const [allows, also] = [of(true), of(false)]
  return `: ${allows === '' ? 'allows none of sale, sharing and targeted advertising' : `allows ${allows}`}${also === '' ? '' : `; ${also}`}`
}

function listText(value: unknown): string {
  return Array.isArray(value) ? value.join(', ').replaceAll('_', ' ') : ''
}

const FIELDS: readonly Column<Explanation['fields'][number]>[] = [
  { head: 'Field', is: 'name', cell: ({ field }) => fieldWord(field) },
  { head: 'As', cell: ({ treatment }) => treatment },
  { head: 'Why', cell: ({ says }) => says },
  {
    head: 'Line',
    is: 'mono',
    cell: ({ line }) => (line?.file === undefined ? '' : `${line.file.replace('partners/', '')}:${line.lineNumber}`),
  },
]

function Fields({ explained: { fields } }: { readonly explained: Explanation }) {
  return (
    <section className="card" aria-labelledby="fields-title">
      <h2 id="fields-title">What left, field by field</h2>
      <Table label="Fields" columns={FIELDS} rows={fields} keyOf={({ field }) => field} />
    </section>
  )
}

function Proof({ seq }: { readonly seq: number }) {
  const record = String(seq)
  const checking = useMutation({
    mutationFn: async () => {
      const [proof, { leaf }, { trust }] = await Promise.all([
        call('proveRecord', { params: { record } }),
        call('readRecord', { params: { record } }),
        call('readCheckpoint', {}),
      ])
      return { proof, verdict: await checkProof(proof, trust, leaf) }
    },
  })
  const { data, error, isPending } = checking
  return (
    <section className="card stack" aria-labelledby="proof-title">
      <h2 id="proof-title">Is it in the ledger?</h2>
      <p>Your browser computes the tree’s root from this record and holds it against the signed checkpoint.</p>
      <button type="button" className="button primary" disabled={isPending} onClick={() => checking.mutate()}>
        {isPending ? 'Checking…' : 'Check the proof here'}
      </button>
      <Problem of={error} />
      {data?.verdict.state === 'valid' && (
        <div role="status">
          <p className="good-text">
            <span aria-hidden="true">●</span> <strong>Proved:</strong> record {data.verdict.index} is among the{' '}
            {data.verdict.size} records of {data.verdict.origin}.
          </p>
          <p className="quiet small">
            Signed by {data.verdict.key}. The key is the one that this gateway publishes: hold it against the one you
            keep.
          </p>
          <details>
            <summary>The proof, for an auditor</summary>
            <ScrollText>{data.proof}</ScrollText>
            <p className="quiet small">
              <code>npx sluice ledger verify</code> checks it as well.
            </p>
          </details>
        </div>
      )}
      {data?.verdict.state === 'invalid' && (
        <p role="alert" className="bad-text">
          <span aria-hidden="true">■</span> <strong>Not proved:</strong> {data.verdict.why}.
        </p>
      )}
    </section>
  )
}

function Again({ again: { same, differences, notes } }: Pick<Explanation, 'again'>) {
  return (
    <section className="card" aria-labelledby="again-title">
      <h2 id="again-title">Decided again today</h2>
      {same ? (
        <p className="good-text">
          <span aria-hidden="true">●</span> The same, under the revisions of then.
        </p>
      ) : (
        <ul className="facts bad-text">
          {differences.map((difference) => (
            <li key={difference}>{difference}</li>
          ))}
        </ul>
      )}
      {notes.map((note) => (
        <p key={note} className="quiet small">
          {note}
        </p>
      ))}
    </section>
  )
}
