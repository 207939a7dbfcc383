/** Counts the subjects disclosed to each partner in a time window, by fixed dimensions, for released tables. */

import { isNotSent } from '../model/disclosure.ts'
import type { Archive } from './archive.ts'
import { IdSet } from './id-set.ts'
import type { IndexReader } from './index/store.ts'
import { decodeLeaf } from './leaf.ts'

/** Entries read before the thread yields. */
const AT_ONCE = 16_384

/** Milliseconds since 1970: `from` inclusive, `to` exclusive. */
export interface CohortWindow {
  readonly from: number
  readonly to: number
}
export interface CohortCell {
  readonly partner: string
  readonly app: string
  /** Regime in the policy. */
  readonly law: string
  readonly people: number
  readonly disclosures: number
  /** For each earlier window, in order: subjects of this cell then whose keys still exist, and subjects of now who were not in it. */
  readonly since: readonly { readonly known: number; readonly fresh: number }[]
}

interface Counting {
  readonly terms: Pick<CohortCell, 'partner' | 'app' | 'law'>
  disclosures: number
  /** Numbers of subject keys. */
  readonly keys: IdSet
}

/** Exact to the record's time. Subjects whose keys were destroyed are not counted. */
export async function countCohorts(
  archive: Archive,
  window: CohortWindow,
  earlier: readonly CohortWindow[],
): Promise<readonly CohortCell[]> {
  await archive.catchUp()
  const found: { name: string; cell: Counting; people: IdSet; since: CohortCell['since'][number][] }[] = []
  for (const [name, cell] of [...(await countIn(archive, window))].sort(([a], [b]) => (a < b ? -1 : 1)))
    found.push({ name, cell, people: await archive.distinctSubjects(cell.keys), since: [] })
  for (const one of earlier) {
    const then = await countIn(archive, one)
    for (const { name, people, since } of found) {
      const known = await archive.distinctSubjects(then.get(name)?.keys ?? [])
      let fresh = 0
      for (const person of people) if (!known.has(person)) fresh++
      since.push({ known: known.size, fresh })
    }
  }
  return found.map(({ cell: { terms, disclosures }, people, since }) => ({
    ...terms,
    people: people.size,
    disclosures,
    since,
  }))
}

async function countIn(archive: Archive, { from, to }: CohortWindow): Promise<ReadonlyMap<string, Counting>> {
  const counted = new Map<string, Counting>()
  for (const index of archive.indexesOf()) {
    const unsent = unsentOutcomes(index)
    const cells: Counting[] = []
    /** Record → index in `cells` plus 1. */
    const cellOf = new Uint32Array(index.end - index.first)
    for (const { id, shape, from: first, to: last } of index.shapes()) {
      if (shape.kind !== 'intent' || first >= to || last < from) continue
      const terms = { partner: shape.partner ?? '', app: shape.app ?? '', law: shape.regime ?? '' }
      const key = JSON.stringify(terms)
      const cell = counted.get(key) ?? { terms, disclosures: 0, keys: new IdSet() }
      counted.set(key, cell)
      cells.push(cell)
      const isWithin = first >= from && last < to
      for (const seq of index.seqsOf(new Set([id]), -1)) {
        if (!isWithin && !liesWithin(archive, seq, from, to)) continue
        if (wasNotSent(archive, index, seq, unsent)) continue
        cell.disclosures++
        cellOf[seq - index.first] = cells.length
      }
      await archive.parts.breathe()
    }
    if (cells.length === 0) continue
    let seen = 0
    for (const { subject, seq } of index.subjects()) {
      cells[cellOf[seq - index.first]! - 1]?.keys.add(subject)
      if (++seen % AT_ONCE === 0) await archive.parts.breathe()
    }
  }
  return counted
}

function unsentOutcomes(index: IndexReader): IdSet {
  const found = new IdSet()
  const shapes = index.shapes().filter(({ shape }) => shape.kind === 'outcome' && isNotSent(shape.outcome))
  for (const seq of index.seqsOf(new Set(shapes.map(({ id }) => id)), -1)) found.add(seq)
  return found
}

function wasNotSent(archive: Archive, index: IndexReader, seq: number, unsent: IdSet): boolean {
  const within = index.outcomeOf(seq)
  if (within !== undefined) return unsent.has(within)
  const row = archive.outcomeOf(index, seq)
  const record = row === undefined ? undefined : decodeLeaf(row.leaf).record
  return record?.kind === 'outcome' && isNotSent(record.outcome.kind)
}

function liesWithin(archive: Archive, seq: number, from: number, to: number): boolean {
  const row = archive.leaf(seq)
  if (row === undefined) return false
  const { time } = decodeLeaf(row.leaf).record
  return time >= from && time < to
}
