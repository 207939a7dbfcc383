/** What the size of a batch changes: how much of an event's cost is the request's. */
import { askEvents, EVENT_UNITS } from './support/event-question.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { startLoad, startRig } from './support/rig.ts'
import { withStops } from './support/stops.ts'

const SIZES = [20, 1, 100]
const FULL = { rounds: 5, events: 6_000, warmUp: 1_000 }
const QUICK = { rounds: 3, events: 2_000, warmUp: 200 }

export function run({ quick }: BenchOptions): Promise<Report> {
  const { rounds, events, warmUp } = quick === true ? QUICK : FULL
  return withStops(async (stops) => {
    const rig = await startRig(await startLoad(stops), stops)
    const devices = { kind: 'in turn', first: 0, count: 1_000 } as const
    await rig.round({ batches: warmUp, devices })
    const cases = SIZES.map((batchEvents) => ({
      name: batchEvents === 1 ? 'one event a batch' : `batches of ${batchEvents}`,
      rig,
      work: () => ({ batches: Math.ceil(events / batchEvents), batchEvents, devices }),
    }))
    const { report } = await askEvents(cases, rounds)
    return {
      question: 'batches: what does the size of a batch change?',
      method: `1,000 returning phones, one webhook partner; ${rounds} rounds of ${events.toLocaleString('en')} events of each size in turn, one gateway. ${EVENT_UNITS}`,
      ...report,
    }
  })
}
