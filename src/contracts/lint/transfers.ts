/**
 * International transfers without a legal basis: if a regime of the policy lists the countries that need none (`transfer_free`),
 * a contract with any other country requires `transfer_basis`. Only for contracts under which data can leave in that regime,
 * according to the decision engine.
 */
import { createSecretKey } from 'node:crypto'
import type { EpochMs, Revision } from '../../model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../../model/contract.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import { decideEverywhere, situationsByApp } from '../../simulate/decisions.ts'
import { createWorld } from '../../simulate/world.ts'
import type { Plans } from '../config.ts'

export interface Groundless {
  readonly partner: string
  /** Regime of the policy. */
  readonly law: string
  /** Destination countries for which the regime requires a basis. */
  readonly countries: readonly string[]
}

/** One per partner and regime, in the order of the contracts. */
export function groundlessTransfers(
  contracts: readonly ContractPlan[],
  plans: Plans,
  types: ReadonlyMap<string, RegisteredType>,
  now: EpochMs,
): readonly Groundless[] {
  const { transferFree = {} } = plans.policy
  const asked = contracts.flatMap((contract) => {
    if (contract.transferBasis !== undefined) return []
    const beyond = Object.entries(transferFree).flatMap(([law, free]) => {
      const countries = contract.countries.filter((country) => !free.includes(country))
      return countries.length === 0 ? [] : [{ partner: contract.id, law, countries }]
    })
    return beyond.length === 0 ? [] : [{ contract, beyond }]
  })
  if (asked.length === 0) return []
  // Sound: this plan is never published.
  const plan = { number: 0 as Revision, digest: '', activatedAt: 0, ...plans } as RevisionPlan
  const world = createWorld(plan, { types, pseudonymKey: createSecretKey(Buffer.alloc(32)), stopped: () => false })
  const situationsOf = situationsByApp(plan, now, (all) => all.filter(({ law }) => Object.hasOwn(transferFree, law)))
  return asked.flatMap(({ contract, beyond }) => {
    const decided = decideEverywhere(world, contract, situationsOf, now)
    const sent = new Set(decided.flatMap(({ decision, situation }) => (decision.kind === 'send' ? situation.law : [])))
    return beyond.filter(({ law }) => sent.has(law))
  })
}

/** Finding and fix, for the line of `countries`. */
export function groundFinding({ law, countries }: Omit<Groundless, 'partner'>) {
  return {
    found: `${countries.join(', ')}, for which ${law} asks for a ground, and no transfer_basis`,
    hint: 'Name the ground in transfer_basis: a new or wider contract without one is refused.',
  }
}
