/**
 * What takes long about a configuration: to read and check it whole, to say what a change of it means, and what of that
 * only narrows. Each answer asks the decision engine thousands of times, so that a gateway asks a thread of its own
 * (`threads/examiner.ts`): to decide and to relay never waits for it.
 */

import type { Plans } from '../contracts/config.ts'
import { type Groundless, groundlessTransfers } from '../contracts/lint/transfers.ts'
import { type LoadResult, loadConfig, type PartnerTypes } from '../contracts/load.ts'
import { type DiffOptions, diffPlans } from '../diff/diff.ts'
import { type DiffJson, jsonOfDiff } from '../diff/json.ts'
import { createStateReader } from '../diff/states.ts'
import { wordsOfDiff } from '../diff/words.ts'
import type { KeyOwners } from '../diff/write-keys.ts'
import type { EpochMs } from '../model/brand.ts'
import type { AppPlan, Change } from '../model/contract.ts'
import { narrowAtOnce } from './hold.ts'
import { type Stage, type Staged, stagePlans, withoutLapsed } from './stage.ts'

export interface Folder {
  readonly folder: string
  /** See `loadConfig`. */
  readonly drafted?: Readonly<Record<string, string>>
  readonly now: EpochMs
  /** See `loadConfig`. */
  readonly live?: readonly AppPlan[]
}

/** Two states of the configuration. What has lapsed by `now` has lapsed. */
export interface Pair {
  readonly before: Plans
  readonly after: Plans
  readonly now: EpochMs
  /** See `DiffOptions`. */
  readonly former?: KeyOwners | undefined
}

/** A change in one word, and in sentences. */
export interface Meaning {
  readonly change: Change
  readonly words: string
}

/**
 * Every method rejects with `ERR_EXAMINER_UNAVAILABLE` where it cannot answer. Whoever asked MUST then change nothing:
 * what cannot be compared may be wider.
 */
export interface Examiner {
  /** See `loadConfig`. */
  load(folder: Folder): Promise<LoadResult>
  meaning(pair: Pair): Promise<Meaning>
  /** The same with each difference. */
  differences(pair: Pair): Promise<DiffJson>
  /** The part of `after` that only narrows `before`, see `narrowAtOnce`. */
  narrowing(pair: Pair): Promise<Plans>
  /** What becomes wider holds for a share or for a time, see `stagePlans`. */
  staged(pair: Pair & { readonly stage: Stage }): Promise<Staged>
  /** What of `after` sends without a ground that its law asks for; see `groundlessTransfers`. */
  groundless(asked: Pick<Pair, 'after' | 'now'>): Promise<readonly Groundless[]>
  /** Of these, what is new, wider or had a ground in `before`: it is refused. */
  refusedTransfers(pair: Pair): Promise<readonly Groundless[]>
  /** `live` without what has lapsed; undefined where that is what it is. */
  withoutLapsed(asked: { readonly live: Plans; readonly now: EpochMs }): Promise<Plans | undefined>
}

/** Examines on the thread that calls. */
export function createExaminer(types: PartnerTypes): Examiner {
  const states = createStateReader()
  const abilitiesOf: DiffOptions['abilitiesOf'] = (type) => types.get(type)?.abilities
  const options = (now: EpochMs, former?: KeyOwners): DiffOptions => ({ abilitiesOf, now, states, former })
  return {
    load: ({ folder, drafted, now, live }) => loadConfig(folder, types, now, drafted, live),
    meaning: async ({ before, after, now, former }) => {
      const diff = diffPlans(before, after, options(now, former))
      return { change: diff.change, words: wordsOfDiff(diff) }
    },
    differences: async ({ before, after, now, former }) => jsonOfDiff(diffPlans(before, after, options(now, former))),
    narrowing: async ({ before, after, now, former }) => narrowAtOnce(before, after, options(now, former)),
    staged: async ({ before, after, stage, now, former }) => stagePlans(before, after, stage, options(now, former)),
    groundless: async ({ after, now }) => groundlessTransfers(after.contracts, after, types, now),
    refusedTransfers: async ({ before, after, now, former }) => {
      const lacking = groundlessTransfers(after.contracts, after, types, now)
      return lacking.filter(({ partner }) => {
        const [was, is] = [before, after].map(({ contracts }) => contracts.filter(({ id }) => id === partner))
        if (was![0] === undefined || was![0].transferBasis !== undefined) return true
        // The same policy on both sides: what a law begins to ask for is no change of the contract.
        const { change } = diffPlans({ ...after, contracts: was! }, { ...after, contracts: is! }, options(now, former))
        return change === 'wider' || change === 'mixed'
      })
    },
    withoutLapsed: async ({ live, now }) => {
      const plans = withoutLapsed(live, options(now))
      return plans === live ? undefined : plans
    },
  }
}
