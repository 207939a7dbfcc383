/**
 * Decides which full segments have expired and what is kept of them: the roots that every later proof needs, and the hashes
 * from which tiles are served. Only a prefix of the ledger is ever pruned, so the kept part has no gaps.
 *
 * The order is fixed: a CONTROL record, then the floor with its hashes, durable, then the files. A crash in between leaves
 * files below the floor, which the next start removes.
 */
import type { EpochMs } from '../model/brand.ts'
import type { Floor, Hold, NodeRow, Segment } from './store.ts'

const TILE_LEVELS = 8
const TILE_WIDTH = 256
/** One above the highest tile level of 2^48 records. */
const LEVELS = 6

export interface Prunable extends Floor {
  /** First sequence numbers of the segments to remove. */
  readonly firsts: readonly number[]
}

export interface KeptSegments {
  /** First sequence numbers, ascending; the last one still grows. */
  readonly firsts: readonly number[]
  segment(first: number): Segment
  /** Whether the index of a sealed segment is written. */
  isIndexed(first: number): boolean
}

/**
 * The segments that may be pruned: those sealed before `before`, from the oldest on, up to the first that is held or still
 * needed. Undefined if there is none.
 * @param atMost records from here on are kept
 */
export function prunable(
  { firsts, segment, isIndexed }: KeptSegments,
  before: EpochMs,
  holds: readonly Hold[],
  atMost = Number.POSITIVE_INFINITY,
): Prunable | undefined {
  let count = 0
  while (count < firsts.length - 1 && firsts[count + 1]! <= atMost) {
    const one = segment(firsts[count]!)
    const sealedAt = one.sealedAt()
    if (sealedAt === undefined || sealedAt >= before || !isIndexed(one.first)) break
    if (holds.some((hold) => holdsSegment(hold, one, sealedAt))) break
    count++
  }
  // A start reads from the newest checkpoint and from the oldest INTENT without an OUTCOME: both must be kept.
  while (count > 0 && !canBegin(firsts.slice(count), segment)) count--
  if (count === 0) return undefined
  const next = segment(firsts[count]!)
  return { size: next.first, range: next.range, firsts: firsts.slice(0, count) }
}

export function holdsSegment(
  { first, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }: Hold,
  segment: Pick<Segment, 'first' | 'openedAt'>,
  sealedAt: EpochMs,
): boolean {
  if (first !== undefined) return first === segment.first
  return segment.openedAt <= to && sealedAt >= from
}

/** Opens one segment at a time, because the pool holds only a few. */
function canBegin(kept: readonly number[], segment: KeptSegments['segment']): boolean {
  const floor = kept[0]!
  for (const first of kept.toReversed()) {
    const one = segment(first)
    const mark = one.mark()
    if (mark === undefined) continue
    return mark.settledBelow >= floor && mark.size >= floor && isSigned(kept, segment)
  }
  return false
}

function isSigned(kept: readonly number[], segment: KeptSegments['segment']): boolean {
  return kept.toReversed().some((first) => segment(first).lastCheckpoint() !== undefined)
}

/** The hashes to keep of pruned segments: all upper tile levels, and the leaves of the tile that spans the floor. */
export function hashesToKeep({ size, firsts }: Prunable, segment: (first: number) => Segment): readonly NodeRow[] {
  const nodes: NodeRow[] = []
  for (const first of firsts) {
    const one = segment(first)
    const end = one.end()
    for (let tileLevel = 1; tileLevel <= LEVELS; tileLevel++) {
      const width = TILE_WIDTH ** tileLevel
      nodes.push(...one.nodes(tileLevel * TILE_LEVELS, Math.floor(first / width), Math.floor(end / width)))
    }
    const beside = Math.max(first, Math.floor(size / TILE_WIDTH) * TILE_WIDTH)
    for (let seq = beside; seq < end; seq++) {
      const hash = one.leafHash(seq)
      if (hash === undefined) throw new RangeError(`record ${seq} has no hash`)
      nodes.push({ level: 0, index: seq, hash })
    }
  }
  return nodes
}

/** Segments whose last record is below the floor; never the newest. */
export function belowFloor(firsts: readonly number[], floor: number): readonly number[] {
  return firsts.filter((_, i) => (firsts[i + 1] ?? Number.POSITIVE_INFINITY) <= floor)
}
