/** A contract joined with what its type can carry: all that a decision needs to know of a partner. Plain data. */
import type { EpochMs } from '../model/brand.ts'
import type { BoundCondition, ContractPlan, Levels } from '../model/contract.ts'
import { topOf } from '../model/field-class.ts'

export interface Terms {
  readonly contract: ContractPlan
  readonly abilities: Levels
  /** An operator has stopped this partner. */
  readonly stopped: boolean
  /** Terms that bind as well, each while its condition holds. */
  readonly bounds: readonly BoundTerms[]
}
export interface BoundTerms {
  /** Undefined: nothing goes while the bound is in force. */
  readonly terms: Terms | undefined
  readonly when: BoundCondition
}

/**
 * Naming a property of an event is its grant, so `property` needs no line in `share`; for restricted people it does:
 * `when_restricted.share.property: pass`.
 */
export function termsOf(
  contract: ContractPlan,
  abilities: Levels,
  stopped: boolean,
  bounds: readonly BoundTerms[] = [],
): Terms {
  const share = { ...contract.share, property: topOf('property') }
  return { contract: { ...contract, share }, abilities, stopped, bounds }
}

/** The same with the contract's bounds, however deep. `abilitiesOf` is undefined for a type that is gone. */
export function boundTermsOf(
  contract: ContractPlan,
  abilitiesOf: (type: string) => Levels | undefined,
  stopped: boolean,
): Terms {
  const bounds = (contract.bounds ?? []).map(
    ({ contract: other, when }): BoundTerms => ({
      terms: other === null ? undefined : boundTermsOf(other, abilitiesOf, stopped),
      when,
    }),
  )
  return termsOf(contract, abilitiesOf(contract.type) ?? {}, stopped, bounds)
}

/**
 * Whether a bound is in force.
 * @param point where the subject stands among all, 0 to below 100; undefined without an identity: outside every share
 */
export function isInForce(when: BoundCondition, at: EpochMs, point: number | undefined): boolean {
  switch (when.kind) {
    case 'always':
      return true
    case 'from':
      return !(at < when.at)
    case 'outside':
      return point === undefined || !(point < when.percent)
    default:
      // What is not understood binds.
      return true
  }
}

/** True for a subject that has what is staged for a share only. */
export function isWithinShare({ bounds }: Terms, at: EpochMs, point: number | undefined): boolean {
  const shares = bounds.filter(({ when }) => when.kind === 'outside')
  return shares.length > 0 && shares.every(({ when }) => !isInForce(when, at, point))
}

/** True where a subject's place decides anything under these terms. */
export function isStaged({ bounds }: Terms): boolean {
  return bounds.some(({ terms, when }) => when.kind === 'outside' || (terms !== undefined && isStaged(terms)))
}

/** The moments at which these terms change by themselves: agreements and grants that end. Unsorted. */
export function turningPoints({ contract, bounds }: Terms): readonly EpochMs[] {
  return [
    ...(contract.agreementUntil === undefined ? [] : [contract.agreementUntil]),
    ...bounds.flatMap(({ terms, when }) => [
      ...(when.kind === 'from' ? [when.at] : []),
      ...(terms === undefined ? [] : turningPoints(terms)),
    ]),
  ]
}

/** The shares, in percent, at which these terms treat subjects differently. Unsorted. */
export function sharesIn({ bounds }: Terms): readonly number[] {
  return bounds.flatMap(({ terms, when }) => [
    ...(when.kind === 'outside' ? [when.percent] : []),
    ...(terms === undefined ? [] : sharesIn(terms)),
  ])
}
