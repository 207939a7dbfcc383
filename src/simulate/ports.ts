/** Collaborators of the simulator. */
import type { Position } from '../model/brand.ts'
import type { AppPlan, ContractPlan, Policy } from '../model/contract.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { Problem } from '../model/problem.ts'

/** Unpublished configuration files. */
export interface DraftFiles {
  /** Path in the folder (`policy.yaml`, `apps.yaml`, `defaults.yaml`, `partners/<id>.yaml`, `partners/<id>.cases.yaml`) → text. */
  readonly files: Readonly<Record<string, string>>
  /** Partners whose contracts are removed. */
  readonly remove?: readonly string[]
  /** True if partners without a file are removed. Default false. */
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
      /** Failing cases of the draft's contracts: it can be simulated, but not published. */
      readonly brokenCases: readonly Problem[]
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** One page of accepted events, newest first. */
export interface RecentEvents {
  readonly events: readonly AcceptedEvent[]
  /** Number of entries without a readable event. */
  readonly unreadable: number
  /** Start of the next page; undefined at the oldest event. */
  readonly next: Position | undefined
}

/** Accepted events, newest first. @param before the end of the previous page */
export type ReadRecent = (before: Position | undefined, max: number) => Promise<RecentEvents>
