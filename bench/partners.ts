/** What each further partner of an event costs. */
import { askEvents, EVENT_UNITS } from './support/event-question.ts'
import { shown } from './support/figures.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { startLoad, startRig } from './support/rig.ts'
import { withStops } from './support/stops.ts'

const COUNTS = [1, 3, 10]
const FULL = { rounds: 5, batches: 200, warmUp: 600 }
const QUICK = { rounds: 3, batches: 60, warmUp: 120 }

export function run({ quick }: BenchOptions): Promise<Report> {
  const { rounds, batches, warmUp } = quick === true ? QUICK : FULL
  return withStops(async (stops) => {
    const load = await startLoad(stops)
    const devices = { kind: 'in turn', first: 0, count: 1_000 } as const
    const cases = []
    for (const partners of COUNTS) {
      const rig = await startRig(load, stops, { partners })
      await rig.round({ batches: warmUp, devices })
      const name = partners === 1 ? 'one partner' : `${partners} partners`
      cases.push({ name, rig, work: () => ({ batches, devices }) })
    }
    const { report, measured } = await askEvents(cases, rounds)
    const [one, , ten] = measured.map(({ cpu }) => cpu.median)
    const further = (ten! - one!) / (COUNTS[2]! - COUNTS[0]!)
    return {
      question: 'partners: what does each further partner of an event cost?',
      method: `Batches of 20 of 1,000 returning phones, each event to every partner, a webhook; ${rounds} rounds of ${(batches * 20).toLocaleString('en')} events in turn, a gateway for each number. ${EVENT_UNITS}`,
      ...report,
      notes: [`a further partner, from one to ten: ${shown(further)} µs an event`, ...report.notes],
    }
  })
}
