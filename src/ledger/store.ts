/** The storage that the ledger needs. `storage/` implements it; `threads/` connects the two. */
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

/** Owners of the commit after which the ledger had `size` records. */
export interface OwnersRow {
  readonly size: number
  readonly ids: Uint8Array
}
/** See `owners.ts`. */
export interface FindersRow {
  readonly size: number
  readonly sets: Uint8Array
}

/** The tree after one commit, with the writer's clock. */
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

/** Where recovery begins to read; stored with every checkpoint. */
export interface Mark {
  readonly size: number
  /** The compact range at `size`. */
  readonly range: Uint8Array
  /** Every INTENT below this sequence number has its OUTCOME. */
  readonly settledBelow: number
  /** True after a clean shutdown: no INTENT may be open. */
  readonly closed: boolean
}

/** Becomes durable as a whole in one commit, or not at all. */
export interface Group {
  readonly leaves: readonly LeafRow[]
  readonly head?: Head
  /** Roots of complete subtrees at tile levels, for serving and proving. */
  readonly nodes?: readonly NodeRow[]
  /** 6 bytes for each leaf: the number of its subject key, or 0. Only for the index. */
  readonly owners?: Uint8Array
  /** See `owners.ts`. */
  readonly finders?: Uint8Array
  readonly checkpoint?: Checkpoint
  readonly mark?: Mark
  /** The segment takes no more leaves. */
  readonly sealedAt?: EpochMs
}

/** `disk_full`: nothing was written, and a retry may succeed. Any other failure is thrown and ends the writer. */
export type Written = 'durable' | 'disk_full'

export interface Segment {
  /** Sequence number of its first leaf. */
  readonly first: number
  /** Compact range of the tree before its first leaf. */
  readonly range: Uint8Array
  readonly openedAt: EpochMs
  /** False for an earlier format, which takes no more leaves. */
  readonly isCurrent: boolean
  sealedAt(): EpochMs | undefined
  /** Sequence number after its last leaf. */
  end(): number
  mark(): Mark | undefined
  lastHead(): Head | undefined
  /** Ascending, at most `max`. */
  leaves(from: number, max: number): readonly LeafRow[]
  /** Only the leaves' bytes, up to the first gap; views of one buffer. */
  records(from: number, max: number): readonly Uint8Array[]
  /** With a size above `above`, ascending. */
  heads(above: number, max: number): readonly Head[]
  checkpoints(above: number, max: number): readonly Checkpoint[]
  lastCheckpoint(): Checkpoint | undefined
  node(level: number, index: number): Uint8Array | undefined
  leafHash(seq: number): Uint8Array | undefined
  /** The INTENT with this disclosure id among the records from `from` to `to` (exclusive). Scans them all. */
  find(id: Uint8Array, from?: number, to?: number): number | undefined
  /** Ascending by index, from `from` to `to` (exclusive). */
  nodes(level: number, from: number, to: number): readonly NodeRow[]
  owners(above: number, max: number): readonly OwnersRow[]
  /** With a size above `above`, up to `to`, ascending; empty in an earlier format. */
  finders(above: number, to: number): readonly FindersRow[]
  close(): void
}

export interface WritableSegment extends Segment {
  write(group: Group): Written
  /** Replaces the owners of commits, overwriting the old bytes. */
  putOwners(rows: readonly (OwnersRow & { readonly sets?: Uint8Array })[]): Written
}

export interface LedgerFiles {
  /** First sequence numbers of all segments, ascending. */
  segments(): readonly number[]
  /** Opens a snapshot for reading. */
  read(first: number): Segment
  /** Opens for reading; each call sees the current state and blocks no writer between calls. */
  follow(first: number): Segment
  /** The verifier keys under which this folder's checkpoints were signed, one a line. */
  trust(): string
  /** Undefined if nothing was pruned. */
  floor(): Floor | undefined
  /** The newest checkpoint, in its file beside the segments; undefined before the first. */
  latestCheckpoint(): string | undefined
}

export interface LedgerStore extends LedgerFiles {
  open(first: number): WritableSegment
  create(first: number, range: Uint8Array, openedAt: EpochMs): WritableSegment | 'disk_full'
  addTrust(verifierKey: string): void
  saveLatestCheckpoint(note: string): Written
  /** Free bytes, as reported by the file system. */
  freeBytes(): number
  /** Unlinks a segment. */
  remove(first: number): void
}

/** The lowest kept record, and the tree before it. */
export interface Floor {
  readonly size: number
  /** Compact range of the tree of `size` leaves. */
  readonly range: Uint8Array
}

/** A legal hold: retention keeps these records and all later ones, because the kept part of the ledger has no gaps. */
export interface Hold {
  readonly id: string
  /** Either a segment, by the number of its first record, */
  readonly first?: number
  /** or every segment with records in this time range, inclusive. */
  readonly from?: EpochMs
  readonly to?: EpochMs
  /** A case number or the like; impersonal. */
  readonly reason: string
  readonly since: EpochMs
}

/** The file with the hashes kept by pruning, and the legal holds. */
export interface KeptFile {
  floor(): Floor | undefined
  /** At a tile level, or a leaf hash in the tile that spans the floor. */
  node(level: number, index: number): Uint8Array | undefined
  holds(): readonly Hold[]
  /** Raises the floor: durable before anything may be unlinked. */
  raise(floor: Floor, nodes: readonly NodeRow[]): void
  hold(hold: Hold): void
  release(id: string): void
  close(): void
}

/** Hashes of pruned records. */
export interface KeptHashes {
  /** Below this record only hashes are kept. */
  floor(): number
  /** A subtree root of the floor's compact range. */
  root(level: number, index: number): Uint8Array | undefined
  /** At a tile level, or a leaf hash in the tile that spans the floor. */
  node(level: number, index: number): Uint8Array | undefined
}

/** A subject key, wrapped under the key-encryption key and bound to the identity. */
export interface KeptSubjectKey {
  readonly id: number
  readonly epoch: number
  readonly wrapped: Uint8Array
}
export interface SubjectKeyReader {
  /** The key of the newest epoch. */
  newest(identity: IdentityKey): KeptSubjectKey | undefined
  /** All epochs, newest first. */
  all(identity: IdentityKey): readonly KeptSubjectKey[]
  /** The lowest key id of the identity that owns this id; undefined if it was destroyed. */
  lowestOf(id: number): number | undefined
  /** The identity that owns this id; undefined if it was destroyed. */
  identityOf(id: number): IdentityKey | undefined
  /** The ids that still exist. */
  kept(ids: readonly number[]): ReadonlySet<number>
  close(): void
}
