/** Questions to the ledger. Answers come in the ledger's order, which never changes, so a cursor is a record's number. */
import type { IdentityKey } from '../model/brand.ts'
import type { LedgerRecord } from '../model/disclosure.ts'
import type { Archive } from './archive.ts'
import { type Filter, matches, type RecordShape } from './index/shapes.ts'
import type { Ending, IndexReader } from './index/store.ts'
import { decodeLeaf } from './leaf.ts'
import { leafJson } from './leaf-text.ts'

const DAY_MS = 86_400_000
export const MOST_ROWS = 1_000

export interface Query extends Filter {
  /** Identity keys of one person: any of them. */
  readonly subject?: readonly IdentityKey[]
  /** Number of the last record seen. */
  readonly after?: number
  /** At most 1,000. Default 100. */
  readonly limit?: number
}
export type Row = { readonly [name: string]: unknown }
export interface Page {
  readonly records: readonly Row[]
  /** Give it as `after` for the next page; absent where there is no more. */
  readonly next?: number
}

export async function findRecords(archive: Archive, query: Query): Promise<Page> {
  await archive.catchUp()
  const limit = Math.min(Math.max(1, query.limit ?? 100), MOST_ROWS)
  const subjects = query.subject === undefined ? undefined : archive.parts.subjectsOf(query.subject)
  const after = query.after ?? -1
  const records: Row[] = []
  for (const index of archive.indexesOf()) {
    if (index.end <= after + 1) continue
    for (const seq of seqsIn(index, query, subjects)) {
      const row = rowOf(archive, index, seq, query)
      if (row === undefined) continue
      records.push(row)
      if (records.length === limit) return { records, next: seq }
    }
    await archive.parts.breathe()
  }
  return { records }
}

function seqsIn(index: IndexReader, query: Query, subjects: readonly number[] | undefined): Iterable<number> {
  const { after = -1, from = 0, to = Number.POSITIVE_INFINITY } = query
  if (subjects !== undefined) return subjects.length === 0 ? [] : index.seqsAbout(subjects).filter((seq) => seq > after)
  const wanted = index.shapes().filter((row) => row.from < to && row.to >= from && matches(row.shape, query))
  return index.seqsOf(new Set(wanted.map(({ id }) => id)), after)
}

function rowOf(archive: Archive, index: IndexReader, seq: number, query: Query): Row | undefined {
  const leaf = archive.leaf(seq)
  if (leaf === undefined) return undefined
  const { record } = decodeLeaf(leaf.leaf)
  const { from = 0, to = Number.POSITIVE_INFINITY } = query
  if (record.time < from || record.time >= to) return undefined
  const row = leafJson(leaf)
  if (!matches(shapeOfRow(record, row), query)) return undefined
  if (record.kind !== 'intent') return row
  const outcome = archive.outcomeOf(index, seq)
  return outcome === undefined ? row : { ...row, outcome: outcomeIn(outcome.leaf) }
}

function outcomeIn(leaf: Uint8Array): unknown {
  const { record } = decodeLeaf(leaf)
  return record.kind === 'outcome' ? { ...record.outcome, time: record.time } : undefined
}

function shapeOfRow(record: LedgerRecord, row: Row): RecordShape {
  // Sound: a row of an intent has its treatments by name, like a shape.
  return record.kind === 'outcome' ? { kind: record.kind, partner: record.partner } : (row as unknown as RecordShape)
}

/** What to count by. `field` and `purpose` count a disclosure once for each it has. */
export const GROUPS = [
  'kind',
  'partner',
  'app',
  'event',
  'field',
  'treatment',
  'purpose',
  'country',
  'revision',
  'reason',
  'regime',
  'role',
  'type',
  'ending',
  'day',
] as const
export type Group = (typeof GROUPS)[number]
/** The columns of a record of processing activities (GDPR Art. 30). */
export const PROCESSING: readonly Group[] = ['partner', 'field', 'treatment', 'purpose', 'country']

export interface Aggregate extends Filter {
  readonly by: readonly Group[]
  /** Counts people as well: keys of subjects, so somebody known in two months counts twice. Reads every subject's entries. */
  readonly people?: boolean
}

/** Whole days: `from` and `to` are taken to the days they lie in. What was not sent does not count, unless asked for by `ending`. */
export async function countRecords(archive: Archive, query: Aggregate): Promise<readonly Row[]> {
  await archive.catchUp()
  const totals = new Map<string, { readonly row: Row; count: number; people: Set<number> }>()
  const fromDay = Math.floor((query.from ?? 0) / DAY_MS)
  const toDay = Math.ceil((query.to ?? Number.MAX_SAFE_INTEGER) / DAY_MS)
  for (const index of archive.indexesOf()) {
    const shapes = new Map(index.shapes().map(({ id, shape }) => [id, shape]))
    for (const { shape: id, day, ending, count } of index.days()) {
      const shape = shapes.get(id)
      if (shape === undefined || day < fromDay || day >= toDay || !matches(shape, query)) continue
      if (ending === 'not_sent' && !query.by.includes('ending')) continue
      for (const row of groupsOf(shape, ending, day, query)) {
        const key = JSON.stringify(row)
        const total = totals.get(key) ?? { row, count: 0, people: new Set() }
        total.count += count
        totals.set(key, total)
      }
    }
    if (query.people === true) countPeople(index, shapes, query, totals)
    await archive.parts.breathe()
  }
  return [...totals.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { row, count, people }]) => ({ ...row, count, ...(query.people === true ? { people: people.size } : {}) }))
}

function countPeople(
  index: IndexReader,
  shapes: ReadonlyMap<number, RecordShape>,
  query: Aggregate,
  totals: ReadonlyMap<string, { readonly people: Set<number> }>,
): void {
  const groups = new Map<number, readonly string[]>()
  for (const [id, shape] of shapes) {
    if (!matches(shape, query) || shape.kind !== 'intent') continue
    const keys = groupsOf(shape, 'delivered', 0, query).map((row) => JSON.stringify(row))
    for (const seq of index.seqsOf(new Set([id]), -1)) groups.set(seq, keys)
  }
  for (const { subject, seq } of index.subjects())
    for (const key of groups.get(seq) ?? []) totals.get(key)?.people.add(subject)
}

function groupsOf(shape: RecordShape, ending: Ending | '', day: number, { by, field, treatment }: Aggregate): Row[] {
  let rows: Row[] = [{}]
  const spread = (values: readonly Row[]): void => {
    rows = rows.flatMap((row) => values.map((value) => ({ ...row, ...value })))
  }
  const fields = Object.entries(shape.treatments ?? {}).filter(
    ([name, how]) => how !== 'drop' && (field ?? name) === name && (treatment ?? how) === how,
  )
  const isByField = by.includes('field')
  for (const group of by) {
    switch (group) {
      case 'field':
        spread(
          fields.map(([name, how]) => (by.includes('treatment') ? { field: name, treatment: how } : { field: name })),
        )
        break
      case 'treatment':
        if (!isByField) spread([...new Set(fields.map(([, how]) => how))].map((how) => ({ treatment: how })))
        break
      case 'purpose':
        spread((shape.purposes ?? []).map((purpose) => ({ purpose })))
        break
      case 'country':
        spread((shape.countries ?? []).map((country) => ({ country })))
        break
      case 'reason':
        spread([{ reason: shape.why ?? '' }])
        break
      case 'ending':
        spread([{ ending }])
        break
      case 'day':
        spread([{ day: new Date(day * DAY_MS).toISOString().slice(0, 10) }])
        break
      default:
        spread([{ [group]: shape[group] ?? '' }])
    }
  }
  return rows
}

/** A CSV line, RFC 4180; what a spreadsheet would take for a formula is led by an apostrophe. */
export function csvLine(values: readonly unknown[]): string {
  return values
    .map((value) => {
      const text = value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
      const safe = /^[=+@\t\r-]/u.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text
      return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
    })
    .join(',')
}
