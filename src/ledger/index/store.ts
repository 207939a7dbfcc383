/** The index of one sealed segment, as it is written once and then read. */
import type { RecordShape } from './shapes.ts'

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

export interface IndexReader {
  readonly first: number
  readonly end: number
  shapes(): readonly ShapeRow[]
  /** Numbers of the records of these shapes, above `after`, ascending. */
  seqsOf(shapes: ReadonlySet<number>, after: number): Iterable<number>
  days(): readonly DayRow[]
  /** Numbers of the records about these subjects' keys, ascending. */
  seqsAbout(subjects: readonly number[]): readonly number[]
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
  readonly answers: Iterable<{ readonly intent: number; readonly outcome: number }>
  readonly strays: Iterable<readonly [id: string, seq: number]>
}

export interface IndexFiles {
  has(first: number): boolean
  open(first: number): IndexReader
  /** Complete and synced before it has its name. Gives way every few milliseconds. */
  write(contents: IndexContents, breathe: () => Promise<void>): Promise<void>
  /** Overwrites the entries about these subjects' keys; the entries there were. */
  forget(first: number, subjects: readonly number[]): number
  remove(first: number): void
}
