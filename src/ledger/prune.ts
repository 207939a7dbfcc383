/** Prunes what has had its time, in the order that leaves every proof valid whatever stops in between. */
import type { EpochMs } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { LedgerKeeping } from './ports.ts'

export interface PruneParts {
  readonly ledger: {
    append(records: readonly LedgerEntry[]): Promise<number>
    /** The writer reads nothing below it any more. */
    dropBelow(floor: number): Promise<void>
  }
  readonly archive: Pick<LedgerKeeping, 'prunable' | 'raiseFloor' | 'removePruned'>
  readonly now: () => EpochMs
}

export interface PruneDone {
  /** Records below this number are no longer kept. */
  readonly below: number
  readonly segments: number
}

/**
 * Announces, raises the floor, and only then unlinks. Undefined where nothing has had its time.
 * @param before segments that were full before this moment may go
 */
export async function prune({ ledger, archive, now }: PruneParts, before: EpochMs): Promise<PruneDone | undefined> {
  const found = await archive.prunable(before)
  if (found === undefined) return undefined
  const { below, segments } = found
  await ledger.append([{ kind: 'control', time: now(), action: 'ledger_pruned', facts: { below, segments, before } }])
  const floor = await archive.raiseFloor({ before, below })
  await ledger.dropBelow(floor)
  return { below: floor, segments: await archive.removePruned() }
}

/** The moment `months` calendar months before `now`, UTC; the last day of a month where it has no such day. */
export function monthsBefore(now: EpochMs, months: number): EpochMs {
  const date = new Date(now)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() - months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date.getTime()
}
