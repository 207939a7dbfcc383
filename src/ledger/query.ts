/** Finds records, in the ledger's order. That order never changes, so a record's number is the cursor. */
import type { IdentityKey } from '../model/brand.ts'
import type { LedgerRecord } from '../model/disclosure.ts'
import type { Archive } from './archive.ts'
import { type Filter, matches, type RecordShape } from './index/shapes.ts'
import type { IndexReader } from './index/store.ts'
import { decodeLeaf } from './leaf.ts'
import { leafJson } from './leaf-text.ts'
import type { FoundIntent, Row } from './row.ts'

const MOST_ROWS = 1_001

export interface Query extends Filter {
  /** Identity keys of one subject: records owned by any of them. */
  readonly subject?: readonly IdentityKey[]
  /** Identity keys: records found by any of them, whoever owns them. Combined with `subject`, records of either. */
  readonly foundBy?: readonly IdentityKey[]
  /** Numbers of further subject keys, added to `subject`. */
  readonly numbers?: readonly number[]
  /** Cursor: number of the last record seen. */
  readonly after?: number
  /** At most 1,001: a page and one more. Default 100. */
  readonly limit?: number
}
export interface Page {
  readonly records: readonly Row[]
  /** `after` of the next page; absent on the last. */
  readonly next?: number
  /** Records may be missing: the owners of some are lost. */
  readonly incomplete?: true
}

export async function findRecords(archive: Archive, query: Query): Promise<Page> {
  await archive.catchUp()
  const limit = Math.min(Math.max(1, query.limit ?? 100), MOST_ROWS)
  const subjects =
    query.subject === undefined ? undefined : [...archive.parts.subjectsOf(query.subject), ...(query.numbers ?? [])]
  const bySubject = subjects !== undefined || query.foundBy !== undefined
  const incomplete = bySubject && !(await archive.checkIndexes()) ? { incomplete: true as const } : {}
  const after = query.after ?? -1
  const records: Row[] = []
  for (const index of archive.indexesOf()) {
    if (index.end <= after + 1) continue
    for (const seq of seqsIn(index, query, subjects)) {
      const row = rowOf(archive, index, seq, query)
      if (row === undefined) continue
      records.push(row)
      if (records.length === limit) return { records, next: seq, ...incomplete }
    }
    await archive.parts.breathe()
  }
  return { records, ...incomplete }
}

function seqsIn(index: IndexReader, query: Query, subjects: readonly number[] | undefined): Iterable<number> {
  const { after = -1, from = 0, to = Number.POSITIVE_INFINITY, foundBy = [] } = query
  if (subjects !== undefined || query.foundBy !== undefined) {
    if ((subjects?.length ?? 0) + foundBy.length === 0) return []
    return index.seqsAbout(subjects ?? [], foundBy).filter((seq) => seq > after)
  }
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
  if (record.kind !== 'intent' && record.kind !== 'notice') return row
  const outcome = archive.outcomeOf(index, seq)
  return outcome === undefined ? row : { ...row, outcome: outcomeIn(outcome.leaf) }
}

function outcomeIn(leaf: Uint8Array): FoundIntent['outcome'] {
  const { record } = decodeLeaf(leaf)
  return record.kind === 'outcome' || record.kind === 'notice_outcome'
    ? { ...record.outcome, time: record.time }
    : undefined
}

/** Undefined if record `seq` is not an INTENT. */
export function findIntent(archive: Archive, seq: number): FoundIntent | undefined {
  const index = archive.indexesOf().find(({ first, end }) => first <= seq && seq < end)
  const row = archive.leaf(seq)
  if (row === undefined || index === undefined) return undefined
  const { record } = decodeLeaf(row.leaf)
  if (record.kind !== 'intent') return undefined
  const outcome = archive.outcomeOf(index, seq)
  return { row: leafJson(row), record, outcome: outcome && outcomeIn(outcome.leaf) }
}

function shapeOfRow(record: LedgerRecord, row: Row): RecordShape {
  // Sound: an intent's row names its treatments as a shape does.
  return record.kind === 'outcome' || record.kind === 'notice_outcome'
    ? { kind: record.kind, partner: record.partner }
    : (row as unknown as RecordShape)
}
