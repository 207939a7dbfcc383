/** Events that a partner type can never encode under a contract, because it requires a field that is not granted. */

import { createSecretKey } from 'node:crypto'
import type { EpochMs } from '../../model/brand.ts'
import type { ContractPlan } from '../../model/contract.ts'
import { DROP, FIELD_CLASSES, type FieldClass, topOf } from '../../model/field-class.ts'
import type { Path, Problem } from '../../model/problem.ts'
import type { Reason } from '../../model/reason.ts'
import { isRelayKey } from '../../model/relay-map.ts'
import { placesOf } from '../../simulate/situations.ts'
import { NO_STATE, supposedStanding } from '../../simulate/state.ts'
import { prepareFor } from '../../simulate/suppose.ts'
import { createWorld, type World } from '../../simulate/world.ts'
import type { Finding } from '../source.ts'
import { fullEvent } from './full-event.ts'

/** Creates a finding at a place of the contract. */
export type Flag = (path: Path, finding: Finding) => Problem

export function unencodableEvents(contract: ContractPlan, world: World, at: EpochMs, flag: Flag): readonly Problem[] {
  return Object.keys(contract.events).flatMap((eventKey) => {
    // The relay treats an SDK's own request instead of encoding an event.
    if (isRelayKey(eventKey)) return []
    const reasons = reasonsFor(contract, eventKey, world, at)
    if (reasons.includes('agreed') || !reasons.includes('type_cannot_carry')) return []
    const needed = FIELD_CLASSES.filter(
      (name) => (contract.share[name] ?? DROP) === DROP && isEnough(contract, name, eventKey, world, at),
    )
    const hint =
      needed.length === 0 ? `See docs/partners/${contract.type}.md.` : `Grant ${needed.join(', or ')} under share.`
    const found = `an event that the type ${contract.type} can never say with what share grants`
    return [flag(['events', eventKey], { found, hint, at: 'key' })]
  })
}

/** Terms for restricted users under which the type can encode no event: the contract promises data that is never sent. */
export function unencodableWhenRestricted(
  contract: ContractPlan,
  world: World,
  at: EpochMs,
  flag: Flag,
): readonly Problem[] {
  if (contract.whenRestricted.send === 'nothing') return []
  const keys = Object.keys(contract.events).filter((key) => !isRelayKey(key))
  const isNever = (key: string): boolean => {
    const reasons = reasonsFor(contract, key, world, at, 'opted_out')
    return !reasons.includes('agreed') && reasons.includes('type_cannot_carry')
  }
  if (keys.length === 0 || !keys.every(isNever)) return []
  const found = `terms under which the type ${contract.type} can say no event: nothing is ever sent of restricted people`
  const hint = `Grant what it needs (docs/partners/${contract.type}.md), or write send: nothing.`
  return [flag(['when_restricted'], { found, hint, at: 'key' })]
}

/** Why a full event is withheld under each law even with full consent; only `agreed` if one law sends it. */
function reasonsFor(
  contract: ContractPlan,
  eventKey: string,
  world: World,
  at: EpochMs,
  choice: 'opted_in' | 'opted_out' = 'opted_in',
): readonly Reason[] {
  const [app] = contract.apps
  if (app === undefined) return []
  const standing = supposedStanding({ ...NO_STATE, choice })
  const reasons: Reason[] = []
  for (const place of placesOf(world.plan.policy).values()) {
    const event = fullEvent(app, eventKey, contract, place, at)
    const supposed = { kind: 'supposed', event, standing, stopped: false, at, partners: [] } as const
    const prepared = prepareFor(world, supposed, contract.id)
    // One is enough: preparing an event costs a millisecond, and there may be thousands.
    if (prepared.kind === 'item') return ['agreed']
    reasons.push(prepared.why)
  }
  return reasons
}

function isEnough(contract: ContractPlan, name: FieldClass, eventKey: string, world: World, at: EpochMs): boolean {
  const able = world.types.get(contract.type)?.abilities[name] ?? DROP
  if (able === DROP) return false
  const wider: ContractPlan = { ...contract, share: { ...contract.share, [name]: Math.min(able, topOf(name)) } }
  const other = createWorld(
    { ...world.plan, contracts: [wider] },
    { types: world.types, pseudonymKey: createSecretKey(Buffer.alloc(32)), stopped: () => false },
  )
  return reasonsFor(wider, eventKey, other, at).includes('agreed')
}
