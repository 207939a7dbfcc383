/** What the verifier needs of whoever reads the files for it. Storage fits this shape. */

interface Head {
  readonly size: number
  readonly root: Uint8Array
  readonly time: number
}
interface Note {
  readonly size: number
  readonly note: string
}

/**
 * Rows of leaves end to end, for each: 16 hex digits of the row's number, 8 of the leaf's length, 8 of the hash's length,
 * then leaf and hash.
 */
export interface LeafPage {
  readonly bytes: Uint8Array
  readonly rows: number
}

/** One segment, opened for reading on one unchanging view. */
export interface SegmentView {
  readonly first: number
  readonly range: Uint8Array
  readonly openedAt: number
  sealedAt(): number | undefined
  mark():
    | {
        readonly size: number
        readonly range: Uint8Array
        readonly settledBelow: number
        readonly closed: boolean
      }
    | undefined
  end(): number
  /** True where the file is longer than the database in it, or ends within a page. */
  hasWrongSize(): boolean
  /** The lowest row's number, whatever it is; undefined where there is none. */
  lowest(): number | undefined
  /** Ascending from number `from` on, at most `max` rows. */
  page(from: number, max: number): LeafPage
  lastHead(): Head | undefined
  heads(above: number, max: number): readonly Head[]
  checkpoints(above: number, max: number): readonly Note[]
  /** Of every level, ascending by level and index. */
  allNodes(): Iterable<{ readonly level: number; readonly index: number; readonly hash: Uint8Array }>
  close(): void
}

/** The index of a sealed segment, `docs/ledger-format.md`. */
export interface IndexView {
  readonly first: number
  readonly end: number
  /** See `SegmentView`. */
  hasWrongSize(): boolean
  shapes(): Iterable<{
    readonly id: number
    readonly shape: string
    readonly count: number
    readonly from: number
    readonly to: number
    readonly seqs: Uint8Array
  }>
  days(): Iterable<{
    readonly shape: number
    readonly day: number
    readonly ending: string
    readonly count: number
  }>
  /** INTENT and OUTCOME. */
  answers(): Iterable<readonly [intent: number, outcome: number]>
  strays(): Iterable<readonly [id: string, seq: number]>
  subjectSeqs(): Iterable<number>
  close(): void
}

export interface LedgerView {
  /** Undefined where the segment has none yet. Throws where it cannot be read. */
  index(first: number): IndexView | undefined
  segments(): readonly number[]
  read(first: number): SegmentView
  trust(): string
  latestCheckpoint(): string | undefined
  /** What pruning left: the lowest record kept, and the tree before it. */
  floor(): { readonly size: number; readonly range: Uint8Array } | undefined
  /** And the hashes below it. */
  kept(): {
    readonly nodes: readonly { readonly level: number; readonly index: number; readonly hash: Uint8Array }[]
    /** See `SegmentView`. */
    readonly hasWrongSize: boolean
  }
}
