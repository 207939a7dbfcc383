/** A contract joined with what its type can carry: all that a decision needs to know of a partner. Plain data. */
import type { EpochMs } from '../model/brand.ts'
import type { BoundCondition, ContractPlan, Levels } from '../model/contract.ts'
import { topOf } from '../model/field-class.ts'
import type { Reason } from '../model/reason.ts'

export interface Terms {
  readonly contract: ContractPlan
  readonly abilities: Levels
  /** An operator has stopped this partner. */
  readonly stopped: boolean
  /** Terms that bind as well, each while its conditions hold; bounds of bounds stand in the same list. */
  readonly bounds: readonly BoundTerms[]
}
export interface BoundTerms {
  /** Without bounds of their own. Undefined: nothing goes while the bound is in force. */
  readonly terms: Terms | undefined
  /** All of them must hold: its own last, behind those of what it is a bound of. */
  readonly when: readonly BoundCondition[]
  /** The reason for what it withholds, where that is not its terms' own. */
  readonly why?: Reason
}

/**
 * Naming a property of an event is its grant, so `property` needs no line in `share`; for restricted people it does:
 * `when_restricted.share.property: pass`.
 */
export function termsOf(contract: ContractPlan, abilities: Levels, stopped: boolean): Terms {
  const share = { ...contract.share, property: topOf('property') }
  return { contract: { ...contract, share }, abilities, stopped, bounds: [] }
}

/** The same with the contract's bounds, however deep. `abilitiesOf` is undefined for a type that is gone. */
export function boundTermsOf(
  contract: ContractPlan,
  abilitiesOf: (type: string) => Levels | undefined,
  stopped: boolean,
): Terms {
  const own = (one: ContractPlan): Terms => termsOf(one, abilitiesOf(one.type) ?? {}, stopped)
  const bounds: BoundTerms[] = []
  const add = (outer: ContractPlan, above: readonly BoundCondition[], whyAbove: Reason | undefined): void => {
    for (const { contract: inner, when } of outer.bounds ?? []) {
      const conditions = [...above, when]
      const why = whyAbove ?? BOUND_REASONS[when.kind]
      bounds.push({
        terms: inner === null ? undefined : own(inner),
        when: conditions,
        ...(why === undefined ? {} : { why }),
      })
      if (inner !== null) add(inner, conditions, why)
    }
  }
  add(contract, [], undefined)
  return { ...own(contract), bounds }
}
const BOUND_REASONS: Readonly<Record<BoundCondition['kind'], Reason | undefined>> = {
  always: undefined,
  from: 'lapsed',
  outside: 'rollout',
}

/** Whether a bound is in force. */
export function isInForce({ when }: BoundTerms, at: EpochMs, point: number | undefined): boolean {
  return when.every((condition) => holds(condition, at, point))
}

/**
 * @param point where the subject stands among all, 0 to below 100; undefined without an identity: outside every share
 */
function holds(when: BoundCondition, at: EpochMs, point: number | undefined): boolean {
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
  const shares = bounds.filter(({ when }) => when.length === 1 && when[0]!.kind === 'outside')
  return shares.length > 0 && shares.every((bound) => !isInForce(bound, at, point))
}

/** True where a subject's place decides anything under these terms. */
export function isStaged({ bounds }: Terms): boolean {
  return bounds.some(({ when }) => when.some(({ kind }) => kind === 'outside'))
}

/** The moments at which these terms change by themselves: agreements and grants that end. Unsorted. */
export function turningPoints({ contract, bounds }: Terms): readonly EpochMs[] {
  return [
    contract.agreementUntil,
    ...bounds.flatMap(({ terms, when }) => {
      const own = when.at(-1)
      return [own?.kind === 'from' ? own.at : undefined, terms?.contract.agreementUntil]
    }),
  ].filter((at) => at !== undefined)
}

/** The shares, in percent, at which these terms treat subjects differently. Unsorted. */
export function sharesIn({ bounds }: Terms): readonly number[] {
  return bounds.flatMap(({ when }) => {
    const own = when.at(-1)
    return own?.kind === 'outside' ? [own.percent] : []
  })
}
