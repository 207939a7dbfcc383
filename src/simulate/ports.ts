/** What the simulator needs of others. */
import type { Position } from '../model/brand.ts'
import type { AppPlan, ContractPlan, Policy } from '../model/contract.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { Problem } from '../model/problem.ts'

/** Files of a configuration that nobody has published. */
export interface DraftFiles {
  /** Path in the folder (`policy.yaml`, `apps.yaml`, `defaults.yaml`, `partners/<id>.yaml`, `partners/<id>.cases.yaml`) → text. */
  readonly files: Readonly<Record<string, string>>
  /** Partners whose contracts are gone. */
  readonly remove?: readonly string[]
  /** True where partners that the files do not name are gone. Default false. */
  readonly whole?: boolean
}

export type ReadDraft =
  | {
      readonly ok: true
      readonly plans: {
        readonly policy: Policy
        readonly apps: readonly AppPlan[]
        readonly contracts: readonly ContractPlan[]
      }
      readonly warnings: readonly Problem[]
      /** Cases of the draft that its contracts break: it can be looked at, and must not be published. */
      readonly brokenCases: readonly Problem[]
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** One page of accepted events, newest first. */
export interface RecentEvents {
  readonly events: readonly AcceptedEvent[]
  /** Of those looked at, how many hold no event any more. */
  readonly unreadable: number
  /** Where to go on; undefined at the oldest event there is. */
  readonly next: Position | undefined
}

/** Accepted events, newest first. @param before where the page before ended */
export type ReadRecent = (before: Position | undefined, max: number) => Promise<RecentEvents>
