/**
 * Leaves on their way from the caller's thread to the writer: end to end in one buffer, each as length of the leaf
 * (2 bytes), what goes with it (1), the subject's identity key (16, where there is one), the item's length and bytes
 * (4 and so many, where there is one), the RFC 6962 leaf prefix (1 byte, so that the writer can hash without copying)
 * and the leaf with sequence number 0.
 */
import type { LedgerEntry } from '../model/disclosure.ts'
import { encodeLeaf } from './leaf.ts'
import { LeafError } from './leaf-error.ts'
import { MAX_LEAF_BYTES } from './leaf-layout.ts'
import { putHex } from './leaf-put.ts'
import { LEAF_PREFIX } from './tree.ts'

const WITH_SUBJECT = 1
const WITH_ITEM = 2
const WITHOUT_NONCE = 4
const IDENTITY_BYTES = 16

/** What crosses: plain data, the buffer transferred. */
export interface Frames {
  readonly bytes: ArrayBuffer
  /** Bytes filled. */
  used: number
  /** Leaves in them. */
  count: number
}

export interface Framed {
  /** The leaf with the prefix byte before it. */
  readonly prefixed: Buffer
  /** Identity key of whom it is about, hex. */
  readonly subject: string | undefined
  /** What the INTENT commits to; undefined where the leaf is complete. */
  readonly item: Buffer | undefined
  /** True for a CONTROL or REQUEST whose nonce is still to be drawn. */
  readonly unsalted: boolean
}

/**
 * Adds all records, or nothing: false where they do not fit in what is left of the buffer. Throws `LeafError`, having
 * added nothing, where a record cannot be a leaf.
 */
export function addFrames(frames: Frames, entries: readonly LedgerEntry[]): boolean {
  const into = Buffer.from(frames.bytes)
  let at = frames.used
  for (const entry of entries) {
    const head = at
    const subject = 'subject' in entry ? entry.subject : undefined
    const hasItem = 'item' in entry
    at += 3
    if (subject !== undefined) at = putHex(into, at, subject, IDENTITY_BYTES, 'subject')
    if (hasItem) at = putItem(into, at, entry.item)
    const start = at + 1
    if (start > into.length) return false
    at = encodeLeaf(entry, into, start)
    const length = at - start
    if (length > MAX_LEAF_BYTES) throw new LeafError('too_long', 'record')
    if (at > into.length) return false
    into[head] = length >> 8
    into[head + 1] = length
    into[head + 2] =
      (subject === undefined ? 0 : WITH_SUBJECT) | (hasItem ? WITH_ITEM : 0) | (isUnsalted(entry) ? WITHOUT_NONCE : 0)
    into[start - 1] = LEAF_PREFIX
  }
  frames.used = at
  frames.count += entries.length
  return true
}

function isUnsalted(entry: LedgerEntry): boolean {
  return (entry.kind === 'control' || entry.kind === 'request') && entry.nonce === undefined
}

/** Returns an offset beyond the end where it does not fit. */
function putItem(into: Buffer, at: number, item: string): number {
  const start = at + 4
  // The longest UTF-8 of a UTF-16 unit has 3 bytes: only then is it worth counting.
  if (start + 3 * item.length > into.length && start + Buffer.byteLength(item) > into.length) return into.length + 1
  const length = into.write(item, start, 'utf8')
  into.writeUInt32BE(length, at)
  return start + length
}

/** Frames of these records in a buffer of their own, of at least `minBytes`. Throws `LeafError` as `addFrames` does. */
export function framesOf(records: readonly LedgerEntry[], minBytes: number): Frames {
  for (let capacity = minBytes; ; capacity *= 2) {
    const frames: Frames = { bytes: new ArrayBuffer(capacity), used: 0, count: 0 }
    if (addFrames(frames, records)) return frames
  }
}

/** Every leaf with what goes with it; the views share the frames' memory. */
export function framedLeaves(frames: Frames): readonly Framed[] {
  const bytes = Buffer.from(frames.bytes, 0, frames.used)
  const leaves: Framed[] = []
  for (let at = 0; at < frames.used; ) {
    const length = (bytes[at]! << 8) | bytes[at + 1]!
    const parts = bytes[at + 2]!
    at += 3
    let subject: string | undefined
    let item: Buffer | undefined
    if ((parts & WITH_SUBJECT) !== 0) {
      subject = bytes.toString('hex', at, at + IDENTITY_BYTES)
      at += IDENTITY_BYTES
    }
    if ((parts & WITH_ITEM) !== 0) {
      const itemEnd = at + 4 + bytes.readUInt32BE(at)
      item = bytes.subarray(at + 4, itemEnd)
      at = itemEnd
    }
    const end = at + 1 + length
    leaves.push({ prefixed: bytes.subarray(at, end), subject, item, unsalted: (parts & WITHOUT_NONCE) !== 0 })
    at = end
  }
  return leaves
}
