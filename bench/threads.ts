/** What several data threads cost, and whether each does its share. */
import { askEvents, EVENT_UNITS } from './support/event-question.ts'
import { shown } from './support/figures.ts'
import { threadMicrosOf } from './support/kernel.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { SENDERS, startLoad, startRig } from './support/rig.ts'
import { withStops } from './support/stops.ts'

const COUNTS = [1, 2, 4]
const FULL = { rounds: 5, batches: 320, warmUp: 1_536 }
const QUICK = { rounds: 3, batches: 64, warmUp: 768 }

export function run({ quick }: BenchOptions): Promise<Report> {
  const { rounds, batches, warmUp } = quick === true ? QUICK : FULL
  return withStops(async (stops) => {
    const load = await startLoad(stops)
    const devices = { kind: 'in turn', first: 0, count: 1_000 } as const
    const cases = []
    for (const threads of COUNTS) {
      const rig = await startRig(load, stops, { threads })
      // So many that connections have been spread.
      await rig.round({ batches: warmUp, devices })
      const name = threads === 1 ? 'one data thread' : `${threads} data threads`
      cases.push({ name, threads, rig, work: () => ({ batches, devices }) })
    }
    const before = cases.map(({ rig }) => threadMicrosOf(rig.gateway.pid))
    const { report } = await askEvents(cases, rounds)
    const shares = cases.flatMap(({ name, threads, rig }, index) => {
      if (threads === 1) return []
      const after = threadMicrosOf(rig.gateway.pid)
      const own = Array.from({ length: threads }, (_, place) => {
        const thread = `data ${place + 1}`
        return (after.get(thread) ?? 0) - (before[index]!.get(thread) ?? 0)
      })
      const all = own.reduce((sum, one) => sum + one, 0)
      return [`${name}: shares of their CPU ${own.map((one) => `${shown((100 * one) / all)} %`).join(', ')}`]
    })
    return {
      question: 'threads: what do several data threads cost?',
      method: `${SENDERS} connections, each with a batch of 20 of 1,000 returning phones under way, to one webhook partner; ${rounds} rounds of ${(batches * 20).toLocaleString('en')} events in turn, a gateway for each number. ${EVENT_UNITS}`,
      ...report,
      notes: [...shares, ...report.notes],
    }
  })
}
