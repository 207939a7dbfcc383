/** The CPU time of one small call, from many calls on inputs that are new in each round. */
import { type Figures, figuresOf, shown, shownRange } from './figures.ts'

const WARM_UP_ROUNDS = 3
const ROUNDS = 9

/**
 * Microseconds of this thread's CPU for one call of `work`. `inputs` makes a round's inputs, outside the time that
 * counts, so that nothing is remembered of one round in the next unless `work` itself remembers it.
 */
export function cpuMicrosEach<Input>(inputs: () => readonly Input[], work: (input: Input) => unknown): Figures {
  const rounds: number[] = []
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    const made = inputs()
    const before = process.threadCpuUsage()
    for (const input of made) kept = work(input)
    const { user, system } = process.threadCpuUsage(before)
    if (round >= 0) rounds.push((user + system) / made.length)
  }
  return figuresOf(rounds)
}

/** Where the last result goes, so that no call can be left out as useless. */
let kept: unknown
export function lastResult(): unknown {
  return kept
}

/** What, median, spread, target in microseconds. */
export function microRow(what: string, figures: Figures, target?: number): string[] {
  return [what, shown(figures.median), shownRange(figures), target === undefined ? '-' : String(target)]
}
export const MICRO_COLUMNS = ['step', 'CPU µs', 'min..max', 'target'] as const
