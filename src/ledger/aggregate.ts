/** Counts disclosures, for records of processing activities and for breach notices. */
import type { Archive } from './archive.ts'
import { IdSet } from './id-set.ts'
import { type Filter, matches, type RecordShape } from './index/shapes.ts'
import type { Ending, IndexReader } from './index/store.ts'
import type { Row } from './row.ts'

const DAY_MS = 86_400_000

/** What to group by. With `field` or `purpose`, a disclosure counts once for each that it has. */
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
  /**
   * Also counts the distinct subjects of each group. Subjects whose keys were destroyed are not counted. Reads every
   * subject entry.
   */
  readonly people?: boolean
}

/** Counts whole days: `from` and `to` are widened to the days they fall on. Unsent items count only when grouping by `ending`. */
export async function countRecords(archive: Archive, query: Aggregate): Promise<readonly Row[]> {
  await archive.catchUp()
  const totals = new Map<string, Total>()
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
        const total = totals.get(key) ?? { row, count: 0, keys: new IdSet() }
        total.count += count
        totals.set(key, total)
      }
    }
    if (query.people === true) await addSubjectKeys(archive, index, query, totals)
    await archive.parts.breathe()
  }
  const rows: Row[] = []
  for (const [, { row, count, keys }] of [...totals].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const people = query.people === true ? (await archive.distinctSubjects(keys)).size : undefined
    rows.push({ ...row, count, ...(people === undefined ? {} : { people }) })
  }
  return rows
}

interface Total {
  readonly row: Row
  count: number
  /** Numbers of subject keys. */
  readonly keys: IdSet
}

/** Subject entries read before the thread yields. */
const ENTRIES_AT_ONCE = 16_384

async function addSubjectKeys(
  archive: Archive,
  index: IndexReader,
  query: Aggregate,
  totals: ReadonlyMap<string, Total>,
): Promise<void> {
  const { from = 0, to = Number.POSITIVE_INFINITY } = query
  const lists: (readonly Total[])[] = [[]]
  /** Record → index in `lists`. */
  const listOf = new Uint32Array(index.end - index.first)
  for (const { id, shape, from: first, to: last } of index.shapes()) {
    if (shape.kind !== 'intent' || first >= to || last < from || !matches(shape, query)) continue
    const keys = groupsOf(shape, '', 0, { ...query, by: query.by.filter((group) => !VARYING.has(group)) })
    if (query.by.some((group) => VARYING.has(group))) throw new RangeError('people are not counted by day or ending')
    lists.push(keys.flatMap((row) => totals.get(JSON.stringify(row)) ?? []))
    for (const seq of index.seqsOf(new Set([id]), -1)) listOf[seq - index.first] = lists.length - 1
    await archive.parts.breathe()
  }
  let seen = 0
  for (const { subject, seq } of index.subjects()) {
    for (const total of lists[listOf[seq - index.first]!]!) total.keys.add(subject)
    if (++seen % ENTRIES_AT_ONCE === 0) await archive.parts.breathe()
  }
}
const VARYING: ReadonlySet<Group> = new Set<Group>(['day', 'ending'])

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
