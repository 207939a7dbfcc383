/**
 * From intent to outcome, for one envelope of items or one relayed request. The order is the promise: every intent is
 * durable before the first byte leaves; as the HTTP client begins to write, everything is checked again; then the outcome
 * is kept. A late opt-out drops its item and the envelope is put together again from the same bytes of the others.
 */
import type { DisclosureId, EpochMs } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import {
  type IntentEntry,
  type LedgerEntry,
  latencyBucket,
  type Outcome,
  type OutcomeRecord,
} from '../model/disclosure.ts'
import { GatewayError } from '../model/errors.ts'
import type { Reason } from '../model/reason.ts'
import type { Encoder, PartnerRequest } from '../partners/kit/type.ts'
import { type AddressBook, addressed } from './addresses.ts'
import { causeOf } from './cause.ts'
import type { PartnerGate, Recorder, Wire } from './ports.ts'
import { intentOf, outcomeOf } from './records.ts'
import type { Sendable, Sending } from './sendable.ts'

/** What leaves: an event's item, a relayed request, or a notice. */
export interface Outgoing {
  readonly prepared: {
    /** What this was prepared under. */
    readonly contract: ContractPlan
    readonly encoder: Pick<Encoder, 'envelope' | 'respond'>
    readonly bytes: string
    readonly request?: PartnerRequest
  }
  /** True while what it rests on is in force. */
  isCurrent(): boolean
  /** Prepared once more under the state of this moment. */
  again():
    | {
        readonly kind: 'item'
        readonly decision: { readonly why: Reason }
        readonly bytes: string
        readonly contract: ContractPlan
        readonly request?: PartnerRequest
      }
    | { readonly kind: 'withheld'; readonly why: Reason }
}

/** What is recorded of each, before and after. */
export interface Books<Sent extends Outgoing, Intent extends LedgerEntry> {
  intentOf(sent: Sent, id: DisclosureId, at: EpochMs): Intent
  outcomeOf(
    intent: Intent,
    outcome: Outcome,
    at: EpochMs,
    carried: Pick<OutcomeRecord, 'bytes' | 'latency'>,
  ): LedgerEntry
}

export interface Disclosed<Sent extends Outgoing = Sendable> {
  readonly sendable: Sent
  readonly outcome: Outcome
  /** Why it was not delivered, for people: nothing personal in it. '' where it was, or was cancelled. */
  readonly cause: string
  /** Of an item that was cancelled as `not_fresh`: what the gateway's own part threw. Nothing to do with the partner. */
  readonly failure?: unknown
}

export interface DiscloseDeps {
  readonly recorder: Recorder
  readonly wire: Wire
  readonly gate: PartnerGate
  readonly now: () => EpochMs
  /** UUID version 7. */
  readonly newId: (at: EpochMs) => DisclosureId
}

/** Of what is shared, so that partners can be told by what they have. */
export interface ShareDeps extends DiscloseDeps {
  /** Left out where no partner is ever told. */
  readonly addresses?: AddressBook
}

type End = Omit<Disclosed, 'sendable'>

/** The partner is left alone for a while: nothing was recorded or sent. */
export const RESTING = 'resting'

/** Shares: where identifiers go is kept first, where the contract has its partner told of opt-outs and deletions. */
export async function disclose<Item extends Sending>(
  sendables: readonly Sendable<Item>[],
  deps: ShareDeps,
): Promise<readonly Disclosed<Sendable<Item>>[] | typeof RESTING> {
  if (deps.addresses !== undefined && sendables[0]?.prepared.contract.notify !== undefined) {
    const at = deps.now()
    await deps.addresses.keep(sendables.map((sendable) => addressed(sendable, at)))
  }
  return discloseAs<Sendable<Item>, IntentEntry>(sendables, deps, SHARED)
}
const SHARED = { intentOf, outcomeOf }

/**
 * All sendables are for one partner and were prepared in one turn, so under one contract. A ledger that cannot take the
 * intents throws (`ERR_LEDGER_UNAVAILABLE`) before anything is sent; one that cannot take the outcomes is waited for. If
 * the gateway ends first, the intents stay open and the next start counts them as disclosed.
 */
export async function discloseAs<Sent extends Outgoing, Intent extends LedgerEntry>(
  sendables: readonly Sent[],
  deps: DiscloseDeps,
  books: Books<Sent, Intent>,
): Promise<readonly Disclosed<Sent>[] | typeof RESTING> {
  const [first] = sendables
  if (first === undefined) return []
  const { contract, encoder } = first.prepared
  const permit = deps.gate.admit(contract.id)
  if (permit === undefined) return RESTING
  const at = deps.now()
  const intents = sendables.map((sendable) => books.intentOf(sendable, deps.newId(at), at))
  try {
    await deps.recorder.announce(intents)
  } catch (error) {
    permit.unused()
    throw error
  }

  const ends = new Map<Sent, End>()
  let carried = NOT_CARRIED
  let going = sendables
  while (going.length > 0) {
    const sending = going
    const dropped = new Map<Sent, End>()
    let rests = false
    const begin = (): boolean => {
      rests = !permit.isValid()
      for (const sendable of sending) {
        const end = cancelled(sendable)
        if (end !== undefined) dropped.set(sendable, end)
      }
      return !rests && dropped.size === 0
    }
    const request = sending[0]!.prepared.request ?? encoder.envelope(sending.map(({ prepared }) => prepared.bytes))
    const sentAt = deps.now()
    const result = await deps.wire.send(contract.id, request, begin)
    if (result.kind === 'cancelled_not_sent' && dropped.size > 0) {
      for (const [sendable, end] of dropped) ends.set(sendable, end)
      going = sending.filter((sendable) => !dropped.has(sendable))
      continue
    }
    const outcome: Outcome = rests
      ? { kind: 'failed_before_write', code: PARTNER_RESTS }
      : result.kind === 'answered'
        ? encoder.respond(result)
        : result
    const cause = causeOf(outcome, result, request)
    permit.ended(outcome, cause)
    for (const sendable of sending) ends.set(sendable, { outcome, cause })
    if (result.kind === 'answered' || result.kind === 'unknown_after_write') {
      const bytes = Buffer.byteLength(request.path) + Buffer.byteLength(request.body)
      carried = { bytes, latency: latencyBucket(Math.max(0, deps.now() - sentAt)) }
    }
    break
  }
  // Nothing where something was sent: then it has ended.
  permit.unused()

  const disclosed = sendables.map((sendable) => ({ sendable, ...requireEnd(ends.get(sendable)) }))
  const answeredAt = deps.now()
  await deps.recorder.conclude(
    disclosed.map(({ outcome }, index) => books.outcomeOf(intents[index]!, outcome, answeredAt, carried)),
  )
  return disclosed
}

/** The code of an item that was held back as its first byte would have left, since the partner had just failed or asked for a rest. */
export const PARTNER_RESTS = 'PARTNER_RESTS'
const NOT_CARRIED = { bytes: 0, latency: 0 }

/**
 * How an item ends that may not go any more. It is asked inside the HTTP client, which takes whatever is thrown there for
 * the partner's failure: state that cannot be read withholds the item, and speaks against nobody.
 */
function cancelled(sendable: Outgoing): End | undefined {
  try {
    const why = reasonToCancel(sendable)
    return why === undefined ? undefined : { outcome: { kind: 'cancelled_not_sent', why }, cause: '' }
  } catch (failure) {
    return { outcome: { kind: 'cancelled_not_sent', why: 'not_fresh' }, cause: '', failure }
  }
}

/** Undefined while the very same bytes may go to the very same place; otherwise why they may not. */
function reasonToCancel(sendable: Outgoing): Reason | undefined {
  if (sendable.isCurrent()) return undefined
  const again = sendable.again()
  if (again.kind === 'withheld') return again.why
  const { bytes, contract, request } = sendable.prepared
  const isSame =
    again.bytes === bytes &&
    again.request?.origin === request?.origin &&
    (again.contract === contract || JSON.stringify(again.contract.connection) === JSON.stringify(contract.connection))
  return isSame ? undefined : again.decision.why
}

function requireEnd(end: End | undefined): End {
  if (end === undefined) throw new GatewayError('ERR_INTERNAL', { where: 'disclose: an item without an outcome' })
  return end
}
