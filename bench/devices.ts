/** What is remembered of devices that come back, and what new ones cost. */
import { askEvents, EVENT_UNITS } from './support/event-question.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { startLoad, startRig } from './support/rig.ts'
import { withStops } from './support/stops.ts'

const SUBJECTS = 100_000
const RETURNING = 1_000
const FULL = { rounds: 5, batches: 300, warmUp: 4_000 }
const QUICK = { rounds: 3, batches: 100, warmUp: 250 }

export function run({ quick }: BenchOptions): Promise<Report> {
  const { rounds, batches, warmUp } = quick === true ? QUICK : FULL
  return withStops(async (stops) => {
    const load = await startLoad(stops)
    const rigOf = () => startRig(load, stops)
    const [returning, zipf, fresh] = [await rigOf(), await rigOf(), await rigOf()]
    const inTurn = { kind: 'in turn', first: 0, count: RETURNING } as const
    const drawn = { kind: 'zipf', devices: SUBJECTS } as const
    let next = 0
    const unseen = (count: number) => {
      next += count
      return { kind: 'in turn', first: next - count, count } as const
    }
    await returning.round({ batches: Math.min(warmUp, RETURNING), devices: inTurn })
    await zipf.round({ batches: warmUp, devices: drawn })
    const freshWarmUp = Math.min(warmUp, RETURNING)
    await fresh.round({ batches: freshWarmUp, devices: unseen(freshWarmUp) })
    const { report } = await askEvents(
      [
        { name: '1,000 returning phones', rig: returning, work: () => ({ batches, devices: inTurn }) },
        { name: 'Zipf over 100,000 phones', rig: zipf, work: () => ({ batches, devices: drawn }) },
        { name: 'a new phone each batch', rig: fresh, work: () => ({ batches, devices: unseen(batches) }) },
      ],
      rounds,
    )
    return {
      question: 'devices: what do returning and new devices cost?',
      method:
        `Batches of 20, each of one phone, one webhook partner, caches as shipped; the Zipf gateway has seen ${warmUp.toLocaleString('en')} batches ` +
        `before. ${rounds} rounds of ${(batches * 20).toLocaleString('en')} events in turn, a gateway for each. ${EVENT_UNITS}`,
      ...report,
    }
  })
}
