/** A diff as JSON, for the control API and scripts. */
import type { Change } from '../model/contract.ts'
import type { Diff } from './diff.ts'
import type { Direction, Kind } from './differences.ts'
import type { Audience } from './states.ts'
import { wordsOfDiff } from './words.ts'

export interface DiffJson {
  readonly change: Change
  /** The diff in sentences. */
  readonly words: string
  readonly differences: readonly {
    readonly about: string
    readonly kind: Kind
    readonly what: string
    readonly from: string
    readonly to: string
    readonly direction: Direction
    /** Audience → places, sorted; empty if it concerns everyone everywhere. */
    readonly who: Readonly<Partial<Record<Audience, readonly string[]>>>
  }[]
}

export function jsonOfDiff(diff: Diff): DiffJson {
  return {
    change: diff.change,
    words: wordsOfDiff(diff),
    differences: diff.differences.map(({ who, ...difference }) => ({
      ...difference,
      who: Object.fromEntries([...who].map(([audience, places]) => [audience, [...places].sort()])),
    })),
  }
}
