/** What opt-outs change: restricted users' events are still sent here, with less in them. */
import { deviceOf } from './support/event.ts'
import { askEvents, EVENT_UNITS } from './support/event-question.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { startLoad, startRig } from './support/rig.ts'
import { withStops } from './support/stops.ts'

/** Every how many-th device of a group has opted out. */
const GROUPS = [
  { name: 'nobody has opted out', first: 0, every: 0 },
  { name: 'every second user has', first: 10_000, every: 2 },
  { name: 'every user has', first: 20_000, every: 1 },
]
const FULL = { rounds: 5, batches: 300, warmUp: 1_000 }
const QUICK = { rounds: 3, batches: 100, warmUp: 200 }

export function run({ quick }: BenchOptions): Promise<Report> {
  const { rounds, batches, warmUp } = quick === true ? QUICK : FULL
  return withStops(async (stops) => {
    const rig = await startRig(await startLoad(stops), stops)
    await rig.round({ batches: warmUp, devices: { kind: 'in turn', first: 30_000, count: warmUp } })
    const optedOut = GROUPS.flatMap(({ first, every }) =>
      every === 0 ? [] : range(first, batches).filter((index) => index % every === 0),
    )
    await rig.optOut(optedOut.map((index) => deviceOf(index).advertisingId))
    const cases = GROUPS.map(({ name, first }) => ({
      name,
      rig,
      work: () => ({ batches, devices: { kind: 'in turn', first, count: batches } as const }),
    }))
    const { report } = await askEvents(cases, rounds)
    return {
      question: 'opt-outs: what do they change?',
      method:
        `Batches of 20 of ${batches} returning phones a group, one webhook partner that gets a limited item of restricted ` +
        `users; the opt-outs are stored choices. ${rounds} rounds of ${(batches * 20).toLocaleString('en')} events of each group in turn, one gateway. ${EVENT_UNITS}`,
      ...report,
    }
  })
}

function range(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}
