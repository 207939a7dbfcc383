/**
 * Finds the INTENT of a disclosure id. The id is a UUIDv7, which begins with the INTENT's time, and records are nearly in
 * time order: a few pages are read, not the whole ledger.
 */
import type { Archive } from './archive.ts'
import { TIME_AT } from './leaf-layout.ts'

/** More than clocks of threads and commits ever differ. */
const SLACK_MS = 5_000
/** Extra records searched on both sides of the time window. */
const SLACK_RECORDS = 4_096

/** Undefined if there is none. Reads the whole ledger if the window has no match, for example after a clock change. */
export async function locate(archive: Archive, id: string): Promise<number | undefined> {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex')
  if (bytes.length !== 16) return undefined
  const lowest = archive.pool.firsts[0]
  const newest = archive.pool.firsts.at(-1)
  if (lowest === undefined || newest === undefined) return undefined
  const end = archive.pool.segment(newest).end()
  const time = bytes.readUIntBE(0, 6)
  const from = Math.max(lowest, firstAtOrAfter(archive, time - SLACK_MS, lowest, end) - SLACK_RECORDS)
  const to = Math.min(end, firstAtOrAfter(archive, time + SLACK_MS, lowest, end) + SLACK_RECORDS)
  return (await search(archive, bytes, from, to)) ?? search(archive, bytes, lowest, end)
}

async function search(archive: Archive, id: Uint8Array, from: number, to: number): Promise<number | undefined> {
  for (const first of archive.pool.firsts.toReversed()) {
    const segment = archive.pool.segment(first)
    if (first >= to || segment.end() <= from) continue
    const found = segment.find(id, from, to)
    if (found !== undefined) return found
    await archive.parts.breathe()
  }
  return undefined
}

/** Binary search that assumes ascending times. */
function firstAtOrAfter(archive: Archive, time: number, lowest: number, end: number): number {
  let low = lowest
  let high = end
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const leaf = archive.leaf(middle)?.leaf
    const at = leaf === undefined ? 0 : Buffer.from(leaf).readUIntBE(TIME_AT, 6)
    if (at < time) low = middle + 1
    else high = middle
  }
  return low
}
