/**
 * Samples of the accounting totals since the start, for windows of the last minutes or hours: every ten seconds for an hour,
 * every minute for a day. Counts only.
 */
import type { LaneState } from '../delivery/ports.ts'
import type { IntakeTotals } from '../intake/ports.ts'
import type { EpochMs } from '../model/brand.ts'

const FINE_MS = 10_000
const FINE_KEPT_MS = 3_600_000
const COARSE_MS = 60_000
const COARSE_KEPT_MS = 24 * 3_600_000

export interface Sample {
  readonly at: EpochMs
  readonly totals: IntakeTotals
  /** Failed requests by partner, since the start. */
  readonly failures: Readonly<Record<string, number>>
}

export interface AccountingHistory {
  /** Samples from the newest one at or before `from`, oldest first, followed by the current totals. */
  since(from: EpochMs): Promise<readonly Sample[]>
  close(): void
}

export interface HistoryDeps {
  readonly totals: () => Promise<IntakeTotals>
  readonly lanes: () => readonly LaneState[]
  readonly now: () => EpochMs
  readonly failed: (where: string, error: unknown) => void
}

export function openAccountingHistory({ totals, lanes, now, failed }: HistoryDeps): AccountingHistory {
  let samples: readonly Sample[] = []
  const read = async (): Promise<Sample> => {
    const found = await totals()
    return {
      at: now(),
      totals: found,
      failures: Object.fromEntries(lanes().map(({ partner, failures }) => [partner, failures])),
    }
  }
  const keep = async (): Promise<void> => {
    samples = thinned([...samples, await read()])
  }
  const tryToKeep = (): void => void keep().catch((error: unknown) => failed('accounting', error))
  tryToKeep()
  const timer = setInterval(tryToKeep, FINE_MS)
  timer.unref()
  return {
    since: async (from) => {
      const last = await read()
      const kept = samples.filter(({ at }) => at < last.at)
      const first = kept.findLastIndex(({ at }) => at <= from)
      return [...kept.slice(Math.max(0, first)), last]
    },
    close: () => clearInterval(timer),
  }
}

/** Oldest first; beyond an hour, only the first of each minute. */
export function thinned(samples: readonly Sample[]): readonly Sample[] {
  const newest = samples.at(-1)?.at ?? 0
  let minute = -1
  return samples.filter(({ at }) => {
    if (newest - at <= FINE_KEPT_MS) return true
    if (newest - at > COARSE_KEPT_MS) return false
    const its = Math.floor(at / COARSE_MS)
    const isFirst = its !== minute
    minute = its
    return isFirst
  })
}
