/**
 * Finds the INTENT of a disclosure id. The id is a UUID of version 7, so it begins with the time at which the INTENT was
 * made, and records lie nearly in the order of their times: a few pages are read, not the ledger.
 */
import type { Archive } from './archive.ts'
import { TIME_AT } from './leaf-layout.ts'

/** Clocks of threads and groups of commits are never this far apart, in milliseconds. */
const SLACK_MS = 5_000
/** Records beyond the ones with the right time that are looked through as well. */
const SLACK_RECORDS = 4_096

/** Undefined where there is none. Where a clock was set, the whole ledger may have to be read. */
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

/** By halving, as if times never went back. */
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
