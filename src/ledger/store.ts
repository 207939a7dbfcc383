/** What the ledger needs of whoever keeps its segments. Storage fits this shape; `threads/` brings the two together. */
import type { EpochMs } from '../model/brand.ts'

export interface LeafRow {
  readonly seq: number
  readonly leaf: Uint8Array
  /** RFC 6962 leaf hash. */
  readonly hash: Uint8Array
}

/** The tree after one commit. `time` is the writer's clock. */
export interface Head {
  readonly size: number
  readonly root: Uint8Array
  readonly time: EpochMs
}

export interface Checkpoint {
  readonly size: number
  /** The signed note. */
  readonly note: string
}

/** Where a start may begin to read again: kept with every checkpoint. */
export interface Mark {
  readonly size: number
  /** The compact range at `size`. */
  readonly range: Uint8Array
  /** Every INTENT below this sequence number has its OUTCOME. */
  readonly settledBelow: number
  /** True after an orderly close: no INTENT may be open. */
  readonly closed: boolean
}

/** All of it becomes durable in one commit, or none. */
export interface Group {
  readonly leaves: readonly LeafRow[]
  readonly head?: Head
  readonly checkpoint?: Checkpoint
  readonly mark?: Mark
  /** The segment takes no more leaves. */
  readonly sealedAt?: EpochMs
}

/** `disk_full`: nothing was kept, and the same may succeed later. Anything worse is thrown and ends the writer. */
export type Written = 'durable' | 'disk_full'

export interface Segment {
  /** Sequence number of its first leaf. */
  readonly first: number
  /** Compact range of the tree before its first leaf. */
  readonly range: Uint8Array
  readonly openedAt: EpochMs
  sealedAt(): EpochMs | undefined
  /** Sequence number after its last leaf. */
  end(): number
  mark(): Mark | undefined
  lastHead(): Head | undefined
  /** Ascending, at most `max`. */
  leaves(from: number, max: number): readonly LeafRow[]
  /** With a size above `above`, ascending. */
  heads(above: number, max: number): readonly Head[]
  checkpoints(above: number, max: number): readonly Checkpoint[]
  lastCheckpoint(): Checkpoint | undefined
  close(): void
}

export interface WritableSegment extends Segment {
  write(group: Group): Written
}

export interface LedgerFiles {
  /** First sequence numbers of the segments there are, ascending. */
  segments(): readonly number[]
  /** Opens for reading, on one unchanging view of the segment. */
  read(first: number): Segment
  /** The verifier keys this folder's checkpoints were signed under, one a line. */
  trust(): string
  /** The newest checkpoint, which lies beside the segments; undefined where none was ever made. */
  latestCheckpoint(): string | undefined
}

export interface LedgerStore extends LedgerFiles {
  open(first: number): WritableSegment
  create(first: number, range: Uint8Array, openedAt: EpochMs): WritableSegment | 'disk_full'
  addTrust(verifierKey: string): void
  saveLatestCheckpoint(note: string): Written
  /** Bytes that may still be written, as far as the file system says. */
  freeBytes(): number
}
