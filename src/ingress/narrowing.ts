/**
 * Orders opt-outs made with only the write key. The key is public, so a flood of opt-outs for invented users is
 * possible: addresses take turns, and identities known to the gateway precede unknown ones. Only unknown ones are ever
 * refused (503), and only from the group of addresses that has the most waiting.
 */
import type { Choices, StateChoice } from '../choices/ports.ts'
import type { Intake } from '../intake/ports.ts'
import type { AppId, IdentityKey } from '../model/brand.ts'
import type { ChoiceStatement } from '../model/choice.ts'
import type { Identity } from '../model/event.ts'
import { createFairQueue } from './fair-queue.ts'

/** Written at once: they share one sync of the disk. */
const SEEN_AT_ONCE = 128
const UNSEEN_AT_ONCE = 32
const UNSEEN_WAITING = 2_000

export interface NarrowingParts {
  readonly choices: Pick<Choices, 'isSeen'>
  readonly intake: Pick<Intake, 'hasKeys'>
  readonly stateChoice: StateChoice
}

/** @param from the group that takes turns: an app and an address */
export type Narrow = (
  from: string,
  keys: readonly IdentityKey[],
  statement: ChoiceStatement,
  app: AppId,
  named?: readonly Identity[],
) => Promise<void>

/** Rejects as `StateChoice`, and with `ERR_CHOICES_UNAVAILABLE` if too many unknown identities wait. */
export function createNarrowing({ choices, intake, stateChoice }: NarrowingParts): Narrow {
  const seen = createFairQueue(SEEN_AT_ONCE, Number.POSITIVE_INFINITY)
  const unseen = createFairQueue(UNSEEN_AT_ONCE, UNSEEN_WAITING)
  return async (from, keys, statement, app, named) => {
    const write = (): Promise<void> => stateChoice(keys, statement, app, named)
    // Looked up only if it makes a difference.
    const isUrgent = unseen.isIdle() ? false : choices.isSeen(keys) || (await intake.hasKeys(keys))
    return (isUrgent ? seen : unseen).run(from, write)
  }
}
