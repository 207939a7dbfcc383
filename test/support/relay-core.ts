/** The pure part of the relay — read, judge, decide, write, guard — put together as the gateway does. */
import { createSecretKey } from 'node:crypto'
import { createParts, type Parts } from '../../src/flow/parts.ts'
import { createPreparer, type WithheldEvent } from '../../src/flow/prepare.ts'
import { type PreparedRelay, prepareRelay } from '../../src/flow/relay-prepare.ts'
import { type ReadRequest, readRelay, relayedEvent } from '../../src/flow/relay-read.ts'
import type { EventRef, IdentityKey, Revision } from '../../src/model/brand.ts'
import type { ContractPlan, Levels, RevisionPlan } from '../../src/model/contract.ts'
import { NO_STANDING, type RawSignals, type Standing } from '../../src/model/event.ts'
import { PARTNER_TYPES, partnerTypes } from '../../src/partners/registry.ts'
import { createDecoders } from '../../src/signals/decoders.ts'
import { createCountryReader } from '../../src/signals/place.ts'
import type { RelayRequest } from '../../src/transform/relay/request.ts'
import { APP, contract, PARTNER, policy, revision as revisionOf } from './builders.ts'
import { CONNECTIONS } from './partner-settings.ts'

const PSEUDONYM_KEY = createSecretKey(Buffer.alloc(32, 7))
const NOW = Date.UTC(2026, 0, 2, 3, 4, 6)
const preparer = createPreparer()
const decoders = createDecoders()
const countryOf = createCountryReader()

/** Every type that has a relay, with a connection of its own. */
export const RELAYED_TYPES = PARTNER_TYPES.flatMap((type) => {
  const map = type.redact?.(CONNECTIONS[type.type]!)
  return map === undefined ? [] : [{ type, map }]
})

/** A contract of a type that lets relayed requests through. */
export function relayContract(type: string, share: Levels, part: Partial<ContractPlan> = {}): ContractPlan {
  return contract({
    type,
    purposes: ['advertising'],
    events: { '@relay': { as: 'relayed', properties: {} }, '@forget': { as: 'forget', properties: {} } },
    share,
    whenRestricted: { send: 'limited', share },
    connection: CONNECTIONS[type]!,
    ...part,
  })
}

/** Made once a contract: compiling a map costs more than using it. */
const worlds = new WeakMap<ContractPlan, { readonly current: RevisionPlan; readonly parts: Parts }>()
function worldOf(plan: ContractPlan): { readonly current: RevisionPlan; readonly parts: Parts } {
  const known = worlds.get(plan)
  if (known !== undefined) return known
  const current = revisionOf({ contracts: [plan], policy: policy() })
  const revisions = { current: () => current, at: (_: Revision) => current, stopped: () => false }
  const made = { current, parts: createParts(revisions, partnerTypes(), PSEUDONYM_KEY) }
  worlds.set(plan, made)
  return made
}

export interface RelayCoreInput {
  readonly contract: ContractPlan
  /** Which of the type's routes. */
  readonly route?: number
  readonly request: RelayRequest
  readonly standing?: Standing
  /** Instead of the request's own: fixes the verdict. */
  readonly signals?: RawSignals
  readonly gpc?: readonly string[]
}

export function runRelay({
  contract: plan,
  route = 0,
  request,
  standing = NO_STANDING,
  signals,
  gpc = [],
}: RelayCoreInput): {
  readonly read: ReadRequest
  readonly prepared: PreparedRelay | WithheldEvent
} {
  const { current, parts } = worldOf(plan)
  const compiled = parts.relay(PARTNER)?.routes[route]
  if (compiled === undefined) throw new Error(`${plan.type} has no such route`)
  const read = readRelay(
    compiled,
    request,
    { app: { id: APP, platform: 'ios' }, signals: { gpc, dnt: [] }, ipPlace: { country: 'US' }, receivedAt: NOW },
    { policy: current.policy, categories: {}, decoders, countryOf },
  )
  const fixed = signals === undefined ? read : { ...read, signals }
  const keys = read.identities.map(({ kind, value }) => `${kind} ${value}` as IdentityKey)
  const event = relayedEvent(fixed, 'f'.repeat(32) as EventRef, keys, { revision: current.number, standing })
  const judged = preparer.judge(event, standing, parts.rules(event), NOW)
  const prepared = prepareRelay(
    preparer.decide,
    fixed,
    event,
    judged,
    parts.forPartner(PARTNER, event),
    parts.app(event),
    NOW,
  )
  return { read, prepared }
}
