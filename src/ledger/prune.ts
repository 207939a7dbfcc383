/** Prunes expired segments, in an order that keeps every proof valid across a crash. */
import type { EpochMs } from '../model/brand.ts'
import type { LedgerEntry } from '../model/disclosure.ts'
import type { LedgerRetention } from './ports.ts'

export interface PruneParts {
  readonly ledger: {
    append(records: readonly LedgerEntry[]): Promise<number>
    /** The writer stops reading below it. */
    dropBelow(floor: number): Promise<void>
  }
  readonly archive: Pick<LedgerRetention, 'prunable' | 'raiseFloor' | 'removePruned'>
  readonly now: () => EpochMs
}

export interface PruneDone {
  /** Records below this number are no longer kept. */
  readonly below: number
  readonly segments: number
}

/**
 * Announces, raises the floor, and only then unlinks. Undefined if nothing has expired.
 * @param before segments sealed before this time may be pruned
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

/** The time `months` calendar months before `now`, UTC; clamped to the month's last day. */
export function monthsBefore(now: EpochMs, months: number): EpochMs {
  const date = new Date(now)
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() - months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, last))
  return date.getTime()
}
