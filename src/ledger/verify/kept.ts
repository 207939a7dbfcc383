/**
 * Checks what pruning kept: the tile hashes must lead to the subtree roots before the lowest record. The records above
 * extend those roots and so confirm them.
 */
import { type Findings, recordsFrom } from './report.ts'
import { hashOf, joined, rangeOf } from './tree.ts'

interface Floor {
  readonly size: number
  readonly range: Uint8Array
}
interface KeptNode {
  readonly level: number
  readonly index: number
  readonly hash: Uint8Array
}

const TILE_LEVELS = 8
const TILE_WIDTH = 256

export function checkKept(floor: Floor, nodes: Iterable<KeptNode>, findings: Findings): void {
  const kept = new Map<string, string>()
  for (const { level, index, hash } of nodes) {
    kept.set(`${level} ${index}`, hashOf(hash))
    if ((index + 1) * 2 ** level <= floor.size) continue
    findings.add(
      'kept_altered',
      index * 2 ** level,
      `a hash is kept of ${recordsOf(level, index)}, which were not pruned`,
    )
  }
  /** Computes a node from the kept tile levels; undefined if any of them is missing. */
  const derive = (level: number, index: number): string | undefined => {
    if (level % TILE_LEVELS === 0) return kept.get(`${level} ${index}`)
    const [left, right] = [derive(level - 1, 2 * index), derive(level - 1, 2 * index + 1)]
    return left === undefined || right === undefined ? undefined : joined(left, right)
  }
  const compare = (level: number, index: number, root: string, own: string | undefined): void => {
    const what = `of ${recordsOf(level, index)}, which were pruned,`
    if (own === undefined) findings.add('kept_missing', index * 2 ** level, `hashes ${what} are gone`)
    else if (own !== root) findings.add('kept_altered', index * 2 ** level, `hashes ${what} do not lead to their root`)
  }
  for (const { level, index, root } of rangeOf(floor.size, floor.range))
    compare(level, index, root, derive(level, index))
  for (const [key, hash] of kept) {
    const [level, index] = key.split(' ').map(Number) as [number, number]
    if (level < 2 * TILE_LEVELS) continue
    let row: string[] = []
    for (let i = index * TILE_WIDTH; i < (index + 1) * TILE_WIDTH; i++) {
      const child = kept.get(`${level - TILE_LEVELS} ${i}`)
      if (child !== undefined) row.push(child)
    }
    if (row.length < TILE_WIDTH) compare(level, index, hash, undefined)
    else {
      while (row.length > 1)
        row = Array.from({ length: row.length / 2 }, (_, i) => joined(row[2 * i]!, row[2 * i + 1]!))
      compare(level, index, hash, row[0])
    }
  }
}

function recordsOf(level: number, index: number): string {
  return recordsFrom(index * 2 ** level, (index + 1) * 2 ** level)
}
