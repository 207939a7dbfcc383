/** The index of one sealed segment: written once, then read. */
import type { IdentityKey } from '../../model/brand.ts'
import type { Forgotten } from '../owners.ts'
import type { RecordShape } from './shapes.ts'

export type { Forgotten } from '../owners.ts'

/** How a disclosure ended. `open`: no outcome within its segment, so it counts as made. */
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
/** `day` counts from 1970. `ending` is empty for records other than INTENTs. */
export interface DayRow {
  readonly shape: number
  readonly day: number
  readonly ending: Ending | ''
  readonly count: number
}

export interface FinderRow {
  readonly identity: IdentityKey
  readonly subject: number
  /** Distinguishes rows of one identity and subject. */
  readonly part: number
  /** Packed, relative to the segment's first record. */
  readonly seqs: Uint8Array
}

export interface IndexReader {
  readonly first: number
  readonly end: number
  shapes(): readonly ShapeRow[]
  /** Records of these shapes above `after`, ascending. */
  seqsOf(shapes: ReadonlySet<number>, after: number): Iterable<number>
  days(): readonly DayRow[]
  /** Records owned by these subject keys or found by these identities, ascending. */
  seqsAbout(subjects: readonly number[], identities: readonly IdentityKey[]): readonly number[]
  /**
   * False if subject entries are missing, extra or exchanged, by the totals stored with them, or if their source was lost
   * before the index was built.
   */
  isIntact(): boolean
  subjects(): Iterable<{ readonly subject: number; readonly seq: number }>
  /** The OUTCOME of an INTENT, if in this segment. */
  outcomeOf(intent: number): number | undefined
  /** The OUTCOME in this segment of an INTENT in an earlier one. */
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
  /** One identity and subject may have several rows. */
  readonly finders: Iterable<FinderRow>
  /** False if the owner of some record is lost. */
  readonly hasAllOwners: boolean
  readonly answers: Iterable<{ readonly intent: number; readonly outcome: number }>
  readonly strays: Iterable<readonly [id: string, seq: number]>
}

export interface IndexFiles {
  has(first: number): boolean
  open(first: number): IndexReader
  /** Writes and syncs before renaming into place. Yields every few milliseconds. */
  write(contents: IndexContents, breathe: () => Promise<void>): Promise<void>
  /** Overwrites all entries of these subject keys and identities; returns how many there were. */
  forget(first: number, what: Forgotten): number
  /** Computes the totals of an index written by an earlier Sluice, which has none. */
  requireTotals(first: number): void
  remove(first: number): void
}
