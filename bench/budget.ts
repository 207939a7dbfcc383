/**
 * Where the CPU of an event goes, from inside the gateway's process: a profile of each thread says how the thread's time
 * divides, and the kernel how much it was.
 */
import { type Budget, budgetOf, PARTS } from './support/attribution.ts'
import { BATCH_EVENTS } from './support/event.ts'
import { figuresOf, shown, shownRange } from './support/figures.ts'
import { threadMicrosOf, tickMicrosOf } from './support/kernel.ts'
import type { BenchOptions, Report } from './support/report.ts'
import { type Rig, startLoad, startRig, type Work } from './support/rig.ts'
import { withStops } from './support/stops.ts'

const FULL = { rounds: 5, batches: 300, warmUp: 1_000 }
const QUICK = { rounds: 2, batches: 150, warmUp: 200 }
const RETURNING = 1_000
/** How far the parts may be from the whole: the two are counted by different clocks of the kernel. */
export const MOST_GAP = 0.05

interface Profiled {
  readonly budget: Budget
  readonly wholeMicros: number
}

export function run({ quick, against }: BenchOptions): Promise<Report> {
  const { rounds, batches, warmUp } = quick === true ? QUICK : FULL
  return withStops(async (stops) => {
    const rig = await startRig(await startLoad(stops), stops, { tree: against })
    const work: Work = { batches, devices: { kind: 'in turn', first: 0, count: RETURNING } }
    const events = batches * BATCH_EVENTS
    await rig.round({ ...work, batches: warmUp })
    const plain: number[] = []
    const profiled: Profiled[] = []
    for (let round = 0; round < rounds; round++) {
      plain.push((await rig.round(work)).cpuMicros)
      profiled.push(await profiledRound(rig, work))
    }
    const checked = await rig.check()
    const each = (micros: (one: Profiled) => number) => figuresOf(profiled.map((one) => micros(one) / events))
    const sums = profiled.map(({ budget }) => [...budget.parts.values()].reduce((sum, part) => sum + part, 0))
    const gap = figuresOf(
      profiled.map(({ budget, wholeMicros }, i) => (sums[i]! + budget.profilerMicros) / wholeMicros - 1),
    )
    if (Math.abs(gap.median) > MOST_GAP)
      throw new Error(`the parts are ${(100 * gap.median).toFixed(1)} % away from the whole`)
    const total = figuresOf(sums.map((sum) => sum / events))
    const undisturbed = figuresOf(plain)
    return {
      question: 'budget: where does the CPU of an event go?',
      method:
        `Batches of ${BATCH_EVENTS} of ${RETURNING.toLocaleString('en')} returning phones, one webhook partner; ${rounds} rounds of ` +
        `${events.toLocaleString('en')} events under a profile of every thread, in turn with as many without. A frame belongs to ` +
        'the part of its source file, or of the nearest caller whose file has one.',
      columns: ['part', 'CPU µs/event', 'min..max', 'share'],
      rows: [
        ...PARTS.map((part) => {
          const of = each(({ budget }) => budget.parts.get(part) ?? 0)
          return [part, shown(of.median), shownRange(of), `${shown((100 * of.median) / total.median)} %`]
        }),
        ['all parts', shown(total.median), shownRange(total), '100 %'],
        ['without a profile', shown(undisturbed.median), shownRange(undisturbed), '-'],
      ],
      notes: [
        `the parts and the profiler’s own threads (${shown(each(({ budget }) => budget.profilerMicros).median)} µs) add up to ` +
          `${shown(100 * (1 + gap.median))} % of what the kernel counted for the process by another clock`,
        '“collector and compiler” is collections on every thread and all of V8’s own threads, which do both; “elsewhere” is the ' +
          'event loop, reading sockets, messages between threads and timers: native code under no function of ours',
        'a profile slows the gateway: the shares are right, the microseconds are high by the difference to the last row',
        checked,
      ],
    }
  })
}

async function profiledRound(rig: Rig, work: Work): Promise<Profiled> {
  const { pid, probe } = rig.gateway
  const { result, profiles } = await probe.profiled(async () => {
    const before = threadMicrosOf(pid)
    const ticks = tickMicrosOf(pid)
    await rig.round(work)
    const wholeMicros = tickMicrosOf(pid) - ticks
    const threads = new Map([...threadMicrosOf(pid)].map(([name, micros]) => [name, micros - (before.get(name) ?? 0)]))
    return { threads, wholeMicros }
  })
  return { budget: budgetOf(result.threads, profiles), wholeMicros: result.wholeMicros }
}
