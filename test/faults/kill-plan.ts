/** When in its life a gateway is killed. Most die in full traffic; some while they start, catch up or stop. */
import type { Dice } from './random.ts'

export interface KillPlan {
  /** What the time is counted from. `SIGTERM`: it was asked to stop when it had served for a moment. */
  readonly moment: 'spawn' | 'serving' | 'SIGTERM'
  readonly afterMs: number
}

/** The first cycle has traffic, whatever the seed: the others need something to find. */
export function killPlan(cycle: number, dice: Dice): KillPlan {
  const throwOf = cycle === 1 ? 0 : dice.next()
  if (throwOf < 0.6) return { moment: 'serving', afterMs: dice.between(300, 2_200) }
  // Right after a start, what the last kill left open is being settled.
  if (throwOf < 0.8) return { moment: 'serving', afterMs: dice.between(0, 120) }
  if (throwOf < 0.9) return { moment: 'spawn', afterMs: dice.between(20, 1_500) }
  return { moment: 'SIGTERM', afterMs: dice.between(0, 60) }
}
