/** Builds RFC 6962 proofs (sections 2.1.1 and 2.1.2) and formats them as C2SP `tlog-proof`. */
import type { TreeHashes } from './hashes.ts'

/** Sibling hashes of leaf `index` in the tree of `size` leaves, from the leaf up. */
export function inclusionProof(hashes: TreeHashes, index: number, size: number): readonly Uint8Array[] {
  if (!(index >= 0 && index < size)) throw new RangeError('the record is not in a tree of this size')
  return path(hashes, index, 0, size)
}

function path(hashes: TreeHashes, index: number, from: number, to: number): Uint8Array[] {
  if (to - from === 1) return []
  const split = from + largestPowerBelow(to - from)
  return index < split
    ? [...path(hashes, index, from, split), hashes.range(split, to)]
    : [...path(hashes, index, split, to), hashes.range(from, split)]
}

/** Proves that the tree of `size` leaves extends the one of `oldSize`. Empty for 0 and for equal sizes. */
export function consistencyProof(hashes: TreeHashes, oldSize: number, size: number): readonly Uint8Array[] {
  if (!(oldSize >= 0 && oldSize <= size)) throw new RangeError('a tree does not shrink')
  return oldSize === 0 || oldSize === size ? [] : subproof(hashes, oldSize, 0, size, true)
}

function subproof(hashes: TreeHashes, old: number, from: number, to: number, whole: boolean): Uint8Array[] {
  if (old === to) return whole ? [] : [hashes.range(from, to)]
  const split = from + largestPowerBelow(to - from)
  return old <= split
    ? [...subproof(hashes, old, from, split, whole), hashes.range(split, to)]
    : [...subproof(hashes, old, split, to, false), hashes.range(from, split)]
}

function largestPowerBelow(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1))
}

/** `extra` is unauthenticated: the leaf itself, for readers who may see it. */
export function tlogProof(index: number, proof: readonly Uint8Array[], checkpoint: string, extra?: Uint8Array): string {
  const lines = ['c2sp.org/tlog-proof@v1']
  if (extra !== undefined) lines.push(`extra ${Buffer.from(extra).toString('base64')}`)
  lines.push(`index ${index}`, ...proofLines(proof))
  return `${lines.join('\n')}\n\n${checkpoint}`
}

export function proofLines(proof: readonly Uint8Array[]): readonly string[] {
  return proof.map((hash) => Buffer.from(hash).toString('base64'))
}
