/** Two states of the configuration with everything needed to compare them. */
import type { Plans } from '../contracts/config.ts'
import { addsKeys } from '../diff/write-keys.ts'
import type { EpochMs } from '../model/brand.ts'
import type { Pair } from './examiner.ts'
import type { RevisionBook } from './revisions.ts'

/** The compared parts of a revision. */
export function plansOf({ policy, apps, contracts }: Plans): Plans {
  return { policy, apps, contracts }
}

/** Earlier owners of write keys are loaded only if a key becomes live. */
export function createPairs(
  revisions: Pick<RevisionBook, 'formerKeys'>,
  now: () => EpochMs,
): (before: Plans, after: Plans) => Pair {
  return (before, after) => ({
    before: plansOf(before),
    after: plansOf(after),
    now: now(),
    former: addsKeys(before.apps, after.apps) ? revisions.formerKeys() : undefined,
  })
}
