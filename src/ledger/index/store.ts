/** The index of one sealed segment, as it is written once and then read. */
import type { IdentityKey } from '../../model/brand.ts'
import type { Forgotten } from '../owners.ts'
import type { RecordShape } from './shapes.ts'

export type { Forgotten } from '../owners.ts'

/** How a disclosure ended, as far as accounts go. `open`: not on record within its segment, so it counts as made. */
export const ENDINGS = ['open', 'delivered', 'refused', 'unknown', 'not_sent'] as const
export type Ending = (typeof ENDINGS)[number]

export interface ShapeRow {
  readonly id: number
  readonly shape: RecordShape
  readonly count: number
  /** Lowest and highest time of its records. */
  readonly from: number
  readonly to: number
}
/** Days since 1970. `ending` is empty for whatever is no INTENT. */
export interface DayRow {
  readonly shape: number
  readonly day: number
  readonly ending: Ending | ''
  readonly count: number
}

export interface FinderRow {
  readonly identity: IdentityKey
  readonly subject: number
  /** Tells rows of one identity and subject apart. */
  readonly part: number
  /** Packed, from the segment's first record on. */
  readonly seqs: Uint8Array
}

export interface IndexReader {
  readonly first: number
  readonly end: number
  shapes(): readonly ShapeRow[]
  /** Numbers of the records of these shapes, above `after`, ascending. */
  seqsOf(shapes: ReadonlySet<number>, after: number): Iterable<number>
  days(): readonly DayRow[]
  /** Numbers of the records about these subjects' keys, and of those that are found by these identities; ascending. */
  seqsAbout(subjects: readonly number[], identities: readonly IdentityKey[]): readonly number[]
  /**
   * False where entries about people are gone, too many or exchanged, by the totals that are kept with them; or where they
   * cannot be there, since nothing that they are made of was left.
   */
  isWhole(): boolean
  subjects(): Iterable<{ readonly subject: number; readonly seq: number }>
  /** Number of an INTENT's OUTCOME within the segment. */
  outcomeOf(intent: number): number | undefined
  /** Number of the OUTCOME, in this segment, of an INTENT of an earlier one. */
  stray(id: string): number | undefined
  close(): void
}

export interface IndexContents {
  readonly first: number
  readonly end: number
  readonly shapes: readonly (ShapeRow & { readonly seqs: Uint8Array })[]
  readonly days: readonly DayRow[]
  /** Ascending by subject, then number. */
  readonly subjects: Iterable<{ readonly subject: number; readonly seq: number }>
  /** Identities by which records of a subject's key are found; of one identity and subject there may be several. */
  readonly finders: Iterable<FinderRow>
  /** False where it is not known whom the records are about. */
  readonly knowsPeople: boolean
  readonly answers: Iterable<{ readonly intent: number; readonly outcome: number }>
  readonly strays: Iterable<readonly [id: string, seq: number]>
}

export interface IndexFiles {
  has(first: number): boolean
  open(first: number): IndexReader
  /** Complete and synced before it has its name. Gives way every few milliseconds. */
  write(contents: IndexContents, breathe: () => Promise<void>): Promise<void>
  /** Overwrites the entries about these subjects' keys and by these identities; the entries there were. */
  forget(first: number, what: Forgotten): number
  /** Of an index of an earlier Sluice, which has no totals: makes them of what it holds. */
  requireTotals(first: number): void
  remove(first: number): void
}
