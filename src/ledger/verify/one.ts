/** Checks one segment with the index that belongs to it: what may be done on any thread, for `verify.ts` to join. */

import { IndexCheck } from './index-rows.ts'
import type { TrustedKey } from './note.ts'
import type { IndexView, LedgerView, SegmentView } from './ports.ts'
import { Findings } from './report.ts'
import { type KnownTree, type OnRecord, SegmentCheck, type SegmentResult } from './segment.ts'

/** What checking one segment needs to know beside its files. Crosses threads. */
export interface SegmentTask {
  readonly first: number
  readonly trusted: readonly TrustedKey[]
  readonly known: readonly KnownTree[]
}
/** Checks one segment, wherever that is done; why not, where its file cannot be read. */
export type CheckSegment = (
  task: SegmentTask,
  onProgress: (records: number) => void,
  onRecord?: OnRecord,
) => Promise<SegmentResult | string>

/** On the calling thread. `breathe` lets its other work go on between two pages. */
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
