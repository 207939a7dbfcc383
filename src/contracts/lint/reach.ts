/**
 * Runs the decision engine over contracts in every combination of users' choices, devices and laws, to find rules that can never
 * apply and identifiers that still leave after an opt-out. Reports warnings only.
 */

import { createSecretKey } from 'node:crypto'
import type { EpochMs, Revision } from '../../model/brand.ts'
import type { ContractPlan, RevisionPlan } from '../../model/contract.ts'
import {
  DROP,
  FIELD_CLASSES,
  type FieldClass,
  ipBits,
  ipLevel,
  LADDERS,
  type Level,
  topOf,
} from '../../model/field-class.ts'
import type { Path, Problem } from '../../model/problem.ts'
import { comparePrecedence, REASONS, type Reason } from '../../model/reason.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import {
  type Decided,
  decideEverywhere,
  distinct,
  type SituationsOf,
  situationsByApp,
} from '../../simulate/decisions.ts'
import { createWorld, type World } from '../../simulate/world.ts'
import type { Plans } from '../config.ts'
import { wordFor } from '../levels.ts'
import type { Finding, Source } from '../source.ts'
import { problemAt } from '../source.ts'
import { restrictedIds } from './restricted-ids.ts'
import { groundFinding, groundlessTransfers } from './transfers.ts'
import { type Flag, unencodableEvents, unencodableWhenRestricted } from './unencodable.ts'

export interface ReachedContract {
  readonly contract: ContractPlan
  readonly source: Source
}

export function contractFindings(
  contracts: readonly ReachedContract[],
  plans: Plans,
  types: ReadonlyMap<string, RegisteredType>,
  now: EpochMs,
): readonly Problem[] {
  // Sound: this plan is never published.
  const plan = { number: 0 as Revision, digest: '', activatedAt: 0, ...plans } as RevisionPlan
  const world = createWorld(plan, { types, pseudonymKey: createSecretKey(Buffer.alloc(32)), stopped: () => false })
  const situationsOf = situationsByApp(plan, now, distinct)
  const groundless = groundlessTransfers(plans.contracts, plans, types, now)
  return contracts.flatMap((one) => [
    ...findingsIn(one, world, situationsOf, now),
    ...groundless
      .filter(({ partner }) => partner === one.contract.id)
      .map((lacking) => problemAt(one.source, ['countries'], { ...groundFinding(lacking), at: 'key' })),
  ])
}

function findingsIn(
  { contract, source }: ReachedContract,
  world: World,
  situationsOf: SituationsOf,
  now: EpochMs,
): readonly Problem[] {
  const flag = (path: Path, finding: Finding): Problem => problemAt(source, path, finding)
  // After the end of a service provider's agreement other rules apply.
  const moments = contract.agreementUntil === undefined ? [now] : [now, contract.agreementUntil]
  const decided = moments.flatMap((at) => decideEverywhere(world, contract, situationsOf, at))
  const sent = decided.filter(({ decision }) => decision.kind === 'send')
  if (sent.length === 0) {
    const why = REASONS[mostPermissive(decided)].replace(/\.$/, '')
    const closing = closingPurposes(contract, world, situationsOf, now)
    const hint = closing.length === 0 ? '' : `Remove ${closing.join(', ')}: it closes the other purposes too.`
    return [flag(['purposes'], { found: `nothing can ever leave under this contract: ${why}`, hint, at: 'key' })]
  }
  const restricted = sent.filter(({ decision }) => decision.why !== 'agreed')
  return [
    ...idleGrants(contract, sent, flag),
    ...idleRestriction(contract, source, restricted, flag),
    ...restrictedIds(contract, (name) => mostOf(name, restricted), world.plan.policy.minAreaKm2, flag),
    ...unencodableEvents(contract, world, now, flag),
    ...unencodableWhenRestricted(contract, world, now, flag),
  ]
}

/** The reason that remains when an adult agrees to everything. */
function mostPermissive(decided: readonly Decided[]): Reason {
  const agreed = decided.filter(
    ({ situation: { stance, age } }) => stance === 'everything' && (age === 'adult' || age === 'unknown'),
  )
  const reasons = agreed.flatMap(({ decision }) => (decision.kind === 'withhold' ? [decision.why] : []))
  return reasons.reduce((last, why) => (comparePrecedence(why, last) > 0 ? why : last), reasons[0] ?? 'regime')
}

/** Every purpose must be permitted, so one that never is blocks the contract's others. */
function closingPurposes(
  contract: ContractPlan,
  world: World,
  situationsOf: SituationsOf,
  now: EpochMs,
): readonly string[] {
  const closing = contract.purposes.filter((purpose) =>
    decideEverywhere(world, { ...contract, purposes: [purpose] }, situationsOf, now).every(
      ({ decision }) => decision.kind === 'withhold',
    ),
  )
  return closing.length < contract.purposes.length ? closing : []
}

/** Grants that are always lowered by something else. */
function idleGrants(contract: ContractPlan, sent: readonly Decided[], flag: Flag): readonly Problem[] {
  return FIELD_CLASSES.flatMap((name) => {
    const granted = contract.share[name] ?? DROP
    const most = mostOf(name, sent)
    if (name === 'property' || granted === DROP || most === granted) return []
    const found = `${wordFor(name, granted)}, which no law gives in any situation`
    return [flag(['share', name], { found, allowed: most === DROP ? 'drop' : `at most ${wordFor(name, most)}` })]
  })
}

/** Terms for restricted users that never apply, or that something else always lowers further. */
function idleRestriction(
  { whenRestricted }: ContractPlan,
  source: Source,
  restricted: readonly Decided[],
  flag: Flag,
): readonly Problem[] {
  const written = (source.value as { readonly when_restricted?: unknown }).when_restricted
  if (written === undefined || whenRestricted.send === 'nothing') return []
  if (restricted.length === 0) {
    const found = 'terms for restricted people, and nobody can ever be restricted for these purposes'
    return [flag(['when_restricted'], { found, hint: 'Remove them.', at: 'key' })]
  }
  return FIELD_CLASSES.flatMap((name) => {
    const granted = whenRestricted.share[name] ?? DROP
    const most = mostOf(name, restricted)
    if (granted === DROP || most === granted) return []
    const found = `${wordFor(name, granted)} for restricted people, which never comes about`
    return [
      flag(['when_restricted', 'share', name], {
        found,
        allowed: most === DROP ? 'drop' : `at most ${wordFor(name, most)}`,
      }),
    ]
  })
}

/** The most revealing treatment in any of these decisions; for an address, of either kind. */
function mostOf(name: FieldClass, decided: readonly Decided[]): Level {
  let most = DROP
  for (const { decision } of decided) {
    if (decision.kind !== 'send') continue
    const { level } = decision.fields[name]
    if (LADDERS[name] !== 'ip') most = Math.max(most, level)
    else {
      const [one, other] = [ipBits(most), ipBits(level)]
      most = ipLevel(Math.max(one.v4, other.v4), Math.max(one.v6, other.v6))
    }
    if (most === topOf(name)) break
  }
  return most
}
