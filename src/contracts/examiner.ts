/**
 * What takes long about a configuration: to read and check it whole, to say what a change of it means, and what of that
 * only narrows. Each answer asks the decision engine thousands of times, so that a gateway asks a thread of its own
 * (`threads/examiner.ts`): to decide and to relay never waits for it.
 */
import type { EpochMs } from '../model/brand.ts'
import type { Change } from '../model/contract.ts'
import type { Plans } from './config.ts'
import { type DiffOptions, diffPlans } from './diff/diff.ts'
import { type DiffJson, jsonOfDiff } from './diff/json.ts'
import { createStateReader } from './diff/states.ts'
import { wordsOfDiff } from './diff/words.ts'
import { narrowAtOnce } from './hold.ts'
import { type LoadResult, loadConfig, type PartnerTypes } from './load.ts'
import { type Stage, type Staged, stagePlans, withoutLapsed } from './stage.ts'

export interface Folder {
  readonly folder: string
  /** See `loadConfig`. */
  readonly drafted?: Readonly<Record<string, string>>
  readonly now: EpochMs
}

/** Two states of the configuration. What has lapsed by `now` has lapsed. */
export interface Pair {
  readonly before: Plans
  readonly after: Plans
  readonly now: EpochMs
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
  /** `live` without what has lapsed; undefined where that is what it is. */
  withoutLapsed(asked: { readonly live: Plans; readonly now: EpochMs }): Promise<Plans | undefined>
}

/** Examines on the thread that calls. */
export function createExaminer(types: PartnerTypes): Examiner {
  const states = createStateReader()
  const abilitiesOf: DiffOptions['abilitiesOf'] = (type) => types.get(type)?.abilities
  const options = (now: EpochMs): DiffOptions => ({ abilitiesOf, now, states })
  return {
    load: ({ folder, drafted, now }) => loadConfig(folder, types, now, drafted),
    meaning: async ({ before, after, now }) => {
      const diff = diffPlans(before, after, options(now))
      return { change: diff.change, words: wordsOfDiff(diff) }
    },
    differences: async ({ before, after, now }) => jsonOfDiff(diffPlans(before, after, options(now))),
    narrowing: async ({ before, after, now }) => narrowAtOnce(before, after, options(now)),
    staged: async ({ before, after, stage, now }) => stagePlans(before, after, stage, options(now)),
    withoutLapsed: async ({ live, now }) => {
      const plans = withoutLapsed(live, options(now))
      return plans === live ? undefined : plans
    },
  }
}
