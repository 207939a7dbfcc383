/** Checks proofs by RFC 9162 sections 2.1.3.2 and 2.1.4.2. Shares no code with their maker. */
import { createHash } from 'node:crypto'
import { openCheckpoint, type TrustedKey } from './note.ts'

const node = (left: Buffer, right: Buffer): Buffer =>
  createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest()

export function leafHashOf(leaf: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(leaf).digest()
}

/** The root that the proof leads to; undefined if its length is wrong. */
export function rootFromInclusion(
  leafHash: Buffer,
  index: number,
  size: number,
  proof: readonly Buffer[],
): Buffer | undefined {
  if (!(index >= 0 && index < size)) return undefined
  let fn = BigInt(index)
  let sn = BigInt(size - 1)
  let root = leafHash
  for (const hash of proof) {
    if (sn === 0n) return undefined
    if ((fn & 1n) === 1n || fn === sn) {
      root = node(hash, root)
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else root = node(root, hash)
    fn >>= 1n
    sn >>= 1n
  }
  return sn === 0n ? root : undefined
}

export function isConsistent(
  old: { readonly size: number; readonly root: Buffer },
  now: { readonly size: number; readonly root: Buffer },
  proof: readonly Buffer[],
): boolean {
  if (old.size > now.size) return false
  if (old.size === now.size) return proof.length === 0 && old.root.equals(now.root)
  if (old.size === 0) return proof.length === 0
  const isPower = (BigInt(old.size) & BigInt(old.size - 1)) === 0n
  const [first, ...rest] = isPower ? [old.root, ...proof] : proof
  if (first === undefined) return false
  let fn = BigInt(old.size - 1)
  let sn = BigInt(now.size - 1)
  while ((fn & 1n) === 1n) {
    fn >>= 1n
    sn >>= 1n
  }
  let fr = first
  let sr = first
  for (const hash of rest) {
    if (sn === 0n) return false
    if ((fn & 1n) === 1n || fn === sn) {
      fr = node(hash, fr)
      sr = node(hash, sr)
      while ((fn & 1n) === 0n && fn !== 0n) {
        fn >>= 1n
        sn >>= 1n
      }
    } else sr = node(sr, hash)
    fn >>= 1n
    sn >>= 1n
  }
  return sn === 0n && fr.equals(old.root) && sr.equals(now.root)
}

export interface ParsedProof {
  readonly index: number
  readonly extra: Buffer | undefined
  readonly proof: readonly Buffer[]
  readonly checkpoint: string
}

/** Undefined unless the text is a `tlog-proof`, version 1. */
export function parseTlogProof(text: string): ParsedProof | undefined {
  const head =
    /^c2sp\.org\/tlog-proof@v1\n(?:extra ([A-Za-z0-9+/]*={0,2})\n)?index (0|[1-9][0-9]{0,15})\n((?:[A-Za-z0-9+/]{43}=\n)*)\n/u.exec(
      text,
    )
  if (head === null) return undefined
  const lines = head[3] === '' ? [] : head[3]!.trimEnd().split('\n')
  return {
    index: Number(head[2]),
    extra: head[1] === undefined ? undefined : Buffer.from(head[1], 'base64'),
    proof: lines.map((line) => Buffer.from(line, 'base64')),
    checkpoint: text.slice(head[0].length),
  }
}

export type ProofVerdict =
  | { readonly state: 'valid'; readonly index: number; readonly size: number; readonly origin: string }
  | { readonly state: 'invalid'; readonly why: string }

/** `leaf` is the record's bytes; by default the proof's own `extra`. */
export function checkTlogProof(text: string, trusted: readonly TrustedKey[], leaf?: Uint8Array): ProofVerdict {
  const parsed = parseTlogProof(text)
  if (parsed === undefined) return { state: 'invalid', why: 'it is not a tlog-proof' }
  const record = leaf ?? parsed.extra
  if (record === undefined) return { state: 'invalid', why: 'it does not hold the record, and none was given' }
  const opened = openCheckpoint(parsed.checkpoint, trusted)
  if (opened.state === 'unknown_key') return { state: 'invalid', why: 'its checkpoint is signed by no trusted key' }
  if (opened.state === 'invalid') return { state: 'invalid', why: `its checkpoint: ${opened.why}` }
  const root = rootFromInclusion(leafHashOf(record), parsed.index, opened.size, parsed.proof)
  if (root === undefined || !root.equals(opened.root))
    return { state: 'invalid', why: 'its hashes do not lead from the record to the root' }
  return { state: 'valid', index: parsed.index, size: opened.size, origin: opened.origin }
}
