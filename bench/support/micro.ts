/** The CPU time of one small call, from many calls on inputs that are new in each round. */
import { type Figures, figuresOf, shown, shownRange } from './figures.ts'

const WARM_UP_ROUNDS = 3
const ROUNDS = 9
/** The kernel counts CPU in ticks of some milliseconds: a round is at least this many calls, in portions. */
const CALLS_A_ROUND = 8_000

/**
 * Microseconds of this thread's CPU for one call of `work`. `inputs` makes a portion of inputs, outside the time that
 * counts, so that nothing is remembered of one portion in the next unless `work` itself remembers it.
 */
export function cpuMicrosEach<Input>(inputs: () => readonly Input[], work: (input: Input) => unknown): Figures {
  const rounds: number[] = []
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    let micros = 0
    let calls = 0
    while (calls < CALLS_A_ROUND) {
      const made = inputs()
      const before = process.threadCpuUsage()
      for (const input of made) kept = work(input)
      const { user, system } = process.threadCpuUsage(before)
      micros += user + system
      calls += made.length
    }
    if (round >= 0) rounds.push(micros / calls)
  }
  return figuresOf(rounds)
}

/** Where the last result goes, so that no call can be left out as useless. */
let kept: unknown
/** @public Nobody asks: that it could be asked is what keeps the calls. */
export function lastResult(): unknown {
  return kept
}

/** What, median, spread, target in microseconds. */
export function microRow(what: string, figures: Figures, target?: number): string[] {
  return [what, shown(figures.median), shownRange(figures), target === undefined ? '-' : String(target)]
}
export const MICRO_COLUMNS = ['step', 'CPU µs', 'min..max', 'target'] as const
