/** A contract joined with what its type can carry: all that a decision needs to know of a partner. Plain data. */
import type { ContractPlan, Levels } from '../model/contract.ts'
import { topOf } from '../model/field-class.ts'

export interface Terms {
  readonly contract: ContractPlan
  readonly abilities: Levels
  /** An operator has stopped this partner. */
  readonly stopped: boolean
}

/**
 * Naming a property of an event is its grant, so `property` needs no line in `share`; for restricted people it does:
 * `when_restricted.share.property: pass`.
 */
export function termsOf(contract: ContractPlan, abilities: Levels, stopped: boolean): Terms {
  return { contract: { ...contract, share: { ...contract.share, property: topOf('property') } }, abilities, stopped }
}
