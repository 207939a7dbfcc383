/**
 * Expensive questions about a configuration: load and validate it, the effect of a change, and the part of it that only narrows.
 * Each asks the decision engine thousands of times, so a gateway runs them on a separate thread (`threads/examiner.ts`);
 * decisions and relayed requests never wait for it.
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

/** Two states of the configuration. Lapses up to `now` are applied. */
export interface Pair {
  readonly before: Plans
  readonly after: Plans
  readonly now: EpochMs
  /** See `DiffOptions`. */
  readonly former?: KeyOwners | undefined
}

/** A change as one word, and in sentences. */
export interface Meaning {
  readonly change: Change
  readonly words: string
}

/**
 * Every method rejects with `ERR_EXAMINER_UNAVAILABLE` if it cannot answer. The caller MUST then change nothing, because an
 * unexamined change may widen.
 */
export interface Examiner {
  /** See `loadConfig`. */
  load(folder: Folder): Promise<LoadResult>
  meaning(pair: Pair): Promise<Meaning>
  /** The same, with each difference. */
  differences(pair: Pair): Promise<DiffJson>
  /** The part of `after` that only narrows `before`, see `narrowAtOnce`. */
  narrowing(pair: Pair): Promise<Plans>
  /** Limits widenings to a share or a time, see `stagePlans`. */
  staged(pair: Pair & { readonly stage: Stage }): Promise<Staged>
  /** Transfers in `after` without a required legal basis; see `groundlessTransfers`. */
  groundless(asked: Pick<Pair, 'after' | 'now'>): Promise<readonly Groundless[]>
  /** Those of them that are new, wider, or had a basis in `before`: the change is rejected. */
  refusedTransfers(pair: Pair): Promise<readonly Groundless[]>
  /** `live` without lapsed grants; undefined if nothing lapsed. */
  withoutLapsed(asked: { readonly live: Plans; readonly now: EpochMs }): Promise<Plans | undefined>
}

/** Examines on the calling thread. */
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
        // The same policy on both sides: a new requirement of the law is no change of the contract.
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
