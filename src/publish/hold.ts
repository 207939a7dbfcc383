/**
 * The part of a change that only narrows, which goes live at once while the rest waits for approval. Piece by piece: the policy,
 * the apps, each contract. A contract that changes both ways keeps its terms, and the new terms apply as an additional bound:
 * field by field the lower of the two.
 */

import { canonicalJson } from '../contracts/canonical.ts'
import type { Plans } from '../contracts/config.ts'
import { type DiffOptions, diffPlans } from '../diff/diff.ts'
import type { ContractPlan } from '../model/contract.ts'

/** Never wider than `live`, as verified by the decision engine; `live` itself if nothing narrows. */
export function narrowAtOnce(live: Plans, wanted: Plans, options: DiffOptions): Plans {
  const contracts = live.contracts.flatMap((contract) => {
    const next = wanted.contracts.find(({ id }) => id === contract.id)
    return next === undefined ? [] : [heldContract(live, contract, next, options)]
  })
  let held: Plans = { ...live, contracts }
  for (const part of [{ apps: wanted.apps }, { policy: wanted.policy }]) {
    const further = { ...held, ...part }
    if (isNarrower(held, further, options)) held = further
  }
  return isNarrower(live, held, options) ? held : live
}

function heldContract(live: Plans, contract: ContractPlan, next: ContractPlan, options: DiffOptions): ContractPlan {
  if (canonicalJson(contract) === canonicalJson(next)) return contract
  const { change } = diffPlans({ ...live, contracts: [contract] }, { ...live, contracts: [next] }, options)
  switch (change) {
    case 'same':
    case 'narrower':
      return next
    case 'wider':
      return contract
    case 'mixed':
      return { ...contract, bounds: [...(contract.bounds ?? []), { contract: next, when: { kind: 'always' } }] }
    default:
      return contract
  }
}

function isNarrower(before: Plans, after: Plans, options: DiffOptions): boolean {
  const { change } = diffPlans(before, after, options)
  return change === 'same' || change === 'narrower'
}
