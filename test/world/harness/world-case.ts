/** A case from outside: what somebody's input did to the gateway, what is right, and what beside it must stay as it is. */
import type { World } from './world.ts'

/** Rejects (an assertion, a time-out) where what it says does not hold. */
export type Check = (world: World) => Promise<void>

export interface WorldCase {
  /** Where the input or the rule comes from: a public issue, a specification's section, a law, a vendor's page. */
  readonly source: string
  /** By the fault's id: fails on a version that has the fault, passes on one that has not. */
  readonly faults: Readonly<Record<string, Check>>
  /** By a sentence: plain inputs beside the faults. They pass on every version, so that refusing everything is no remedy. */
  readonly neighbours: Readonly<Record<string, Check>>
  /** How long one check may take, milliseconds; default 240,000. */
  readonly patienceMs?: number
}
