/**
 * The one writer. It numbers encoded leaves, adds them to the tree and makes each group durable in one commit, together
 * with the tree's root and, about once a second, a signed checkpoint.
 */
import type { EpochMs } from '../model/brand.ts'
import type { LedgerRecord } from '../model/disclosure.ts'
import { Blinder, type BlindKey } from './blind.ts'
import { type Framed, type Frames, framedLeaves, framesOf } from './frames.ts'
import { decodeLeaf } from './leaf.ts'
import { BODY_AT, DAY_MS, NONCE_BYTES, putSeq } from './leaf-layout.ts'
import type { OpenIntents } from './open-intents.ts'
import { CommitOwners, type Forgotten, forgetOwners } from './owners.ts'
import { recover, trustedKeys } from './recover.ts'
import { Segments } from './segments.ts'
import type { Signer } from './signer.ts'
import type { Checkpoint, Group, LeafRow, LedgerStore, Mark, WritableSegment, Written } from './store.ts'
import { type CompactRange, prefixedLeafHash, type TreeNode } from './tree.ts'

export interface WriterLimits {
  /** Leaves in a segment; a larger group gets its own segment. Default 2^20. */
  readonly segmentLeaves: number
  /** A segment this old takes no more leaves, in milliseconds. Default 24 hours. */
  readonly segmentAgeMs: number
  /** Minimum time between two checkpoints. Default 1,000. */
  readonly checkpointMs: number
  /** After a full disk, writing resumes once this much is free. Default 16 MB. */
  readonly resumeFreeBytes: number
}
export const WRITER_LIMITS: WriterLimits = {
  segmentLeaves: 2 ** 20,
  segmentAgeMs: 86_400_000,
  checkpointMs: 1_000,
  resumeFreeBytes: 16_000_000,
}

interface WriterParts {
  readonly store: LedgerStore
  readonly signer: Signer
  /** Wall clock, for heads and segments. */
  readonly now: () => EpochMs
  /** Monotonic clock in milliseconds, for intervals. */
  readonly elapsed: () => number
  readonly limits: WriterLimits
  /** The subject's key, or a fixed one for records without a subject. Never throws. */
  readonly keyOf: (identity: string | undefined) => BlindKey
  /** Strong random bytes. */
  readonly random: (bytes: number) => Uint8Array
}

const FRAMES_BYTES = 65_536
const UNRESOLVED = { kind: 'unresolved_assume_disclosed' } as const
/** OUTCOMEs written in one commit at start. */
const UNRESOLVED_AT_ONCE = 4_096

export class LedgerWriter {
  readonly segments: Segments
  /** INTENTs left open by the last stop; each now has an OUTCOME `unresolved_assume_disclosed`. */
  readonly unresolvedAtStart: number
  readonly #parts: WriterParts
  readonly #open: OpenIntents
  readonly #blinder = new Blinder()
  #tree: CompactRange
  #signedSize: number
  #signedAt: number
  /** A durable checkpoint that is not yet in the file beside the segments. */
  #unsaved: Checkpoint | undefined

  /**
   * Recovers the ledger. Throws `LedgerDamaged` if it is inconsistent, and `Error` if the disk is too full to begin.
   */
  constructor(parts: WriterParts) {
    this.#parts = parts
    parts.store.addTrust(parts.signer.verifierKey)
    this.segments = new Segments(parts.store)
    const recovered = recover(this.segments, trustedKeys(parts.store.trust()), parts.store.latestCheckpoint())
    this.#tree = recovered.tree
    this.#open = recovered.open
    this.#signedSize = -1
    this.#signedAt = parts.elapsed()
    this.#keepLatest(recovered.newest)
    this.unresolvedAtStart = this.#open.count
    const begun = this.#begin()
    if (begun === 'disk_full') throw new Error('the disk is too full to start the ledger')
  }

  /** Number of durable records. */
  get size(): number {
    return this.#tree.size
  }

  /** Commits all frames in order. On `disk_full` none of them counts. Any throw is fatal. */
  commit(batches: readonly Frames[]): Written {
    const count = batches.reduce((sum, batch) => sum + batch.count, 0)
    if (count === 0) return 'durable'
    const segment = this.#segmentFor(count)
    if (segment === 'disk_full') return segment
    const tree = this.#tree.fork()
    const framed = batches.flatMap((batch) => framedLeaves(batch))
    const owners = new CommitOwners(count)
    const nodes: TreeNode[] = []
    const leaves = framed.map((one, i) => {
      const subject = one.subject === undefined && one.item === undefined ? undefined : this.#parts.keyOf(one.subject)
      // A subject erased meanwhile has no key, and its record no owner.
      if (subject !== undefined && subject.subject > 0) owners.put(i, subject.subject, one.finders)
      return addLeaf(tree, this.#blinded(one, subject), nodes)
    })
    const head = { size: tree.size, root: tree.root(), time: this.#parts.now() }
    const signed = this.#isDue() ? this.#signed(tree, false) : {}
    const written = segment.write({ leaves, head, nodes, ...owners.kept(), ...signed })
    if (written === 'disk_full') return written
    this.#tree = tree
    const senders = batches.flatMap(({ count: of, sender }) => new Array<number | undefined>(of).fill(sender))
    for (const [i, { seq, leaf }] of leaves.entries()) this.#open.see(leaf, seq, senders[i])
    this.#keepLatest(signed.checkpoint)
    return written
  }

  /** A thread has ended, and nothing that it sends is under way any more: what it announced and did not conclude is unresolved. */
  resolve(sender: number): Written {
    return this.#resolve(this.#open.of(sender))
  }

  #blinded({ prefixed, item, unsalted }: Framed, subject: BlindKey | undefined): Buffer {
    if (unsalted) prefixed.set(this.#parts.random(NONCE_BYTES), 1 + BODY_AT)
    return item === undefined || subject === undefined ? prefixed : this.#blinder.fill(prefixed, item, subject)
  }

  /** Signs a checkpoint if one is due. Called by a timer. */
  tick(): Written {
    this.#keepLatest(this.#unsaved)
    if (this.#tree.size === this.#signedSize || !this.#isDue()) return 'durable'
    return this.#writeMark(false)
  }

  /** Whether `tick` has work. */
  get needsTick(): boolean {
    return this.#tree.size !== this.#signedSize || this.#unsaved !== undefined
  }

  /** Retries after `disk_full`. */
  probe(): Written {
    if (this.#parts.store.freeBytes() < this.#parts.limits.resumeFreeBytes) return 'disk_full'
    if (this.segments.active !== undefined) return this.#writeMark(false)
    return this.#nextSegment() === 'disk_full' ? 'disk_full' : 'durable'
  }

  /** Erases owners and finders from the active segment. */
  forget(what: Forgotten): Written {
    this.segments.release()
    const segment = this.segments.active
    return segment === undefined ? 'durable' : forgetOwners(segment, what)
  }

  /** Signs, marks a clean shutdown, and closes the files. */
  close(): void {
    if (this.segments.active !== undefined) this.#writeMark(true)
    this.#keepLatest(this.#unsaved)
    this.segments.close()
  }

  #begin(): Written {
    const active = this.segments.active
    const isOld = active !== undefined && !active.isCurrent && this.#tree.size > active.first
    if (isOld && this.#writeMark(false, this.#parts.now()) === 'disk_full') return 'disk_full'
    if (active === undefined || isOld || active.sealedAt() !== undefined) {
      if (this.#nextSegment() === 'disk_full') return 'disk_full'
    }
    return this.#resolve(this.#open.seqs()) === 'disk_full' ? 'disk_full' : this.#writeMark(false)
  }

  #resolve(seqs: readonly number[]): Written {
    for (let at = 0; at < seqs.length; at += UNRESOLVED_AT_ONCE) {
      const records = seqs.slice(at, at + UNRESOLVED_AT_ONCE).map((seq) => this.#unresolved(seq))
      if (this.commit([framesOf(records, FRAMES_BYTES)]) === 'disk_full') return 'disk_full'
    }
    return 'durable'
  }

  #unresolved(seq: number): LedgerRecord {
    const { record } = decodeLeaf(this.segments.page(seq, 1)[0]!.leaf)
    if (record.kind !== 'intent' && record.kind !== 'notice') throw new TypeError('an open intent is not an INTENT')
    const { id, partner, eventRef, attempt } = record
    const ended = { id, partner, eventRef, attempt, bytes: 0, latency: 0, outcome: UNRESOLVED }
    const time = this.#parts.now()
    return record.kind === 'intent'
      ? { kind: 'outcome', time, ...ended }
      : { kind: 'notice_outcome', time: time - (time % DAY_MS), ...ended }
  }

  #segmentFor(count: number): WritableSegment | 'disk_full' {
    const active = this.segments.active
    if (active === undefined) return this.#nextSegment()
    const { segmentLeaves, segmentAgeMs } = this.#parts.limits
    const held = this.#tree.size - active.first
    const old = this.#parts.now() - active.openedAt >= segmentAgeMs
    if (held === 0 || (held + count <= segmentLeaves && !old)) return active
    if (this.#writeMark(false, this.#parts.now()) === 'disk_full') return 'disk_full'
    return this.#nextSegment()
  }

  #nextSegment(): WritableSegment | 'disk_full' {
    return this.segments.begin(this.#tree, this.#parts.now())
  }

  #isDue(): boolean {
    return this.#parts.elapsed() - this.#signedAt >= this.#parts.limits.checkpointMs
  }

  #writeMark(closed: boolean, sealedAt?: EpochMs): Written {
    const segment = this.segments.active
    if (segment === undefined) return 'disk_full'
    const signed = this.#signed(this.#tree, closed)
    const written = segment.write({ leaves: [], ...signed, ...(sealedAt === undefined ? {} : { sealedAt }) })
    if (written === 'durable') this.#keepLatest(signed.checkpoint)
    return written
  }

  /** The mark of `tree`, and a checkpoint unless one of that size exists. */
  #signed(tree: CompactRange, closed: boolean): Pick<Group, 'checkpoint' | 'mark'> {
    const settledBelow = this.#open.settledBelow(this.#tree.size)
    const mark: Mark = { size: tree.size, range: tree.toBytes(), settledBelow, closed }
    if (tree.size === this.#signedSize) return { mark }
    return { mark, checkpoint: { size: tree.size, note: this.#parts.signer.checkpoint(tree.size, tree.root()) } }
  }

  /** The file beside the segments names only checkpoints durable within them. A full disk delays it. */
  #keepLatest(checkpoint: Checkpoint | undefined): void {
    if (checkpoint === undefined) return
    this.#signedSize = checkpoint.size
    this.#signedAt = this.#parts.elapsed()
    const { store } = this.#parts
    const saved = store.latestCheckpoint() === checkpoint.note ? 'durable' : store.saveLatestCheckpoint(checkpoint.note)
    this.#unsaved = saved === 'durable' ? undefined : checkpoint
  }
}

function addLeaf(tree: CompactRange, prefixed: Buffer, nodes: TreeNode[]): LeafRow & { readonly leaf: Buffer } {
  const seq = tree.size
  const leaf = prefixed.subarray(1)
  putSeq(leaf, seq)
  const hash = prefixedLeafHash(prefixed)
  tree.append(hash, nodes)
  return { seq, leaf, hash }
}
