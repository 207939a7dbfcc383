/** Two states of the configuration with all that is needed to say what changing one to the other means. */
import type { Plans } from '../contracts/config.ts'
import { addsKeys } from '../diff/write-keys.ts'
import type { EpochMs } from '../model/brand.ts'
import type { Pair } from './examiner.ts'
import type { RevisionBook } from './revisions.ts'

/** What is compared of a revision. */
export function plansOf({ policy, apps, contracts }: Plans): Plans {
  return { policy, apps, contracts }
}

/** A write key that is live anew may have been another app's in an earlier revision: they are read only then. */
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
