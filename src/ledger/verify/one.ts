/** Checks one segment and its index, on any thread. `verify.ts` joins the results. */

import { IndexCheck } from './index-rows.ts'
import type { TrustedKey } from './note.ts'
import type { IndexView, LedgerView, SegmentView } from './ports.ts'
import { Findings } from './report.ts'
import { type KnownTree, type OnRecord, SegmentCheck, type SegmentResult } from './segment.ts'

/** Input for checking one segment, besides its files. Crosses threads. */
export interface SegmentTask {
  readonly first: number
  readonly trusted: readonly TrustedKey[]
  readonly known: readonly KnownTree[]
}
/** Checks one segment; resolves to the reason if its file cannot be read. */
export type CheckSegment = (
  task: SegmentTask,
  onProgress: (records: number) => void,
  onRecord?: OnRecord,
) => Promise<SegmentResult | string>

/** Runs on the calling thread. `breathe` yields between two pages. */
export async function checkSegment(
  files: Pick<LedgerView, 'read' | 'index'>,
  { first, trusted, known }: SegmentTask,
  onProgress: (records: number) => void,
  breathe: () => Promise<void>,
  onRecord?: OnRecord,
): Promise<SegmentResult | string> {
  let segment: SegmentView | undefined
  try {
    segment = files.read(first)
    const derived = segment.sealedAt() === undefined ? undefined : new IndexCheck(segment.first)
    const see: OnRecord = (row, reading) => {
      derived?.see(reading)
      onRecord?.(row, reading)
    }
    const result = await new SegmentCheck(segment, trusted, known, see).run((records) => {
      onProgress(records)
      return breathe()
    })
    return derived === undefined || result.problemCount > 0 ? result : withIndex(result, files, first, derived)
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown error'
  } finally {
    segment?.close()
  }
}

function withIndex(
  result: SegmentResult,
  files: Pick<LedgerView, 'index'>,
  first: number,
  derived: IndexCheck,
): SegmentResult {
  const findings = new Findings()
  let kept: IndexView | undefined
  try {
    kept = files.index(first)
    if (kept !== undefined) derived.finish(kept, findings)
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error'
    findings.add('index_unreadable', first, `the index of the segment from ${first} on cannot be read: ${why}`)
  } finally {
    kept?.close()
  }
  return { ...result, problems: findings.problems, problemCount: findings.count }
}
