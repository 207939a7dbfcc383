/**
 * Decides every field of one event for one partner: the meet of ceilings. Small, pure and total; every ceiling carries
 * the reason it would give, and the reason that binds is the one whose ceiling won.
 */

import type { EpochMs } from '../model/brand.ts'
import type { ContractPlan, Policy } from '../model/contract.ts'
import type { Decision, PrivacyFlags } from '../model/decision.ts'
import type { Level } from '../model/field-class.ts'
import { comparePrecedence, type Reason } from '../model/reason.ts'
import { FORGET_EVENT, RELAY_EVENT } from '../model/relay-map.ts'
import { ADVERTISING_DIMENSIONS, DIMENSIONS, type Dimension } from '../model/signal.ts'
import type { VendorListing, Verdict } from '../model/verdict.ts'
import { type Ceiling, CONTEXTUAL, ceilingsOf, FORGETTING, fieldsUnder, type OpenGate, remembered } from './ceilings.ts'
import { consentTo } from './consent.ts'
import { PURPOSE_NEEDS } from './purposes.ts'
import { type BoundTerms, isInForce, type Terms } from './terms.ts'

export interface DecideInput {
  /** The terms when the event was accepted; undefined where the partner had none. */
  readonly accepted: Terms | undefined
  /** The terms in force now; undefined where the contract is gone. */
  readonly now: Terms | undefined
  readonly app: string
  readonly eventKey: string
  readonly verdict: Verdict
  /** Finest `coordinates` level that is not precise, by the policy's minimum area. */
  readonly finestCoarse: Level
  /** Epoch milliseconds: an agreement may have lapsed. */
  readonly at: EpochMs
  /** The subject's place among all, 0 to below 100, for staged rollouts; undefined without an identity. */
  readonly point?: number | undefined
  /** IAB's vendor list, as far as it matters here. */
  readonly vendorList?: Policy['vendorList']
}

export function decide(input: DecideInput): Decision {
  const { accepted, now, eventKey, verdict, finestCoarse } = input
  const contextual = verdict.child.blocked && verdict.child.contextual && eventKey === RELAY_EVENT
  if (verdict.child.blocked && !contextual)
    return withhold(verdict.child.why === 'signal_invalid' ? 'signal_invalid' : 'child')
  if (accepted === undefined || now === undefined) return withhold('contract_ended')
  const all = accepted === now ? binding(now, input) : [...binding(accepted, input), ...binding(now, input)]
  const ceilings: Ceiling[] = []
  let restriction: Reason = 'agreed'
  for (const { terms, why } of all) {
    if (terms === undefined) return withhold(why ?? 'contract_ended')
    const gate = gateOf(terms, input)
    if (gate.kind === 'closed') return withhold(NOT_GRANTED.has(gate.why) ? (why ?? gate.why) : gate.why)
    if (gate.why !== 'agreed') restriction = gate.why
    ceilings.push(...ceilingsOf(terms, gate, verdict, finestCoarse, why ?? 'not_granted'))
    if (contextual) ceilings.push(CONTEXTUAL)
    if (eventKey === FORGET_EVENT) ceilings.push(FORGETTING)
  }
  const fields = all.length === 1 ? remembered(now, ceilings) : fieldsUnder(ceilings)
  return {
    kind: 'send',
    as: now.contract.events[eventKey]!.as,
    fields,
    properties: commonProperties(now.contract, all, eventKey),
    flags: contextual ? { ...flagsOf(verdict), ...EVERYTHING_DENIED } : flagsOf(verdict),
    why: restriction,
  }
}

/** Closed by what the contract says, not by anything the person or the law said. */
const NOT_GRANTED: ReadonlySet<Reason> = new Set<Reason>(['contract_ended', 'event_not_granted', 'not_granted'])

/** Terms that bind, and the reason for what they withhold where it is not their own. */
type Binding = Pick<BoundTerms, 'terms' | 'why'>

/** The terms themselves and every bound in force. */
function binding(terms: Terms, { at, point }: DecideInput): readonly Binding[] {
  if (terms.bounds.length === 0) return [{ terms }]
  return [{ terms }, ...terms.bounds.filter((bound) => isInForce(bound, at, point))]
}

function withhold(why: Reason): Decision {
  return { kind: 'withhold', why }
}

/** Whether anything may go under one contract's terms, and whether only as it limits what goes of restricted people. */
type Gate = { readonly kind: 'closed'; readonly why: Reason } | OpenGate

function gateOf(terms: Terms, { app, eventKey, verdict, at, vendorList }: DecideInput): Gate {
  const { contract } = terms
  if (terms.stopped) return { kind: 'closed', why: 'stopped' }
  if (!contract.apps.some((id) => id === app)) return { kind: 'closed', why: 'contract_ended' }
  if (!Object.hasOwn(contract.events, eventKey)) return { kind: 'closed', why: 'event_not_granted' }
  const lapsed = contract.role === 'service_provider' && !(at < (contract.agreementUntil ?? 0))
  const role = lapsed ? 'third_party' : contract.role
  const thirdParty = role === 'third_party'
  const rows = contract.purposes.map((purpose) => PURPOSE_NEEDS[role][purpose])
  if (rows.length === 0) return { kind: 'closed', why: 'not_granted' }
  const tcfPurposes = rows.reduce((bits, row) => bits | row.tcfPurposes, 0)
  const consent = consentTo(verdict, contract, { thirdParty, tcfPurposes, listing: listingOf(contract, vendorList) })
  // A wish to be forgotten is no sharing that could be refused: what refuses sharing is the same wish.
  const forgets = eventKey === FORGET_EVENT
  if (consent !== 'agreed')
    return forgets ? { kind: 'open', why: consent, thirdParty, limited: false } : { kind: 'closed', why: consent }
  const needs = rows.reduce((bits, row) => bits | row.needs, 0)
  const optIns = rows.reduce((bits, row) => bits | row.optIns, 0)
  const denied = (Object.keys(DIMENSIONS) as Dimension[]).filter((name) => {
    const { allowed, onlyUnasked } = verdict.dimensions[name]
    const asked = onlyUnasked ? optIns : needs
    return !allowed && (DIMENSIONS[name] & asked & ADVERTISING_DIMENSIONS) !== 0
  })
  // Of a child that may be asked an advertisement for at all, every dimension counts as denied.
  if (denied.length === 0 && !verdict.child.blocked) return { kind: 'open', why: 'agreed', thirdParty, limited: false }
  const why = verdict.child.blocked
    ? 'child'
    : denied
        .map((name) => verdict.dimensions[name].binding)
        .reduce((first, next) => (comparePrecedence(next, first) < 0 ? next : first))
  if (forgets) return { kind: 'open', why, thirdParty, limited: false }
  if (contract.whenRestricted.send === 'nothing') return { kind: 'closed', why }
  return { kind: 'open', why, thirdParty, limited: true }
}

/** What the vendor list says of a contract's vendor, where there is a list and a vendor. */
export function listingOf({ tcfVendor }: ContractPlan, list: Policy['vendorList']): VendorListing | undefined {
  return tcfVendor === undefined ? undefined : list?.[tcfVendor]
}

/** Only properties that all the terms name, under the names of now. */
function commonProperties(
  now: ContractPlan,
  all: readonly Binding[],
  eventKey: string,
): Readonly<Record<string, string>> {
  const current = now.events[eventKey]!.properties
  const others = all.flatMap(({ terms }) => {
    const properties = terms?.contract.events[eventKey]?.properties
    return properties === undefined || properties === current ? [] : [properties]
  })
  if (others.length === 0) return current
  return Object.fromEntries(
    Object.entries(current).filter(([source]) => others.every((properties) => Object.hasOwn(properties, source))),
  )
}

function flagsOf(verdict: Verdict): PrivacyFlags {
  const { sale, sharing, targeted_advertising: targeted } = verdict.dimensions
  const deviceLimit = verdict.deviceLimit.limited
  return {
    restricted: !sale.allowed || !sharing.allowed || !targeted.allowed || deviceLimit,
    sale: !sale.allowed,
    sharing: !sharing.allowed,
    targetedAdvertising: !targeted.allowed,
    deviceLimit,
    gpc: [sale, sharing, targeted].some(({ causes }) => causes.some(({ why }) => why === 'gpc')),
  }
}

const EVERYTHING_DENIED = {
  restricted: true,
  sale: true,
  sharing: true,
  targetedAdvertising: true,
  contextual: true,
} as const
