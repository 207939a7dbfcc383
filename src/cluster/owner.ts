/**
 * Which cell keeps what is about an identity: rendezvous hashing (Thaler and Ravishankar, 1998). Every cell gives the key a
 * score, and the highest has it, so that a new cell takes its share from each of the others and moves nothing else. Pure:
 * every process that knows the same cells names the same one.
 */
import type { IdentityKey, NodeId } from '../model/brand.ts'

/**
 * @param cells any order, none twice
 * @returns undefined where there is no cell
 */
export function ownerOf(key: IdentityKey, cells: readonly NodeId[]): NodeId | undefined {
  // A key is 32 hexadecimal digits of an HMAC: random already, and nobody can choose it without the index key.
  const high = Number.parseInt(key.slice(0, 8), 16)
  const low = Number.parseInt(key.slice(8, 16), 16)
  let owner: NodeId | undefined
  let best = -1
  for (const cell of cells) {
    const score = scoreOf(high, low, Number(cell) + 1)
    if (score > best || (score === best && Number(cell) < Number(owner))) {
      best = score
      owner = cell
    }
  }
  return owner
}

/** 53 bits. MUST NOT change: users would move, and a repeated event would be kept twice. */
function scoreOf(high: number, low: number, cell: number): number {
  const first = mixed(high ^ Math.imul(cell, 0x9e3779b1))
  return first * 0x200000 + (mixed(first ^ low ^ Math.imul(cell, 0x85ebca6b)) >>> 11)
}

/** The finalizer of MurmurHash3: every bit of the input moves every bit of the result. */
function mixed(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
