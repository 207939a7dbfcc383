/** Records as evidence for third parties: the leaf's bytes and its inclusion proof under one checkpoint. */
import type { IdentityKey } from '../model/brand.ts'
import { type IntentRecord, isNotSent } from '../model/disclosure.ts'
import { treatmentName } from '../model/field-class.ts'
import type { Archive } from './archive.ts'
import { IdSet } from './id-set.ts'
import { matches } from './index/shapes.ts'
import type { IndexReader } from './index/store.ts'
import { decodeLeaf } from './leaf.ts'
import { leafJson } from './leaf-text.ts'
import { inclusionProof, proofLines } from './proofs.ts'
import type { Row } from './row.ts'
import type { LeafRow } from './store.ts'

export interface ProvedLeaf {
  readonly record: number
  /** base64 */
  readonly leaf: string
  /** Sibling hashes in base64, from the leaf up. */
  readonly proof: readonly string[]
}
export interface Evidence extends ProvedLeaf {
  /** Decoded by `leafJson`. */
  readonly row: Row
  /** For an INTENT whose OUTCOME is in the same tree. */
  readonly outcome?: ProvedLeaf & { readonly kind: string }
}

/** Undefined if the record was pruned. @param size of a checkpoint, above the record's number */
export function evidenceOf(archive: Archive, seq: number, size: number): Evidence | undefined {
  const row = archive.leaf(seq)
  if (row === undefined) return undefined
  const outcome = outcomeWithin(archive, row, size)
  return { ...proved(archive, row, size), row: leafJson(row), ...(outcome === undefined ? {} : { outcome }) }
}

function proved({ hashes }: Archive, { seq, leaf }: LeafRow, size: number): ProvedLeaf {
  return {
    record: seq,
    leaf: Buffer.from(leaf).toString('base64'),
    proof: proofLines(inclusionProof(hashes, seq, size)),
  }
}

function outcomeWithin(archive: Archive, { seq }: LeafRow, size: number): Evidence['outcome'] {
  const index = archive.indexesOf().find(({ first, end }) => first <= seq && seq < end)
  const found = index === undefined ? undefined : outcomeOf(archive, index, seq, size)
  return found === undefined ? undefined : { ...proved(archive, found.row, size), kind: found.kind }
}

function outcomeOf(archive: Archive, index: IndexReader, seq: number, size: number) {
  const row = archive.outcomeOf(index, seq)
  if (row === undefined || row.seq >= size) return undefined
  const { record } = decodeLeaf(row.leaf)
  return record.kind === 'outcome' ? { row, kind: record.outcome.kind as string } : undefined
}

export interface ConcernedQuery {
  readonly partner: string
  /** Milliseconds since 1970: `from` inclusive, `to` exclusive. */
  readonly from: number
  readonly to: number
  /** Only records below this number. */
  readonly size: number
  /** Lowest key number of the last subject of the page before. */
  readonly after?: number
}
/** What a partner received about one subject. Times are given as days. */
export interface Concerned {
  readonly identity: IdentityKey
  readonly disclosures: number
  readonly first: string
  readonly last: string
  /** Field class → the treatments under which it was sent. */
  readonly fields: Readonly<Record<string, readonly string[]>>
  readonly laws: readonly string[]
}
export interface ConcernedPage {
  readonly people: readonly Concerned[]
  readonly next?: number
}

/** Subjects of one page; each needs a look-up in every index. */
const SUBJECTS_AT_ONCE = 100

/** Finds the subjects whose data the partner received. Caches the list for the pages that follow. */
export function createConcerned(archive: Archive): (query: ConcernedQuery) => Promise<ConcernedPage> {
  let known: { readonly key: string; readonly people: readonly number[] } | undefined
  return async ({ after = -1, ...query }) => {
    const key = JSON.stringify(query)
    if (known?.key !== key) {
      await archive.catchUp()
      known = { key, people: await lowestKeys(archive, query) }
    }
    const { people } = known
    const begin = people.findIndex((one) => one > after)
    const page = begin < 0 ? [] : people.slice(begin, begin + SUBJECTS_AT_ONCE)
    const found: Concerned[] = []
    for (const one of page) {
      const concerned = concernedOf(archive, query, one)
      if (concerned !== undefined) found.push(concerned)
      await archive.parts.breathe()
    }
    const last = page.at(-1)
    const isLast = last === undefined || begin + page.length >= people.length
    if (isLast) known = undefined
    return { people: found, ...(isLast ? {} : { next: last }) }
  }
}

/** The lowest key number of each subject, ascending. */
async function lowestKeys(archive: Archive, query: Omit<ConcernedQuery, 'after'>): Promise<readonly number[]> {
  const people = new IdSet()
  for (const index of archive.indexesOf()) {
    const shapes = index
      .shapes()
      .filter(({ shape, from, to }) => from < query.to && to >= query.from && matches(shape, intentsTo(query)))
    const seqs = new IdSet()
    for (const seq of index.seqsOf(new Set(shapes.map(({ id }) => id)), -1)) seqs.add(seq - index.first)
    if (seqs.size === 0) continue
    let seen = 0
    for (const { subject, seq } of index.subjects()) {
      if (seqs.has(seq - index.first)) {
        const lowest = archive.parts.lowestKeyOf(subject)
        if (lowest !== undefined) people.add(lowest)
      }
      if (++seen % 4_096 === 0) await archive.parts.breathe()
    }
  }
  return [...people].sort((a, b) => a - b)
}

const intentsTo = ({ partner }: Pick<ConcernedQuery, 'partner'>) => ({ kind: 'intent', partner })

function concernedOf(archive: Archive, query: Omit<ConcernedQuery, 'after'>, lowest: number): Concerned | undefined {
  const identity = archive.parts.identityOf(lowest)
  if (identity === undefined) return undefined
  const numbers = archive.parts.subjectsOf([identity])
  const times: number[] = []
  const fields = new Map<string, Set<string>>()
  const laws = new Set<string>()
  for (const index of archive.indexesOf()) {
    for (const seq of index.seqsAbout(numbers, [])) {
      const record = disclosedTo(archive, index, seq, query)
      if (record === undefined) continue
      times.push(record.time)
      laws.add(record.regime)
      for (const [name, level] of Object.entries(record.treatments)) {
        // Sound: an INTENT's treatments are named by field class.
        const treatment = treatmentName(name as keyof IntentRecord['treatments'], level)
        if (treatment !== 'drop') fields.set(name, (fields.get(name) ?? new Set()).add(treatment))
      }
    }
  }
  if (times.length === 0) return undefined
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
  return {
    identity,
    disclosures: times.length,
    first: day(times.reduce((a, b) => Math.min(a, b))),
    last: day(times.reduce((a, b) => Math.max(a, b))),
    fields: Object.fromEntries([...fields].sort().map(([name, all]) => [name, [...all].sort()])),
    laws: [...laws].sort(),
  }
}

function disclosedTo(
  archive: Archive,
  index: IndexReader,
  seq: number,
  { partner, from, to, size }: Omit<ConcernedQuery, 'after'>,
): IntentRecord | undefined {
  const row = seq < size ? archive.leaf(seq) : undefined
  const record = row === undefined ? undefined : decodeLeaf(row.leaf).record
  if (record?.kind !== 'intent' || record.partner !== partner || record.time < from || record.time >= to)
    return undefined
  return isNotSent(outcomeOf(archive, index, seq, size)?.kind) ? undefined : record
}
