/**
 * Opt-outs by the write key alone, in the order in which they are written. The key is public, so somebody may send thousands of
 * them for people who do not exist: every address has its turn, and identities that the gateway has seen go before those it has not.
 * Only the latter are ever sent away (503), and only by the part of the address that has most of them waiting.
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

/** @param from whose turn it is: an app and an address */
export type Narrow = (
  from: string,
  keys: readonly IdentityKey[],
  statement: ChoiceStatement,
  app: AppId,
  named?: readonly Identity[],
) => Promise<void>

/** Rejects as `StateChoice`, and with `ERR_CHOICES_UNAVAILABLE` for identities never seen of which too many wait. */
export function createNarrowing({ choices, intake, stateChoice }: NarrowingParts): Narrow {
  const seen = createFairQueue(SEEN_AT_ONCE, Number.POSITIVE_INFINITY)
  const unseen = createFairQueue(UNSEEN_AT_ONCE, UNSEEN_WAITING)
  return async (from, keys, statement, app, named) => {
    const write = (): Promise<void> => stateChoice(keys, statement, app, named)
    // Who is known is asked only where it matters.
    const isUrgent = unseen.isIdle() ? false : choices.isSeen(keys) || (await intake.hasKeys(keys))
    return (isUrgent ? seen : unseen).run(from, write)
  }
}
