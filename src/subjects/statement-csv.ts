/** The statement as a table for spreadsheets (RFC 4180): one row for each field that left. */
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
] as const

/** Rows of a disclosure that told nothing about the person have no field. Lines end as the standard asks. */
export function statementCsv({ disclosures, recipients }: Statement): string {
  const named = new Map(recipients.map((one) => [one.partner, one]))
  const rows = disclosures.flatMap((one) => {
    const { name = '', role = '', contact = '', privacy_policy: policy = '' } = named.get(one.recipient) ?? {}
    const fields = one.fields.length === 0 ? [{ field: '', treatment: '', in_words: '' }] : one.fields
    return fields.map(({ field, treatment, in_words: words }) => [
      one.id,
      one.at,
      one.recipient,
      name,
      role,
      one.event,
      field,
      treatment,
      words,
      one.purposes.join(' '),
      one.countries.join(' '),
      one.why.in_words,
      one.outcome.in_words,
      one.law,
      String(one.revision),
      contact,
      policy,
    ])
  })
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** Programs take a text that begins like a formula for one: it is told to be a text. */
function cell(value: string): string {
  const text = /^[=+\-@\t\r]/u.test(value) ? `'${value}` : value
  return /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
