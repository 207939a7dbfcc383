/** Records and counts as CSV tables. */
import type { Row } from './row.ts'

/** Columns of records; other members are left out. */
export const RECORD_COLUMNS = [
  'seq',
  'time',
  'kind',
  'id',
  'eventRef',
  'partner',
  'app',
  'event',
  'why',
  'regime',
  'revision',
  'acceptedRevision',
  'type',
  'role',
  'purposes',
  'countries',
  'treatments',
  'attempt',
  'bytes',
  'count',
  'outcome',
  'status',
  'latency',
  'action',
  'facts',
  'hash',
] as const

/** A record as a table row: times in ISO 8601, the outcome as kind and status. */
export function recordCells(row: Row): Row {
  const { time, outcome } = row
  const ended = (outcome ?? {}) as { readonly kind?: string; readonly status?: number }
  return {
    ...row,
    time: typeof time === 'number' ? new Date(time).toISOString() : time,
    outcome: ended.kind,
    status: ended.status,
  }
}

/** With its line end. */
export function csvHeading(columns: readonly string[]): string {
  return `${csvLine(columns)}\r\n`
}
export function csvRow(columns: readonly string[], row: Row): string {
  return `${csvLine(columns.map((column) => row[column]))}\r\n`
}

/** RFC 4180; a value that a spreadsheet would take for a formula gets a leading apostrophe. */
export function csvLine(values: readonly unknown[]): string {
  return values
    .map((value) => {
      const text = textOf(value)
      const safe = /^[=+@\t\r\n-]/u.test(text) && typeof value !== 'number' ? `'${text}` : text
      return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
    })
    .join(',')
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.join(' ')
  if (typeof value !== 'object') return String(value)
  return Object.entries(value)
    .map(([name, how]) => `${name}=${String(how)}`)
    .join(' ')
}
