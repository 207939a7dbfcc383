/**
 * Tables safe for release, and the counts of the transparency report: by fixed dimensions and calendar month, never about fewer
 * subjects than a minimum. Each is computed once, after its month, and then served from storage, so that no second table of a
 * month can be compared with the first after erasures or pruning.
 */
import type { EpochMs } from '../model/brand.ts'
import type { NoticeState } from '../notices/ports.ts'
import type { RecordRow, Records } from './ports.ts'

export const MINIMUM_COHORT = 100
/** Shown numbers are rounded down to a multiple of this. */
const STEP = 10
/** Records read at a time. */
const PAGE = 1_000
const DAY_MS = 86_400_000

export interface ReleasedTable {
  readonly month: string
  /** The day of release. */
  readonly released: string
  readonly minimum: number
  /** Without cells below the minimum, in total or in new subjects since any earlier table that shows the cell. */
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
/** A rounded count, or that it is below the minimum. */
export type Shown = number | 'fewer than the minimum' | 'none'

interface Window {
  readonly from: EpochMs
  readonly to: EpochMs
}
interface Counted extends Cell {
  /** For each earlier window: subjects of the cell then whose keys still exist, and subjects of now who were not in it. */
  readonly since: readonly { readonly known: number; readonly fresh: number }[]
}
export interface TableParts {
  readonly records: Pick<Records, 'find' | 'record'> & {
    cohorts(window: Window, earlier: readonly Window[]): Promise<readonly Counted[]>
    count(query: {
      readonly by: readonly ['kind']
      readonly kind: string
      readonly action?: string
      readonly from: EpochMs
      readonly to: EpochMs
    }): Promise<readonly RecordRow[]>
  }
  readonly files: {
    read(name: string): Promise<Uint8Array | undefined>
    write(name: string, text: string): Promise<void>
    names(): Promise<readonly string[]>
  }
  /** Lowest kept record. */
  readonly floor: () => number
  readonly minimum: () => number
  readonly now: () => EpochMs
}

export interface ReleasedTables {
  /** Months with a table, newest first. */
  months(): Promise<readonly string[]>
  table(month: string): Promise<ReleasedTable | undefined>
  /** Releases the table of the last completed month, unless it exists. */
  releaseDue(): Promise<void>
}

/** Record kinds and actions in the report, by name. `notices` counts requests, including repeats. */
const COUNTED: Readonly<Record<string, readonly (readonly [kind: string, action?: string])[]>> = {
  opt_outs: [
    ['receipt', 'opt_out'],
    ['receipt', 'mixed'],
  ],
  opt_ins: [['receipt', 'opt_in']],
  erasures: [['request', 'erasure']],
  notices: [['notice']],
  cases: [['case', 'opened']],
  disclosures_by_hand: [['by_hand', 'disclosed']],
}
/** Ends of notices in the report, by state. */
const ENDS: Readonly<Record<NoticeState, string>> = {
  confirmed: 'notices_confirmed',
  accepted: 'notices_accepted',
  refused: 'notices_refused',
  no_match: 'notices_without_answer',
  cannot_be_told: 'notices_without_answer',
  expired: 'notices_without_answer',
  unresolved: 'notices_without_answer',
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
  /** Earlier tables with cells whose records are still kept. */
  const comparable = async (): Promise<readonly ReleasedTable[]> => {
    const found: ReleasedTable[] = []
    for (const month of await months()) {
      const one = await table(month)
      if (one !== undefined && one.cells.length > 0 && (await isWhole(records, floor(), windowOf(month).from)))
        found.push(one)
    }
    return found
  }
  const acts = async (window: Window): Promise<Record<string, number>> => {
    const counts: Record<string, number> = {}
    for (const [name, which] of Object.entries(COUNTED)) {
      counts[name] = 0
      for (const [kind, action] of which) {
        const query = { by: ['kind'] as const, kind, ...window, ...(action === undefined ? {} : { action }) }
        for (const { count } of await records.count(query)) counts[name] += Number(count)
      }
    }
    return counts
  }
  /** Counts each notice once, by its last end: staff may correct one, and a crash may record one twice. */
  const ends = async (window: Window): Promise<Record<string, number>> => {
    const last = new Map<string, NoticeState>()
    for (let after: number | undefined = -1; after !== undefined; ) {
      const page = await records.find({ kind: 'notice_end', ...window, after, limit: PAGE })
      // Sound: `endRecord` writes records of this kind.
      for (const { facts } of page.records as readonly { facts: { notice: string; state: NoticeState } }[])
        last.set(facts.notice, facts.state)
      after = page.next
    }
    const counts = Object.fromEntries(Object.values(ENDS).map((name) => [name, 0]))
    for (const state of last.values()) counts[ENDS[state]]!++
    return counts
  }
  return {
    months,
    table,
    releaseDue: async () => {
      const month = monthBefore(now() - DAY_MS)
      const window = windowOf(month)
      if ((await files.read(month)) !== undefined || !(await isWhole(records, floor(), window.from))) return
      const least = minimum()
      const earlier = await comparable()
      const windows = earlier.map((one) => windowOf(one.month))
      const cells = await records.cohorts(window, windows)
      const counts = { ...(await acts(window)), ...(await ends(window)) }
      const shownCount = (sum: number): Shown =>
        sum === 0 ? 'none' : sum < least ? 'fewer than the minimum' : rounded(sum)
      const made: ReleasedTable = {
        month,
        released: new Date(now()).toISOString().slice(0, 10),
        minimum: least,
        cells: cells
          .filter((cell) => cell.people >= least && earlier.every((one, at) => freshSince(one, cell, at) >= least))
          .map(shown),
        report: Object.fromEntries(Object.entries(counts).map(([name, sum]) => [name, shownCount(sum)])),
      }
      await files.write(month, JSON.stringify(made))
    },
  }
}

const MONTH = /^\d{4}-\d{2}$/

/** False if records since `from` were pruned. */
async function isWhole(records: TableParts['records'], floor: number, from: EpochMs): Promise<boolean> {
  if (floor === 0) return true
  const oldest = await records.record({ seq: floor })
  return oldest !== undefined && Number(oldest.time) < from
}

/** A lower bound of subjects not in the cell of an earlier table. One erased since may be back under another key. */
function freshSince({ cells }: ReleasedTable, { partner, app, law, since }: Counted, at: number): number {
  const was = cells.find((one) => one.partner === partner && one.app === app && one.law === law)
  const { known, fresh } = since[at]!
  return was === undefined ? Number.POSITIVE_INFINITY : fresh - Math.max(0, was.people - known)
}

function shown({ since: _, ...cell }: Counted): Cell {
  return { ...cell, people: rounded(cell.people), disclosures: rounded(cell.disclosures) }
}
function rounded(count: number): number {
  return Math.floor(count / STEP) * STEP
}

/** The calendar month before this time, UTC. */
function monthBefore(at: EpochMs): string {
  const date = new Date(at)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - 1)).toISOString().slice(0, 7)
}
function windowOf(month: string): Window {
  const [year = 0, ofYear = 1] = month.split('-').map(Number)
  return { from: Date.UTC(year, ofYear - 1), to: Date.UTC(year, ofYear) }
}
