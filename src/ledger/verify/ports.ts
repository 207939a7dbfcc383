/** The storage that the verifier reads from. `storage/` implements it. */

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
 * Rows of leaves, end to end. Each is 16 hex digits of row number, 8 of leaf length, 8 of hash length, then leaf and hash.
 */
export interface LeafPage {
  readonly bytes: Uint8Array
  readonly rows: number
}

/** A snapshot of one segment. */
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
  /** True if the file is longer than its database or ends within a page. */
  hasWrongSize(): boolean
  /** The lowest row number; undefined without rows. */
  lowest(): number | undefined
  /** At most `max` rows, ascending from `from`. */
  page(from: number, max: number): LeafPage
  lastHead(): Head | undefined
  heads(above: number, max: number): readonly Head[]
  checkpoints(above: number, max: number): readonly Note[]
  /** Ascending by level and index. */
  allNodes(): Iterable<{ readonly level: number; readonly index: number; readonly hash: Uint8Array }>
  close(): void
}

/** The index of a sealed segment: see `docs/ledger-format.md`. */
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

  answers(): Iterable<readonly [intent: number, outcome: number]>
  strays(): Iterable<readonly [id: string, seq: number]>
  subjectSeqs(): Iterable<number>
  close(): void
}

export interface LedgerView {
  /** Undefined if the segment has none yet. Throws if it cannot be read. */
  index(first: number): IndexView | undefined
  segments(): readonly number[]
  read(first: number): SegmentView
  trust(): string
  latestCheckpoint(): string | undefined
  /** The lowest kept record, and the tree before it. */
  floor(): { readonly size: number; readonly range: Uint8Array } | undefined
  /** The hashes kept below it. */
  kept(): {
    readonly nodes: readonly { readonly level: number; readonly index: number; readonly hash: Uint8Array }[]
    /** See `SegmentView`. */
    readonly hasWrongSize: boolean
  }
}
