/** Several that are asked to do the same, round by round in turn, so that a slow moment of the machine meets them all. */
import { type Figures, figuresOf, shown, shownRange } from './figures.ts'

export interface Round {
  /** CPU of the contender's whole process tree, in microseconds for one unit of work. */
  readonly cpuMicros: number
  readonly perSecond: number
  readonly p50Ms?: number
  readonly p99Ms?: number
}
export interface Contender {
  readonly name: string
  round(): Promise<Round>
}
export interface Measured {
  readonly name: string
  readonly rounds: readonly Round[]
  readonly cpu: Figures
}

/** `rounds` rounds of each, in turn, after `warmUps` that do not count. */
export async function interleave(
  contenders: readonly Contender[],
  rounds: number,
  warmUps = 1,
): Promise<readonly Measured[]> {
  const made = contenders.map(({ name }) => ({ name, rounds: [] as Round[] }))
  for (let round = -warmUps; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const one = await contender.round()
      if (round >= 0) made[index]!.rounds.push(one)
    }
  }
  return made.map((one) => ({ ...one, cpu: figuresOf(one.rounds.map(({ cpuMicros }) => cpuMicros)) }))
}

/** How many times the cost of `base`: of each pair of neighbouring rounds, then the median, so that drift cancels out. */
export function ratioOf(measured: Measured, base: Measured): Figures {
  return figuresOf(measured.rounds.map(({ cpuMicros }, round) => cpuMicros / base.rounds[round]!.cpuMicros))
}

export const CONTENDER_COLUMNS = ['CPU µs', 'min..max', 'ratio', 'a second', 'p50 ms', 'p99 ms'] as const

/** One row a contender, under `CONTENDER_COLUMNS` after its name; the ratio is to `base`, where there is one. */
export function contenderRow(measured: Measured, base: Measured | undefined): string[] {
  const over = (read: (round: Round) => number | undefined): string => {
    const values = measured.rounds.map(read).filter((value) => value !== undefined)
    return values.length === 0 ? '-' : shown(figuresOf(values).median)
  }
  return [
    measured.name,
    shown(measured.cpu.median),
    shownRange(measured.cpu),
    base === undefined ? '-' : shown(ratioOf(measured, base).median),
    over(({ perSecond }) => perSecond),
    over(({ p50Ms }) => p50Ms),
    over(({ p99Ms }) => p99Ms),
  ]
}
