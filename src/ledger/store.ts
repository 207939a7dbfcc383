/** What the ledger needs of whoever keeps its segments. Storage fits this shape; `threads/` brings the two together. */
import type { EpochMs, IdentityKey } from '../model/brand.ts'

export interface LeafRow {
  readonly seq: number
  readonly leaf: Uint8Array
  /** RFC 6962 leaf hash. */
  readonly hash: Uint8Array
}

/** See `TreeNode`. */
export interface NodeRow {
  readonly level: number
  readonly index: number
  readonly hash: Uint8Array
}

/** Of the commit after which the ledger had `size` records. */
export interface OwnersRow {
  readonly size: number
  readonly ids: Uint8Array
}
/** See `owners.ts`. */
export interface FindersRow {
  readonly size: number
  readonly sets: Uint8Array
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
  /** Roots of complete subtrees at the levels of tiles, for serving and proving. */
  readonly nodes?: readonly NodeRow[]
  /** Whom the leaves are about: 6 bytes each, the number of a subject's key or 0. For the index alone. */
  readonly owners?: Uint8Array
  /** What else they are found by: see `owners.ts`. */
  readonly finders?: Uint8Array
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
  /** Of the format that is written now; one of an earlier format takes no more leaves. */
  readonly isCurrent: boolean
  sealedAt(): EpochMs | undefined
  /** Sequence number after its last leaf. */
  end(): number
  mark(): Mark | undefined
  lastHead(): Head | undefined
  /** Ascending, at most `max`. */
  leaves(from: number, max: number): readonly LeafRow[]
  /** The records alone, as `leaves`, those up to the first gap: views of one piece of memory. */
  records(from: number, max: number): readonly Uint8Array[]
  /** With a size above `above`, ascending. */
  heads(above: number, max: number): readonly Head[]
  checkpoints(above: number, max: number): readonly Checkpoint[]
  lastCheckpoint(): Checkpoint | undefined
  node(level: number, index: number): Uint8Array | undefined
  leafHash(seq: number): Uint8Array | undefined
  /** Number of the INTENT with this disclosure id among the records from `from` up to `to` (not included): reads them all. */
  find(id: Uint8Array, from?: number, to?: number): number | undefined
  /** Ascending by index, those from `from` up to `to` (not included). */
  nodes(level: number, from: number, to: number): readonly NodeRow[]
  owners(above: number, max: number): readonly OwnersRow[]
  /** With a size above `above`, up to `to`, ascending; none in a segment of an earlier format. */
  finders(above: number, to: number): readonly FindersRow[]
  close(): void
}

export interface WritableSegment extends Segment {
  write(group: Group): Written
  /** Replaces what is kept of whom a commit's leaves are about, overwriting what was there. */
  putOwners(rows: readonly (OwnersRow & { readonly sets?: Uint8Array })[]): Written
}

export interface LedgerFiles {
  /** First sequence numbers of the segments there are, ascending. */
  segments(): readonly number[]
  /** Opens for reading, on one unchanging view of the segment. */
  read(first: number): Segment
  /** Opens for reading; every call sees what is there at that moment, and holds up no writer between calls. */
  follow(first: number): Segment
  /** The verifier keys this folder's checkpoints were signed under, one a line. */
  trust(): string
  /** Undefined where nothing was pruned. */
  floor(): Floor | undefined
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
  /** Unlinks a segment for good. */
  remove(first: number): void
}

/** The lowest record that is still kept, and the tree before it. */
export interface Floor {
  readonly size: number
  /** Compact range of the tree of `size` leaves. */
  readonly range: Uint8Array
}

/** Records that retention must leave alone, and with them all that came after: the kept part of the ledger has no gaps. */
export interface Hold {
  readonly id: string
  /** A segment, by the number of its first record; */
  readonly first?: number
  /** or every segment with records of this time, both ends included. */
  readonly from?: EpochMs
  readonly to?: EpochMs
  /** A case number or the like; impersonal. */
  readonly reason: string
  readonly since: EpochMs
}

/** What pruning leaves, and which segments a legal hold keeps. */
export interface KeptFile {
  floor(): Floor | undefined
  /** At a tile's level, or leaf hashes beside the floor. */
  node(level: number, index: number): Uint8Array | undefined
  holds(): readonly Hold[]
  /** Raises the floor: durable before anything may be unlinked. */
  raise(floor: Floor, nodes: readonly NodeRow[]): void
  hold(hold: Hold): void
  release(id: string): void
  close(): void
}

/** What pruning leaves of the tree. */
export interface KeptHashes {
  /** Below this nothing is kept but hashes. */
  floor(): number
  /** One of the floor's own subtree roots. */
  root(level: number, index: number): Uint8Array | undefined
  /** An upper level of a tile, or a leaf hash beside the floor. */
  node(level: number, index: number): Uint8Array | undefined
}

/** A key as it is kept: opens with the key-encryption key, bound to the identity. */
export interface KeptSubjectKey {
  readonly id: number
  readonly epoch: number
  readonly wrapped: Uint8Array
}
export interface SubjectKeyReader {
  /** The key of the newest epoch. */
  newest(identity: IdentityKey): KeptSubjectKey | undefined
  /** Of every epoch, newest first. */
  all(identity: IdentityKey): readonly KeptSubjectKey[]
  /** The lowest id of the identity that this id's key is of; undefined where it is gone. */
  lowestOf(id: number): number | undefined
  /** Whose key has this id; undefined where it is gone. */
  identityOf(id: number): IdentityKey | undefined
  /** Which of these ids are still there. */
  kept(ids: readonly number[]): ReadonlySet<number>
  close(): void
}
