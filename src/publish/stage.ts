/**
 * Limits a widening to a share of the subjects, or to a time: outside of it the earlier terms apply. Only grants can be staged;
 * destination, purposes and names cannot have two values at once.
 */

import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import { type DiffOptions, diffPlans } from '../diff/diff.ts'
import type { EpochMs } from '../model/brand.ts'
import type { Bound, ContractPlan } from '../model/contract.ts'

export interface Stage {
  /** The widening ends automatically at this time. */
  readonly until?: EpochMs | undefined
  /** Share of subjects, in percent: 0 to 100. */
  readonly percent?: number | undefined
}

export type Staged =
  /** `isStaged` false: nothing widens, so there is nothing to limit. */
  | { readonly ok: true; readonly plans: Plans; readonly isStaged: boolean }
  /** Each is a partner's id, `policy` or `apps`, with what cannot be staged. */
  | { readonly ok: false; readonly problems: readonly { readonly about: string; readonly problem: string }[] }

/** Contracts that widen get bounds; the others are as wanted. */
export function stagePlans(live: Plans, wanted: Plans, stage: Stage, options: DiffOptions): Staged {
  const conditions = conditionsOf(stage)
  if (conditions.length === 0) return { ok: true, plans: wanted, isStaged: false }
  const problems: { about: string; problem: string }[] = []
  for (const part of ['policy', 'apps'] as const) {
    if (isWider(live, { ...live, [part]: wanted[part] }, options))
      problems.push({ about: part, problem: 'becomes wider, and only contracts can be staged or lapse' })
  }
  const staged: string[] = []
  const contracts = wanted.contracts.map((next): ContractPlan => {
    const before = live.contracts.find(({ id }) => id === next.id)
    const alone = (contract: ContractPlan | undefined): Plans => ({
      ...live,
      contracts: contract === undefined ? [] : [contract],
    })
    // A share of 0 % grants nothing today but will later, so compare at full share.
    if (!isWider(alone(atFull(before)), alone(atFull(next)), options)) return next
    staged.push(next.id)
    for (const what of before === undefined ? [] : unstageable(before, next))
      problems.push({ about: next.id, problem: `changes ${what}, which cannot be two things at once` })
    const bounds = conditions.map((when): Bound => ({ contract: before ?? null, when }))
    return { ...next, bounds: [...(next.bounds ?? []), ...bounds] }
  })
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, plans: { ...wanted, contracts }, isStaged: staged.length > 0 }
}

/**
 * Staged and temporary grants remain so when edited: live bounds carry over to each contract they can still limit. A pending
 * widening does not carry over: the edit replaces it.
 */
export function carryStages(live: Plans, wanted: Plans): Plans {
  const contracts = wanted.contracts.map((next): ContractPlan => {
    const bounds =
      live.contracts.find(({ id }) => id === next.id)?.bounds?.filter(({ when }) => when.kind !== 'always') ?? []
    if (next.bounds !== undefined || bounds.length === 0) return next
    const fits = bounds.every(({ contract }) => contract === null || unstageable(contract, next).length === 0)
    return fits ? { ...next, bounds } : next
  })
  return { ...wanted, contracts }
}

/** The live plans with another share for one partner's staged terms; 100 ends the staging. Undefined if none are staged. */
export function withShare(live: Plans, partner: string, percent: number): Plans | undefined {
  const contract = live.contracts.find(({ id }) => id === partner)
  if (contract?.bounds?.some(({ when }) => when.kind === 'outside') !== true) return undefined
  const bounds = contract.bounds.flatMap((bound): readonly Bound[] => {
    if (bound.when.kind !== 'outside') return [bound]
    return percent >= 100 ? [] : [{ ...bound, when: { kind: 'outside', percent } }]
  })
  const { bounds: _, ...rest } = contract
  const next: ContractPlan = bounds.length === 0 ? rest : { ...rest, bounds }
  return { ...live, contracts: live.contracts.map((each) => (each === contract ? next : each)) }
}

/**
 * The live plans without lapsed grants: the earlier terms become the contract again, where that changes nothing for any user. The
 * same plans if nothing has lapsed.
 */
export function withoutLapsed(live: Plans, options: DiffOptions): Plans {
  let plans = live
  for (const contract of live.contracts) {
    const lapsed = contract.bounds?.find(({ when }) => when.kind === 'from' && when.at <= options.now)
    if (lapsed === undefined) continue
    const contracts = plans.contracts.flatMap((each) => {
      if (each !== contract) return [each]
      return lapsed.contract === null ? [] : [lapsed.contract]
    })
    const next = { ...plans, contracts }
    if (!isWider(plans, next, options)) plans = next
  }
  return plans
}

/** Time of the first lapse after `since`; undefined if there is none. */
export function nextLapse({ contracts }: Pick<Plans, 'contracts'>, since: EpochMs): EpochMs | undefined {
  const times = contracts.flatMap(({ bounds = [] }) =>
    bounds.flatMap(({ when }) => (when.kind === 'from' ? [when.at] : [])),
  )
  const coming = times.filter((at) => at > since)
  return coming.length === 0 ? undefined : Math.min(...coming)
}

/** The contract after a complete rollout. */
function atFull(contract: ContractPlan | undefined): ContractPlan | undefined {
  if (contract?.bounds === undefined) return contract
  const { bounds, ...rest } = contract
  const others = bounds.filter(({ when }) => when.kind !== 'outside')
  return others.length === 0 ? rest : { ...rest, bounds: others }
}

function conditionsOf({ until, percent }: Stage): readonly Bound['when'][] {
  return [
    ...(until === undefined ? [] : [{ kind: 'from' as const, at: until }]),
    ...(percent === undefined || percent >= 100 ? [] : [{ kind: 'outside' as const, percent }]),
  ]
}

function isWider(before: Plans, after: Plans, options: DiffOptions): boolean {
  const { change } = diffPlans(before, after, options)
  return change === 'wider' || change === 'mixed'
}

/** Parts that an envelope, an INTENT or a partner has only once. */
function unstageable(before: ContractPlan, next: ContractPlan): readonly string[] {
  const single = ['type', 'connection', 'role', 'agreementUntil', 'purposes', 'countries'] as const
  const changed = single.filter((key) => canonicalJson([before[key]]) !== canonicalJson([next[key]]))
  const renamed = Object.entries(next.events).some(([key, { as, properties }]) => {
    const known = before.events[key]
    if (known === undefined) return false
    const other = Object.entries(properties).some(([source, name]) => (known.properties[source] ?? name) !== name)
    return known.as !== as || other
  })
  return renamed ? [...changed, 'the name of an event or property'] : changed
}
