/** The ledger records of one disclosure: its INTENT, its OUTCOME, or WITHHELD. */
import type { DisclosureId, EpochMs, Revision } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import {
  type IntentEntry,
  type IntentRecord,
  type Outcome,
  type OutcomeRecord,
  VERDICT_BITS,
  type WithheldEntry,
} from '../model/disclosure.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { DROP, FIELD_CLASSES, type FieldClass, type Level } from '../model/field-class.ts'
import { DIMENSIONS, type Dimension } from '../model/signal.ts'
import type { Verdict } from '../model/verdict.ts'
import { pairRefOf } from './pair-ref.ts'
import type { PreparedItem, WithheldEvent } from './prepare.ts'
import type { Sendable } from './sendable.ts'

export function intentOf(
  { event, attempt, prepared, revision }: Pick<Sendable, 'event' | 'attempt' | 'prepared' | 'revision'>,
  id: DisclosureId,
  time: EpochMs,
): IntentEntry {
  const { contract, decision, view, bytes, verdict } = prepared
  return {
    kind: 'intent',
    id,
    time,
    attempt,
    app: event.app,
    partner: contract.id,
    event: decision.as,
    eventRef: pairRefOf(event.eventRef, contract.id),
    revision: revision.number,
    regime: verdict.regime,
    why: decision.why,
    role: contract.role,
    purposes: contract.purposes,
    countries: contract.countries,
    treatments: treatmentsOf(view, decision.fields),
    type: contract.type,
    revisionDigest: revision.digest.slice(0, 8),
    acceptedRevision: event.accepted.revision,
    verdict: bitsOf(verdict),
    ...about(event),
    item: bytes,
  }
}

/** Events of one batch mostly share their verdict. */
const BITS = new WeakMap<Verdict, number>()

function bitsOf(verdict: Verdict): number {
  let bits = BITS.get(verdict)
  if (bits === undefined) {
    bits = verdictBits(verdict)
    BITS.set(verdict, bits)
  }
  return bits
}

function verdictBits({ dimensions, child, deviceLimit, sensitive, countryOnly, withdrawal, consent }: Verdict): number {
  let bits = 0
  for (const name of DIMENSION_NAMES) if (dimensions[name].allowed) bits |= VERDICT_BITS[name]
  if (child.blocked) bits |= VERDICT_BITS.child
  if (deviceLimit.limited) bits |= VERDICT_BITS.device_limited
  if (sensitive.limited) bits |= VERDICT_BITS.sensitive_limited
  if (countryOnly) bits |= VERDICT_BITS.country_only
  if (withdrawal) bits |= VERDICT_BITS.withdrawn
  if (consent.required) bits |= VERDICT_BITS.consent_required
  return bits
}
const DIMENSION_NAMES = Object.keys(DIMENSIONS) as readonly Dimension[]

/** The treatment of every class in the view. */
function treatmentsOf(view: object, fields: PreparedItem['decision']['fields']): IntentRecord['treatments'] {
  const treatments: Partial<Record<FieldClass, Level>> = {}
  for (const name of FIELD_CLASSES) {
    if (Object.hasOwn(view, name) && fields[name].level !== DROP) treatments[name] = fields[name].level
  }
  return treatments
}

/** @param carried the request that carried the envelope's items; undefined for an item that no request carried */
export function outcomeOf(
  { id, partner, eventRef, attempt }: IntentEntry,
  outcome: Outcome,
  time: EpochMs,
  carried: Pick<OutcomeRecord, 'bytes' | 'latency'>,
): OutcomeRecord {
  const { bytes, latency } = outcome.kind === 'cancelled_not_sent' ? { bytes: 0, latency: 0 } : carried
  return { kind: 'outcome', time, id, partner, eventRef, attempt, bytes, latency, outcome }
}

/** Its subject, and the other keys it is indexed by. */
function about({ identityKeys: [subject, ...finders] }: Pick<AcceptedEvent, 'identityKeys'>) {
  return { subject, finders }
}

/** The record of a pair that was withheld. */
export function withheldRecord(
  contract: Pick<ContractPlan, 'id' | 'events'>,
  event: Pick<AcceptedEvent, 'app' | 'eventKey' | 'eventRef' | 'identityKeys'>,
  prepared: Pick<WithheldEvent, 'verdict' | 'why'>,
  revision: Revision,
  time: EpochMs,
): WithheldEntry {
  return {
    kind: 'withheld',
    time,
    app: event.app,
    partner: contract.id,
    event: Object.hasOwn(contract.events, event.eventKey) ? contract.events[event.eventKey]!.as : 'other',
    eventRef: pairRefOf(event.eventRef, contract.id),
    revision,
    regime: prepared.verdict.regime,
    why: prepared.why,
    ...about(event),
  }
}
