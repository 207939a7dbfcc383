/** The statement as a table for spreadsheets (RFC 4180): one row per field sent, and per notice to a partner. */
import type { Statement } from './statement.ts'

export const STATEMENT_CSV = 'text/csv; charset=utf-8; header=present'

const COLUMNS = [
  'id',
  'at',
  'recipient',
  'name',
  'role',
  'event',
  'field',
  'treatment',
  'in_words',
  'purposes',
  'countries',
  'why',
  'outcome',
  'law',
  'revision',
  'contact',
  'privacy_policy',
  'kind',
] as const
type Row = Partial<Readonly<Record<(typeof COLUMNS)[number], string>>>

/**
 * `kind`: `disclosure`; `missing_cell`, where it is incomplete; `by_hand`, one row per class; `notice`, with its verb as the event and its state as the outcome. The latter
 * two follow the last disclosure. A disclosure without data about the subject has no field. Lines end with CRLF.
 */
export function statementCsv({
  disclosures,
  recipients,
  by_hand: byHand = [],
  told = [],
  missing = [],
  next,
}: Statement): string {
  const named = new Map(
    recipients.map(({ partner, name, role, contact, privacy_policy }) => [
      partner,
      { name, role, contact, privacy_policy },
    ]),
  )
  const rows = disclosures.flatMap(({ id, at, recipient, event, law, ...one }): readonly Row[] => {
    const of = {
      ...{ id, at, recipient, event, law, kind: 'disclosure', ...named.get(recipient) },
      purposes: one.purposes.join(' '),
      countries: one.countries.join(' '),
      why: one.why.in_words,
      outcome: one.outcome.in_words,
      revision: String(one.revision),
    }
    return one.fields.length === 0 ? [of] : one.fields.map((field) => ({ ...of, ...field }))
  })
  const others: readonly Row[] = [
    ...byHand.flatMap(({ at, recipient, ground, basis, classes, scope }) =>
      classes.map((field) => ({
        ...{ at, recipient, field, kind: 'by_hand' },
        name: recipient,
        event: ground,
        in_words: scope,
        why: basis,
      })),
    ),
    ...missing.map((cell) => ({ kind: 'missing_cell', in_words: cell })),
    ...told.map(({ asked, recipient, verb, state, in_words }) => ({
      ...{ recipient, in_words, kind: 'notice', ...named.get(recipient) },
      at: asked,
      event: verb,
      outcome: state,
    })),
  ]
  const lines = [...rows, ...(next === undefined ? others : [])].map((row) =>
    COLUMNS.map((column) => row[column] ?? ''),
  )
  return [COLUMNS, ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('')
}

/** A leading apostrophe keeps spreadsheets from evaluating a text as a formula. */
function cell(value: string): string {
  const text = /^[=+\-@\t\r]/u.test(value) ? `'${value}` : value
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
