/**
 * Leaves in transit from the caller's thread to the writer, end to end in one buffer. Each frame holds: the leaf's length
 * (2 bytes); flags (1); the subject's identity key (16, if any); the finders, further identities that find the record (a
 * count byte and 16 each, if any); the item (a 4-byte length and its bytes, if any); the RFC 6962 leaf prefix (1, so that
 * the writer hashes without copying); the leaf with sequence number 0.
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
const WITH_FINDERS = 8
const MOST_FINDERS = 255
const IDENTITY_BYTES = 16

/** Crosses threads as plain data; the buffer is transferred. */
export interface Frames {
  readonly bytes: ArrayBuffer
  /** Bytes used. */
  used: number
  /** Number of leaves. */
  count: number
  /** The thread whose records they are, where several send. */
  readonly sender?: number
}

export interface Framed {
  /** The prefix byte, then the leaf. */
  readonly prefixed: Buffer
  /** The subject's identity key, hex. */
  readonly subject: string | undefined
  /** Further identity keys that find the record, end to end. */
  readonly finders: Buffer
  /** The item that the INTENT commits to; undefined if the leaf is complete. */
  readonly item: Buffer | undefined
  /** True for an action record whose nonce is still to be drawn. */
  readonly unsalted: boolean
}

/**
 * Adds all records or none: false if they do not fit in the buffer. Throws `LeafError`, adding none, if a record cannot
 * be a leaf.
 */
export function addFrames(frames: Frames, entries: readonly LedgerEntry[]): boolean {
  const into = Buffer.from(frames.bytes)
  let at = frames.used
  for (const entry of entries) {
    const head = at
    const subject = 'subject' in entry ? entry.subject : undefined
    const finders = subject !== undefined && 'finders' in entry ? (entry.finders ?? NONE) : NONE
    const hasItem = 'item' in entry
    at += 3
    if (subject !== undefined) at = putHex(into, at, subject, IDENTITY_BYTES, 'subject')
    if (finders.length > 0) at = putFinders(into, at, finders)
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
      (subject === undefined ? 0 : WITH_SUBJECT) |
      (hasItem ? WITH_ITEM : 0) |
      (isUnsalted(entry) ? WITHOUT_NONCE : 0) |
      (finders.length > 0 ? WITH_FINDERS : 0)
    into[start - 1] = LEAF_PREFIX
  }
  frames.used = at
  frames.count += entries.length
  return true
}

const NONE: readonly string[] = []

function putFinders(into: Buffer, at: number, finders: readonly string[]): number {
  if (finders.length > MOST_FINDERS) throw new LeafError('too_long', 'finders')
  into[at] = finders.length
  let to = at + 1
  for (const finder of finders) to = putHex(into, to, finder, IDENTITY_BYTES, 'finders')
  return to
}

function isUnsalted(entry: LedgerEntry): boolean {
  return 'action' in entry && entry.nonce === undefined
}

/** Returns an offset past the end if the item does not fit. */
function putItem(into: Buffer, at: number, item: string): number {
  const start = at + 4
  // A UTF-16 unit takes at most 3 bytes of UTF-8: only a tight fit needs the exact count.
  if (start + 3 * item.length > into.length && start + Buffer.byteLength(item) > into.length) return into.length + 1
  const length = into.write(item, start, 'utf8')
  into.writeUInt32BE(length, at)
  return start + length
}

/** Frames of these records in a new buffer of at least `minBytes`. Throws `LeafError` like `addFrames`. */
export function framesOf(records: readonly LedgerEntry[], minBytes: number): Frames {
  for (let capacity = minBytes; ; capacity *= 2) {
    const frames: Frames = { bytes: new ArrayBuffer(capacity), used: 0, count: 0 }
    if (addFrames(frames, records)) return frames
  }
}

/** Decodes the frames. The views share their memory. */
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
    let finders = bytes.subarray(at, at)
    if ((parts & WITH_FINDERS) !== 0) {
      const end = at + 1 + bytes[at]! * IDENTITY_BYTES
      finders = bytes.subarray(at + 1, end)
      at = end
    }
    if ((parts & WITH_ITEM) !== 0) {
      const itemEnd = at + 4 + bytes.readUInt32BE(at)
      item = bytes.subarray(at + 4, itemEnd)
      at = itemEnd
    }
    const end = at + 1 + length
    leaves.push({ prefixed: bytes.subarray(at, end), subject, finders, item, unsalted: (parts & WITHOUT_NONCE) !== 0 })
    at = end
  }
  return leaves
}
