/** Counts disclosures: for records of processing activities, and for a notice after a breach. */
import type { Archive } from './archive.ts'
import { IdSet } from './id-set.ts'
import { type Filter, matches, type RecordShape } from './index/shapes.ts'
import type { Ending, IndexReader } from './index/store.ts'
import type { Row } from './row.ts'

const DAY_MS = 86_400_000

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
  /**
   * Counts people as well: everyone whom a record of the group is about, once, whatever the months. People whose keys were
   * destroyed cannot be counted any more. Reads every subject's entries.
   */
  readonly people?: boolean
}

/** Whole days: `from` and `to` are taken to the days they lie in. What was not sent does not count, unless asked for by `ending`. */
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
        const total = totals.get(key) ?? { row, count: 0, people: new IdSet() }
        total.count += count
        totals.set(key, total)
      }
    }
    if (query.people === true) await markPeople(archive, index, query, totals)
    await archive.parts.breathe()
  }
  const rows: Row[] = []
  for (const [, { row, count, people }] of [...totals].sort(([a], [b]) => (a < b ? -1 : 1)))
    rows.push({ ...row, count, ...(query.people === true ? { people: await countPeople(archive, people) } : {}) })
  return rows
}

interface Total {
  readonly row: Row
  count: number
  /** Numbers of subjects' keys. */
  readonly people: IdSet
}

/** Subjects' entries looked at before other work of the thread may run. */
const ENTRIES_AT_ONCE = 16_384

async function markPeople(
  archive: Archive,
  index: IndexReader,
  query: Aggregate,
  totals: ReadonlyMap<string, Total>,
): Promise<void> {
  const { from = 0, to = Number.POSITIVE_INFINITY } = query
  const lists: (readonly Total[])[] = [[]]
  /** Place in `lists` for each record. */
  const listOf = new Uint32Array(index.end - index.first)
  for (const { id, shape, from: first, to: last } of index.shapes()) {
    if (shape.kind !== 'intent' || first >= to || last < from || !matches(shape, query)) continue
    // Which ending and day does not matter to who it was about, unless they are asked for: then each record is looked at.
    const keys = groupsOf(shape, '', 0, { ...query, by: query.by.filter((group) => !VARYING.has(group)) })
    if (query.by.some((group) => VARYING.has(group))) throw new RangeError('people are not counted by day or ending')
    lists.push(keys.flatMap((row) => totals.get(JSON.stringify(row)) ?? []))
    for (const seq of index.seqsOf(new Set([id]), -1)) listOf[seq - index.first] = lists.length - 1
    await archive.parts.breathe()
  }
  let seen = 0
  for (const { subject, seq } of index.subjects()) {
    for (const total of lists[listOf[seq - index.first]!]!) total.people.add(subject)
    if (++seen % ENTRIES_AT_ONCE === 0) await archive.parts.breathe()
  }
}
const VARYING: ReadonlySet<Group> = new Set<Group>(['day', 'ending'])

/** A person has a key for every month in which something was recorded: they count once, by the lowest. */
async function countPeople(archive: Archive, keys: IdSet): Promise<number> {
  const people = new IdSet()
  let seen = 0
  for (const key of keys) {
    const lowest = archive.parts.lowestKeyOf(key)
    if (lowest !== undefined) people.add(lowest)
    if (++seen % 1_024 === 0) await archive.parts.breathe()
  }
  return people.size
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
