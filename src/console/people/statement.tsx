/** A subject's statement, in words and as files to pass on. */
import { useMutation } from '@tanstack/react-query'
import { call } from '../api/client.ts'
import { Loading, Problem } from '../ui/problem.tsx'
import { type Column, Table } from '../ui/table.tsx'
import { countText, dateText, exactTime, fieldWord, plural, timeText } from '../ui/words.ts'
import { saveFile } from './save-file.ts'
import { noticeStatesText, type Statement } from './words.ts'

type Told = NonNullable<Statement['told']>[number]

const recipientColumns = (told: readonly Told[]): readonly Column<Statement['recipients'][number]>[] => [
  { head: 'Who', is: 'name', cell: ({ name }) => name },
  { head: 'As', cell: ({ role }) => fieldWord(role) },
  { head: 'For', cell: ({ purposes }) => purposes.map(fieldWord).join(', ') },
  { head: 'Where', cell: ({ countries }) => countries.join(', ') },
  { head: 'Times', is: 'number', cell: ({ disclosures }) => countText(disclosures) },
  { head: 'From, to', cell: ({ first, last }) => `${dateText(first)}, ${dateText(last)}` },
  {
    head: 'Told by us',
    cell: ({ partner }) =>
      noticeStatesText(told.flatMap(({ recipient, state }) => (recipient === partner ? [state] : []))) || 'no',
  },
  { head: 'Contact', cell: ({ contact }) => contact },
]
const TOLD: readonly Column<Told>[] = [
  { head: 'Asked on', cell: ({ asked }) => dateText(asked) },
  { head: 'Whom', is: 'name', cell: ({ recipient }) => recipient },
  { head: 'Of what, and how that went', cell: ({ in_words: words }) => words },
]
const DISCLOSURES: readonly Column<Statement['disclosures'][number]>[] = [
  { head: 'When', cell: ({ at }) => <time title={exactTime(at)}>{timeText(at)}</time> },
  { head: 'Who', is: 'name', cell: ({ recipient }) => recipient },
  { head: 'Event', cell: ({ event }) => event },
  {
    head: 'What',
    cell: ({ fields }) => fields.map(({ in_words: words }) => words).join('; ') || 'nothing of the person',
  },
  { head: 'Why', cell: ({ why }) => why.in_words },
  { head: 'How it ended', cell: ({ outcome }) => outcome.in_words },
]

export function StatementView({ handle }: { readonly handle: string }) {
  const params = { handle }
  const reading = useMutation({ gcTime: 0, mutationFn: () => call('readDisclosures', { params, query: {} }) })
  const saving = useMutation({
    gcTime: 0,
    mutationFn: async (as: 'csv' | 'json') => {
      if (as === 'csv') saveFile('statement.csv', 'text/csv', await call('tabulateDisclosures', { params }))
      else
        saveFile(
          'statement.json',
          'application/json',
          JSON.stringify(await call('exportSubject', { params, query: {} }), null, 2),
        )
      return as
    },
  })
  const error = reading.error ?? saving.error
  return (
    <section className="card" aria-labelledby="statement-title">
      <h2 id="statement-title">Who received what</h2>
      <p className="acts">
        <button type="button" className="button" disabled={reading.isPending} onClick={() => reading.mutate()}>
          Show in words
        </button>
        <button type="button" className="button" disabled={saving.isPending} onClick={() => saving.mutate('csv')}>
          Save as CSV
        </button>
        <button type="button" className="button" disabled={saving.isPending} onClick={() => saving.mutate('json')}>
          Save as JSON, with proofs
        </button>
      </p>
      <p className="quiet small">
        Each access is recorded. The JSON contains the person’s own keys: give it to nobody else.
      </p>
      {reading.isPending && <Loading what="the ledger" />}
      {saving.data !== undefined && <p role="status">Saved as statement.{saving.data}.</p>}
      <Problem of={error} />
      {reading.data !== undefined && <Words statement={reading.data} />}
    </section>
  )
}

function Words({ statement }: { readonly statement: Statement }) {
  const { recipients, disclosures, withheld, staff_reads: reads = [], notes = [], next, told = [] } = statement
  const { by_hand: byHand = [] } = statement
  if ([recipients, withheld, told, byHand].every(({ length }) => length === 0))
    return <p className="calm-line">Nothing about this person left, and nothing was withheld.</p>
  return (
    <div className="stack">
      <p>
        <strong>
          {recipients.length === 0
            ? 'Nothing about this person left.'
            : `${plural(recipients.length, 'company', 'companies')} received something.`}
        </strong>
      </p>
      {recipients.length > 0 && (
        <>
          <Table
            label="Recipients"
            className="wide-table"
            columns={recipientColumns(told)}
            rows={recipients}
            keyOf={({ partner }) => partner}
          />
          <Table
            label="Disclosures, the oldest first"
            className="wide-table"
            columns={DISCLOSURES}
            rows={disclosures}
            keyOf={({ id }) => id}
          />
        </>
      )}
      {next !== undefined && <p className="quiet">There are more: the files hold them all.</p>}
      {withheld.length > 0 && (
        <ul className="facts">
          {withheld.map(({ recipient, why, in_words: words, count }) => (
            <li key={`${recipient} ${why}`}>
              {recipient} received nothing {plural(count, 'time')}: {words}
            </li>
          ))}
        </ul>
      )}
      {told.length > 0 && (
        <Table
          label="Notified partners and their answers"
          className="wide-table"
          columns={TOLD}
          rows={told}
          keyOf={(one) => told.indexOf(one)}
        />
      )}
      {byHand.length > 0 && (
        <ul className="facts">
          {byHand.map(({ at, recipient, scope, basis }) => (
            <li key={`${at} ${recipient} ${basis}`}>
              Handed over to {recipient}, {dateText(at)}: {scope} {basis}
            </li>
          ))}
        </ul>
      )}
      {notes.map(({ code, in_words: words }) => (
        <p key={code} className="warn-text">
          {words}
        </p>
      ))}
      {reads.length > 0 && <p className="quiet small">Staff looked {plural(reads.length, 'time')} before.</p>}
    </div>
  )
}
