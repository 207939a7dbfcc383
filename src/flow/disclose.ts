/**
 * One envelope of prepared items, from intent to outcome. The order is the promise: every intent is durable before
 * the first byte leaves; as the HTTP client begins to write, every item is checked again; then the outcome is kept.
 * A late opt-out drops its item and the envelope is put together again from the same bytes of the others.
 */
import type { DisclosureId, EpochMs, Revision } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import {
  type IntentEntry,
  type IntentRecord,
  latencyBucket,
  type Outcome,
  type OutcomeRecord,
  VERDICT_BITS,
  type WithheldEntry,
} from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { DROP, FIELD_CLASSES, type FieldClass, type Level } from '../model/field-class.ts'
import type { Reason } from '../model/reason.ts'
import { DIMENSIONS, type Dimension } from '../model/signal.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Recorder, Wire } from './ports.ts'
import type { Prepared, PreparedItem, WithheldEvent } from './prepare.ts'

/** An item on its way, and how to make sure that it still may go. */
export interface Candidate {
  readonly event: AcceptedEvent
  readonly attempt: number
  readonly prepared: PreparedItem
  /** The revision that was live when `prepared` was decided. */
  readonly revision: Revision
  /** Of that revision, hex. */
  readonly revisionDigest: string
  /** True while the state that `prepared` rests on is in force: one atomic load. */
  isCurrent(): boolean
  /** Decides again under the state of this moment and, from then on, `isCurrent` speaks of that state. */
  again(): Prepared
}

export interface Disclosed {
  readonly candidate: Candidate
  readonly outcome: Outcome
}

export interface DiscloseDeps {
  readonly recorder: Recorder
  readonly wire: Wire
  readonly now: () => EpochMs
  /** UUID version 7. */
  readonly newId: (at: EpochMs) => DisclosureId
}

/**
 * All candidates are for one partner and were prepared in one turn, so under one contract. A ledger that cannot take
 * the intents throws (`ERR_LEDGER_UNAVAILABLE`) before anything is sent; one that cannot take the outcomes is waited
 * for. If the gateway ends first, the intents stay open and the next start counts them as disclosed.
 */
export async function disclose(candidates: readonly Candidate[], deps: DiscloseDeps): Promise<readonly Disclosed[]> {
  const [first] = candidates
  if (first === undefined) return []
  const { contract, encoder } = first.prepared
  const at = deps.now()
  const intents = candidates.map((candidate) => intentOf(contract, candidate, deps.newId(at), at))
  await deps.recorder.announce(intents)

  const outcomes = new Map<Candidate, Outcome>()
  const carried: { bytes: number; latency: number } = { bytes: 0, latency: 0 }
  let going = candidates
  while (going.length > 0) {
    const dropped = new Map<Candidate, Reason>()
    const sending = going
    const begin = (): boolean => {
      for (const candidate of sending) {
        const why = whyNotAnyMore(candidate)
        if (why !== undefined) dropped.set(candidate, why)
      }
      return dropped.size === 0
    }
    const request = encoder.envelope(sending.map(({ prepared }) => prepared.bytes))
    const sentAt = deps.now()
    const result = await deps.wire.send(contract.id, request, begin)
    if (result.kind === 'cancelled_not_sent' && dropped.size > 0) {
      for (const [candidate, why] of dropped) outcomes.set(candidate, { kind: 'cancelled_not_sent', why })
      going = sending.filter((candidate) => !dropped.has(candidate))
      continue
    }
    const outcome = result.kind === 'answered' ? encoder.respond(result) : result
    for (const candidate of sending) outcomes.set(candidate, outcome)
    if (result.kind === 'answered' || result.kind === 'unknown_after_write') {
      carried.bytes = Buffer.byteLength(request.path) + Buffer.byteLength(request.body)
      carried.latency = latencyBucket(Math.max(0, deps.now() - sentAt))
    }
    break
  }

  const disclosed = candidates.map((candidate) => ({ candidate, outcome: requireOutcome(outcomes.get(candidate)) }))
  const answeredAt = deps.now()
  await deps.recorder.conclude(
    disclosed.map(({ outcome }, index) => outcomeOf(intents[index]!, outcome, answeredAt, carried)),
  )
  return disclosed
}

/** What an INTENT is made of. `view` has a member for each class that something of is sent. */
export interface Announced extends Pick<Candidate, 'attempt' | 'revision' | 'revisionDigest'> {
  readonly event: Pick<AcceptedEvent, 'app' | 'eventRef' | 'accepted' | 'identityKeys'>
  readonly prepared: Pick<PreparedItem, 'decision' | 'bytes' | 'verdict'> & { readonly view: object }
}

/** Undefined while the very same bytes may leave; otherwise why they may not. */
function whyNotAnyMore(candidate: Candidate): Reason | undefined {
  if (candidate.isCurrent()) return undefined
  const again = candidate.again()
  if (again.kind === 'withheld') return again.why
  const { bytes, contract } = candidate.prepared
  const sameRequest =
    again.bytes === bytes && JSON.stringify(again.contract.connection) === JSON.stringify(contract.connection)
  return sameRequest ? undefined : again.decision.why
}

export function intentOf(
  contract: ContractPlan,
  { event, attempt, prepared, revision, revisionDigest }: Announced,
  id: DisclosureId,
  time: EpochMs,
): IntentEntry {
  const { decision, view, bytes, verdict } = prepared
  return {
    kind: 'intent',
    id,
    time,
    attempt,
    app: event.app,
    partner: contract.id,
    event: decision.as,
    eventRef: event.eventRef,
    revision,
    regime: verdict.regime,
    why: decision.why,
    role: contract.role,
    purposes: contract.purposes,
    countries: contract.countries,
    treatments: treatmentsOf(view, decision.fields),
    type: contract.type,
    revisionDigest: revisionDigest.slice(0, 8),
    acceptedRevision: event.accepted.revision,
    verdict: verdictBits(verdict),
    subject: event.identityKeys[0],
    item: bytes,
  }
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

/** The treatment of every class that is in the view. */
function treatmentsOf(view: object, fields: PreparedItem['decision']['fields']): IntentRecord['treatments'] {
  const treatments: Partial<Record<FieldClass, Level>> = {}
  for (const name of FIELD_CLASSES) {
    if (Object.hasOwn(view, name) && fields[name].level !== DROP) treatments[name] = fields[name].level
  }
  return treatments
}

/** @param carried of the request that carried the envelope's items; an item that was not in it was carried by none */
export function outcomeOf(
  { id, partner, eventRef, attempt }: IntentEntry,
  outcome: Outcome,
  time: EpochMs,
  carried: Pick<OutcomeRecord, 'bytes' | 'latency'>,
): OutcomeRecord {
  const { bytes, latency } = outcome.kind === 'cancelled_not_sent' ? { bytes: 0, latency: 0 } : carried
  return { kind: 'outcome', time, id, partner, eventRef, attempt, bytes, latency, outcome }
}

/** The record of a pair that was decided against. */
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
    eventRef: event.eventRef,
    revision,
    regime: prepared.verdict.regime,
    why: prepared.why,
    subject: event.identityKeys[0],
  }
}

function requireOutcome(outcome: Outcome | undefined): Outcome {
  if (outcome === undefined) throw new GatewayError('ERR_INTERNAL', { where: 'disclose: an item without an outcome' })
  return outcome
}
