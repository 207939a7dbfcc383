/** The CPU time of one small call, from many calls on inputs that are new in each round. */
import { type Figures, figuresOf, shown, shownRange } from './figures.ts'

/** How often: the kernel counts CPU in ticks of some milliseconds, so a round is at least so many calls, in portions. */
export interface MicroSize {
  readonly warmUps: number
  readonly rounds: number
  readonly calls: number
}
const FULL: MicroSize = { warmUps: 3, rounds: 9, calls: 8_000 }
export const QUICK_MICRO: MicroSize = { warmUps: 2, rounds: 3, calls: 4_000 }

/**
 * Microseconds of this thread's CPU for one call of `work`. `inputs` makes a portion of inputs, outside the time that
 * counts, so that nothing is remembered of one portion in the next unless `work` itself remembers it.
 */
export function cpuMicrosEach<Input>(
  inputs: () => readonly Input[],
  work: (input: Input) => unknown,
  size: MicroSize = FULL,
): Figures {
  return cpuMicrosOfSteps(inputs, [work], size)[0]!
}

/** The same of several steps, each taken with a whole portion before the next one is. */
export function cpuMicrosOfSteps<Input>(
  inputs: () => readonly Input[],
  steps: readonly ((input: Input) => unknown)[],
  { warmUps, rounds, calls: wanted }: MicroSize = FULL,
): readonly Figures[] {
  const made = steps.map((): number[] => [])
  for (let round = -warmUps; round < rounds; round++) {
    const micros = steps.map(() => 0)
    let calls = 0
    while (calls < wanted) {
      const portion = inputs()
      for (const [index, step] of steps.entries()) {
        const before = process.threadCpuUsage()
        for (const input of portion) kept = step(input)
        const { user, system } = process.threadCpuUsage(before)
        micros[index]! += user + system
      }
      calls += portion.length
    }
    if (round >= 0) for (const [index, of] of made.entries()) of.push(micros[index]! / calls)
  }
  return made.map(figuresOf)
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
