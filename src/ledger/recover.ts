/**
 * Recovers the ledger after a stop or a crash. The newest signed checkpoint vouches for a tree. Every later leaf is hashed
 * again, and the result must equal the last committed root.
 */
import { LedgerDamaged } from './damaged.ts'
import { decodeLeaf } from './leaf.ts'
import { OpenIntents } from './open-intents.ts'
import type { Segments } from './segments.ts'
import type { Checkpoint, LeafRow, Segment } from './store.ts'
import { CompactRange, leafHash } from './tree.ts'
import { openCheckpoint, parseTrust, type TrustedKey } from './verify/note.ts'

export interface Recovered {
  readonly tree: CompactRange
  readonly open: OpenIntents
  /** The newest checkpoint; undefined before the first. */
  readonly newest: Checkpoint | undefined
}

/** The keys that a start trusts. Throws `LedgerDamaged` if the folder's trust file is malformed. */
export function trustedKeys(trust: string): readonly TrustedKey[] {
  try {
    return parseTrust(trust)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new LedgerDamaged('trust_malformed', 'its trust file is not a list of verifier keys')
  }
}

/** Throws `LedgerDamaged` if the newest segment does not match its newest checkpoint. */
export function recover(segments: Segments, trusted: readonly TrustedKey[], latest: string | undefined): Recovered {
  const active = segments.active
  if (active === undefined) return { tree: new CompactRange(), open: new OpenIntents(), newest: undefined }
  const newest = firstOf(segments, (segment) => segment.lastCheckpoint())
  const tree = signedTree(active, newest, trusted)
  for (const row of leavesFrom(segments, tree.size)) addAgain(tree, row)
  requireCommittedRoot(active, tree)
  requireNotRolledBack(tree.size, latest, trusted)
  return { tree, open: openIntents(segments), newest }
}

function signedTree(active: Segment, newest: Checkpoint | undefined, trusted: readonly TrustedKey[]): CompactRange {
  const mark = active.mark()
  const tree = new CompactRange(mark?.size ?? active.first, mark?.range ?? active.range)
  if (newest === undefined) {
    // A new ledger signs the empty tree before it takes a record.
    if (tree.size === 0 && active.end() === 0) return tree
    throw new LedgerDamaged('unsigned', 'it has records and no checkpoint')
  }
  const opened = openCheckpoint(newest.note, trusted)
  if (opened.state !== 'valid')
    throw new LedgerDamaged('checkpoint_signature', 'its newest checkpoint is not signed by a trusted key')
  if (opened.size !== tree.size || !opened.root.equals(tree.root())) {
    throw new LedgerDamaged('checkpoint_mismatch', 'its newest checkpoint speaks of another tree')
  }
  return tree
}

function addAgain(tree: CompactRange, { seq, leaf, hash }: LeafRow): void {
  if (seq !== tree.size) throw new LedgerDamaged('leaf_missing', `record ${tree.size} is not there`)
  const again = leafHash(leaf)
  if (!again.equals(hash)) throw new LedgerDamaged('leaf_altered', `record ${seq} is not what was recorded`)
  if (decodeLeaf(leaf).seq !== seq) throw new LedgerDamaged('out_of_order', `record ${seq} belongs elsewhere`)
  tree.append(again)
}

function requireCommittedRoot(active: Segment, tree: CompactRange): void {
  const end = active.end()
  if (end < tree.size) throw new LedgerDamaged('truncated', `records from ${end} on are gone`)
  const head = active.lastHead()
  if (head === undefined) {
    if (active.end() > active.first) throw new LedgerDamaged('leaf_extra', `no commit covers record ${active.first}`)
    return
  }
  if (head.size > tree.size) throw new LedgerDamaged('truncated', `records from ${tree.size} on are gone`)
  if (head.size < tree.size) throw new LedgerDamaged('leaf_extra', `no commit covers record ${head.size}`)
  if (!tree.root().equals(head.root)) throw new LedgerDamaged('root_mismatch', `the tree of ${head.size} is another`)
}

function requireNotRolledBack(size: number, latest: string | undefined, trusted: readonly TrustedKey[]): void {
  if (latest === undefined) return
  const opened = openCheckpoint(latest, trusted)
  if (opened.state !== 'valid')
    throw new LedgerDamaged('checkpoint_signature', 'the file `checkpoint` beside it is not signed by a trusted key')
  if (opened.size > size)
    throw new LedgerDamaged('rolled_back', `it ends at ${size}, and a checkpoint was made at ${opened.size}`)
}

function openIntents(segments: Segments): OpenIntents {
  const open = new OpenIntents()
  const settledBelow = firstOf(segments, (segment) => segment.mark())?.settledBelow ?? 0
  for (const { seq, leaf } of leavesFrom(segments, settledBelow)) {
    open.see(leaf, seq)
  }
  return open
}

function firstOf<Found>(segments: Segments, find: (segment: Segment) => Found | undefined): Found | undefined {
  for (const segment of segments.newestFirst()) {
    const found = find(segment)
    if (found !== undefined) return found
  }
  return undefined
}

function* leavesFrom(segments: Segments, from: number): Generator<LeafRow> {
  for (let next = from; ; ) {
    const rows = segments.page(next)
    const last = rows.at(-1)
    if (last === undefined) return
    yield* rows
    next = last.seq + 1
  }
}
