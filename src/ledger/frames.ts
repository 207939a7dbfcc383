/**
 * Leaves on their way from the caller's thread to the writer: end to end in one buffer, each as length (2 bytes), the
 * RFC 6962 leaf prefix (1 byte, so that the writer can hash without copying) and the leaf with sequence number 0.
 */
import type { LedgerRecord } from '../model/disclosure.ts'
import { encodeLeaf } from './leaf.ts'
import { LeafError } from './leaf-error.ts'
import { MAX_LEAF_BYTES } from './leaf-layout.ts'
import { LEAF_PREFIX } from './tree.ts'

const HEAD_BYTES = 3

/** What crosses: plain data, the buffer transferred. */
export interface Frames {
  readonly bytes: ArrayBuffer
  /** Bytes filled. */
  used: number
  /** Leaves in them. */
  count: number
}

/**
 * Adds all records, or nothing: false where they do not fit in what is left of the buffer. Throws `LeafError`, having
 * added nothing, where a record cannot be a leaf.
 */
export function addFrames(frames: Frames, records: readonly LedgerRecord[]): boolean {
  const into = new Uint8Array(frames.bytes)
  let at = frames.used
  for (const record of records) {
    const start = at + HEAD_BYTES
    at = encodeLeaf(record, into, start)
    const length = at - start
    if (length > MAX_LEAF_BYTES) throw new LeafError('too_long', 'record')
    if (at > into.length) return false
    into[start - 3] = length >> 8
    into[start - 2] = length
    into[start - 1] = LEAF_PREFIX
  }
  frames.used = at
  frames.count += records.length
  return true
}

/** Frames of these records in a buffer of their own, of at least `minBytes`. Throws `LeafError` as `addFrames` does. */
export function framesOf(records: readonly LedgerRecord[], minBytes: number): Frames {
  for (let capacity = minBytes; ; capacity *= 2) {
    const frames: Frames = { bytes: new ArrayBuffer(capacity), used: 0, count: 0 }
    if (addFrames(frames, records)) return frames
  }
}

/** Each leaf with the prefix byte before it; the views share the frames' memory. */
export function prefixedLeaves(frames: Frames): readonly Buffer[] {
  const bytes = Buffer.from(frames.bytes, 0, frames.used)
  const leaves: Buffer[] = []
  for (let at = 0; at < frames.used; ) {
    const end = at + HEAD_BYTES + bytes.readUInt16BE(at)
    leaves.push(bytes.subarray(at + 2, end))
    at = end
  }
  return leaves
}
