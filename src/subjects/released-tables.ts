/**
 * Tables that are safe to share, and the counts of the transparency report: by fixed dimensions, for calendar months, never of fewer
 * people than a minimum. Each is made once, when its month is over, and answered from storage ever after: whatever is erased or
 * pruned since, no second table of a month exists that could be compared with the first.
 */
import type { EpochMs } from '../model/brand.ts'
import type { RecordRow } from './ports.ts'

export const MINIMUM_COHORT = 100
/** What is shown is rounded down to a multiple of this. */
const STEP = 10
const DAY_MS = 86_400_000

export interface ReleasedTable {
  readonly month: string
  /** The day on which it was made. */
  readonly released: string
  readonly minimum: number
  /** Empty where fewer people than the minimum were new since the release before. */
  readonly cells: readonly Cell[]
  readonly report: Readonly<Record<string, Shown>>
}
export interface Cell {
  readonly partner: string
  readonly app: string
  readonly law: string
  readonly people: number
  readonly disclosures: number
}
/** A count, rounded down; or that it is below the minimum. */
export type Shown = number | 'fewer than the minimum' | 'none'

interface Window {
  readonly from: EpochMs
  readonly to: EpochMs
}
export interface TableParts {
  readonly records: {
    cohorts(window: Window, last?: Window): Promise<{ readonly cells: readonly Cell[]; readonly fresh: number }>
    count(query: {
      readonly by: readonly ['kind']
      readonly kind: string
      readonly action?: string
      readonly from: EpochMs
      readonly to: EpochMs
    }): Promise<readonly RecordRow[]>
    record(name: { readonly seq: number }): Promise<RecordRow | undefined>
  }
  readonly files: {
    read(name: string): Promise<Uint8Array | undefined>
    write(name: string, text: string): Promise<void>
    names(): Promise<readonly string[]>
  }
  /** Lowest record that is kept. */
  readonly floor: () => number
  readonly minimum: () => number
  readonly now: () => EpochMs
}

export interface ReleasedTables {
  /** Months with a table, newest first. */
  months(): Promise<readonly string[]>
  table(month: string): Promise<ReleasedTable | undefined>
  /** Makes the table of the last month that is over, where there is none yet. */
  releaseDue(): Promise<void>
}

/** Record kinds and actions that the report counts, by name. */
const COUNTED: Readonly<Record<string, readonly (readonly [kind: string, action?: string])[]>> = {
  opt_outs: [
    ['receipt', 'opt_out'],
    ['receipt', 'mixed'],
  ],
  opt_ins: [['receipt', 'opt_in']],
  erasures: [['control', 'subject_keys_destroyed']],
  notices: [['notice']],
  notices_confirmed: [['notice_end', 'confirmed']],
  notices_accepted: [['notice_end', 'accepted']],
  notices_refused: [['notice_end', 'refused']],
  notices_without_answer: [
    ['notice_end', 'no_match'],
    ['notice_end', 'cannot_be_told'],
    ['notice_end', 'expired'],
    ['notice_end', 'unresolved'],
  ],
  cases: [['case', 'opened']],
  disclosures_by_hand: [['by_hand', 'disclosed']],
}

export function createReleasedTables({ records, files, floor, minimum, now }: TableParts): ReleasedTables {
  const months = async (): Promise<readonly string[]> =>
    (await files.names())
      .filter((name) => MONTH.test(name))
      .toSorted()
      .toReversed()
  const table = async (month: string): Promise<ReleasedTable | undefined> => {
    const text = MONTH.test(month) ? await files.read(month) : undefined
    // Sound: only `releaseDue` writes these files.
    return text === undefined ? undefined : (JSON.parse(Buffer.from(text).toString('utf8')) as ReleasedTable)
  }
  return {
    months,
    table,
    releaseDue: async () => {
      const month = monthBefore(now() - DAY_MS)
      const window = windowOf(month)
      if ((await files.read(month)) !== undefined || !(await isWhole(records, floor(), window.from))) return
      const [last] = await months()
      const least = minimum()
      const { cells, fresh } = await records.cohorts(window, last === undefined ? undefined : windowOf(last))
      const report: Record<string, Shown> = {}
      for (const [name, which] of Object.entries(COUNTED)) {
        let sum = 0
        for (const [kind, action] of which) {
          const query = { by: ['kind'] as const, kind, ...window, ...(action === undefined ? {} : { action }) }
          for (const { count } of await records.count(query)) sum += Number(count)
        }
        report[name] = sum === 0 ? 'none' : sum < least ? 'fewer than the minimum' : rounded(sum)
      }
      const made: ReleasedTable = {
        month,
        released: new Date(now()).toISOString().slice(0, 10),
        minimum: least,
        cells: fresh < least ? [] : cells.filter(({ people }) => people >= least).map(shown),
        report,
      }
      await files.write(month, JSON.stringify(made))
    },
  }
}

const MONTH = /^\d{4}-\d{2}$/

/** False where records of the time were pruned. */
async function isWhole(records: TableParts['records'], floor: number, from: EpochMs): Promise<boolean> {
  if (floor === 0) return true
  const oldest = await records.record({ seq: floor })
  return oldest !== undefined && Number(oldest.time) < from
}

function shown(cell: Cell): Cell {
  return { ...cell, people: rounded(cell.people), disclosures: rounded(cell.disclosures) }
}
function rounded(count: number): number {
  return Math.floor(count / STEP) * STEP
}

/** The calendar month, UTC, before the one of this moment. */
function monthBefore(at: EpochMs): string {
  const date = new Date(at)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1)).toISOString().slice(0, 7)
}
function windowOf(month: string): Window {
  const [year = 0, ofYear = 1] = month.split('-').map(Number)
  return { from: Date.UTC(year, ofYear - 1), to: Date.UTC(year, ofYear) }
}
