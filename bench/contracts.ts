/** What contracts cost an event that none of them but one takes. */
import { askEvents, EVENT_UNITS } from './support/event-question.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { startLoad, startRig } from './support/rig.ts'
import { withStops } from './support/stops.ts'

const FULL = { counts: [1, 10, 100, 500], rounds: 5, batches: 200, warmUp: 600 }
const QUICK = { counts: [1, 100], rounds: 3, batches: 60, warmUp: 120 }

export function run({ quick }: BenchOptions): Promise<Report> {
  const { counts, rounds, batches, warmUp } = quick === true ? QUICK : FULL
  return withStops(async (stops) => {
    const load = await startLoad(stops)
    const devices = { kind: 'in turn', first: 0, count: 1_000 } as const
    const cases = []
    for (const contracts of counts) {
      const rig = await startRig(load, stops, { idleContracts: contracts - 1 })
      await rig.round({ batches: warmUp, devices })
      const name = contracts === 1 ? 'one contract' : `${contracts} contracts`
      cases.push({ name, rig, work: () => ({ batches, devices }) })
    }
    const { report } = await askEvents(cases, rounds)
    return {
      question: 'contracts: what does their number cost?',
      method: `Batches of 20 of 1,000 returning phones; every contract is of the same app, and one takes the event. ${rounds} rounds of ${(batches * 20).toLocaleString('en')} events in turn, a gateway for each number. ${EVENT_UNITS}`,
      ...report,
    }
  })
}
