/** Questions about what changes the cost of an event: each case a gateway and its traffic, rounds in turn. */
import { CONTENDER_COLUMNS, type Contender, contenderRow, interleave, type Measured } from './contenders.ts'
import { shown } from './figures.ts'
import type { Report } from './report.ts'
import type { Rig, Work } from './rig.ts'

export interface Case {
  readonly name: string
  readonly rig: Rig
  /** Called before each round: traffic may move on. */
  readonly work: () => Work
}

export interface Answered {
  readonly report: Pick<Report, 'columns' | 'rows' | 'notes'>
  readonly measured: readonly Measured[]
}

/** Ratios are to the first case. Several cases may share a gateway. */
export async function askEvents(cases: readonly Case[], rounds: number): Promise<Answered> {
  const contenders = cases.map(({ name, rig, work }): Contender => ({ name, round: () => rig.round(work()) }))
  const measured = await interleave(contenders, rounds)
  const rows: string[][] = []
  for (const [index, one] of measured.entries()) {
    const { rig, work } = cases[index]!
    const allocated = await rig.allocated(work())
    rows.push([...contenderRow(one, measured[0]), shown(allocated / 1_024), shown(rig.peakPrivateMb())])
  }
  const notes: string[] = []
  for (const rig of new Set(cases.map((one) => one.rig))) notes.push(await rig.check())
  return {
    report: {
      columns: ['', ...CONTENDER_COLUMNS, 'KB allocated', 'peak RssAnon MB'],
      rows,
      notes: [...new Set(notes)],
    },
    measured,
  }
}

export const EVENT_UNITS =
  'CPU µs and KB allocated are for one event, of the gateway’s process and heaps; a peak is of the gateway since its start, so ' +
  'that cases of one gateway share it.'
