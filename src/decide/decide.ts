/**
 * Decides every field of one event for one partner: the meet of ceilings. Small, pure and total; every ceiling carries
 * the reason it would give, and the reason that binds is the one whose ceiling won.
 */

import type { EpochMs } from '../model/brand.ts'
import type { ContractPlan, Levels, Policy } from '../model/contract.ts'
import type { Decision, FieldDecision, PrivacyFlags } from '../model/decision.ts'
import {
  CITY,
  COUNTRY,
  DROP,
  FIELD_CLASSES,
  type FieldClass,
  ipBits,
  ipLevel,
  LADDERS,
  type Level,
  meet,
  REDUCED_DETAIL,
  topOf,
} from '../model/field-class.ts'
import { comparePrecedence, type Reason } from '../model/reason.ts'
import { FORGET_EVENT, NAMES_OF_DEVICES, RELAY_EVENT } from '../model/relay-map.ts'
import { ADVERTISING_DIMENSIONS, DIMENSIONS, type Dimension } from '../model/signal.ts'
import type { VendorListing, Verdict } from '../model/verdict.ts'
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
  const fields = Object.fromEntries(FIELD_CLASSES.map((name) => [name, strictest(name, ceilings)])) as Record<
    FieldClass,
    FieldDecision
  >
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
type Gate =
  | { readonly kind: 'closed'; readonly why: Reason }
  | { readonly kind: 'open'; readonly why: Reason; readonly thirdParty: boolean; readonly limited: boolean }

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

/** One upper bound on treatments: classes not named keep their top, or drop where `othersDrop`. */
interface Ceiling {
  readonly levels: Levels
  readonly othersDrop: boolean
  readonly why: Reason
}

function ceilingsOf(
  terms: Terms,
  gate: Extract<Gate, { kind: 'open' }>,
  verdict: Verdict,
  finestCoarse: Level,
  whyNotShared: Reason,
): Ceiling[] {
  const { contract, abilities } = terms
  const precise = verdict.dimensions.precise_location
  return [
    { levels: contract.share, othersDrop: true, why: whyNotShared },
    { levels: abilities, othersDrop: true, why: 'type_cannot_carry' },
    ...(gate.limited ? [{ levels: contract.whenRestricted.share, othersDrop: true, why: gate.why }] : []),
    ...(verdict.deviceLimit.limited
      ? [
          {
            levels: gate.thirdParty ? LIMITED_THIRD_PARTY : LIMITED_PROVIDER,
            othersDrop: false,
            why: verdict.deviceLimit.why,
          },
        ]
      : []),
    ...(verdict.sensitive.limited && gate.thirdParty
      ? [{ levels: SENSITIVE_THIRD_PARTY, othersDrop: false, why: verdict.sensitive.why }]
      : []),
    ...(precise.allowed
      ? []
      : [
          {
            levels: { coordinates: finestCoarse, place: CITY },
            othersDrop: false,
            why: preciseReason(precise.binding),
          },
        ]),
    ...(verdict.countryOnly
      ? [
          {
            levels: { coordinates: DROP, place: COUNTRY },
            othersDrop: false,
            why: 'location_permission' as const,
          },
        ]
      : []),
  ]
}

/** COPPA's flag on a relayed request: what describes the device at most in groups, and the country. No id of any kind. */
const CONTEXTUAL: Ceiling = {
  levels: {
    place: COUNTRY,
    os: REDUCED_DETAIL,
    device: REDUCED_DETAIL,
    user_agent: REDUCED_DETAIL,
    locale: REDUCED_DETAIL,
    network: REDUCED_DETAIL,
  },
  othersDrop: true,
  why: 'child',
}

/** For a deletion request, only what names the device. */
const FORGETTING: Ceiling = {
  levels: Object.fromEntries(NAMES_OF_DEVICES.map((name) => [name, topOf(name)])),
  othersDrop: true,
  why: 'type_cannot_carry',
}

/** "The law asks for an opt-in" is about the whole dimension; for a field the plain reason is that it is too fine. */
function preciseReason(binding: Reason): Reason {
  return binding === 'not_opted_in' ? 'precise_location' : binding
}

/** Sensitive data limited: fields that may hold it, in whatever words. */
const SENSITIVE_THIRD_PARTY: Levels = { property: DROP, gender: DROP, birth_date: DROP }
const REDUCED_IP: Level = ipLevel(24, 48)
/** LMT, ATT or a zeroed id: no advertising id for anyone (Apple, App Store Review Guidelines 5.1.2; Google Play ads policy). */
const LIMITED_PROVIDER: Levels = { advertising_id: DROP }
/** For a third party also nothing that could stand in for it, and no device detail to fingerprint with. */
const LIMITED_THIRD_PARTY: Levels = {
  advertising_id: DROP,
  vendor_id: DROP,
  device_id: DROP,
  user_id: DROP,
  anonymous_id: DROP,
  push_token: DROP,
  click_id: DROP,
  email: DROP,
  phone: DROP,
  name: DROP,
  address: DROP,
  birth_date: DROP,
  user_agent: REDUCED_DETAIL,
  device: REDUCED_DETAIL,
  ip: REDUCED_IP,
}

function strictest(name: FieldClass, ceilings: readonly Ceiling[]): FieldDecision {
  const top = topOf(name)
  if (top === DROP) return { level: DROP, why: 'never_leaves' }
  let level = top
  for (const ceiling of ceilings) level = meet(name, level, levelIn(ceiling, name, top))
  let why: Reason = 'agreed'
  for (const ceiling of ceilings) {
    const own = levelIn(ceiling, name, top)
    if (!binds(name, own, level, top)) continue
    const reason = reasonOf(ceiling, own)
    if (comparePrecedence(reason, why) < 0) why = reason
  }
  return { level, why }
}

/** True where a ceiling lowered the result; for `ip` in one of its two parts. */
function binds(name: FieldClass, own: Level, level: Level, top: Level): boolean {
  if (own === top) return false
  if (LADDERS[name] !== 'ip') return own === level
  const [ceiling, result, whole] = [ipBits(own), ipBits(level), ipBits(top)]
  return (ceiling.v4 === result.v4 && ceiling.v4 < whole.v4) || (ceiling.v6 === result.v6 && ceiling.v6 < whole.v6)
}

function levelIn({ levels, othersDrop }: Ceiling, name: FieldClass, top: Level): Level {
  return levels[name] ?? (othersDrop ? DROP : top)
}

function reasonOf({ why }: Ceiling, level: Level): Reason {
  return why === 'not_granted' && level !== DROP ? 'generalised' : why
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
