/**
 * From INTENT to OUTCOME, for one envelope of items or one relayed request. The order is the promise: every INTENT is
 * durable before the first byte is sent; as the HTTP client begins to write, everything is checked again; then the
 * OUTCOME is recorded. A late opt-out drops its item, and the envelope is rebuilt from the same bytes of the others.
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

/** What is sent: an event's item, a relayed request, or a notice. */
export interface Outgoing {
  readonly prepared: {
    /** The revision it was prepared under. */
    readonly contract: ContractPlan
    readonly encoder: Pick<Encoder, 'envelope' | 'respond'>
    readonly bytes: string
    readonly request?: PartnerRequest
  }
  /** True while the state it was decided under is in force. */
  isCurrent(): boolean
  /** Prepares it again under the current state. */
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
  /** Why it was not delivered, in words, nothing personal. '' if it was, or was cancelled. */
  readonly cause: string
  /** For an item cancelled as `not_fresh`: the gateway's own error, unrelated to the partner. */
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

/** Its identifiers, so that partners can be notified by those they received. */
export interface ShareDeps extends DiscloseDeps {
  /** Absent if no partner is ever notified. */
  readonly addresses?: AddressBook
}

type End = Omit<Disclosed, 'sendable'>

/** The partner is paused: nothing was recorded or sent. */
export const PAUSED = 'paused'

/** Sends. If the contract has its partner notified of opt-outs and deletions, identifiers are stored first. */
export async function disclose<Item extends Sending>(
  sendables: readonly Sendable<Item>[],
  deps: ShareDeps,
): Promise<readonly Disclosed<Sendable<Item>>[] | typeof PAUSED> {
  if (deps.addresses !== undefined && sendables[0]?.prepared.contract.notify !== undefined) {
    const at = deps.now()
    await deps.addresses.keep(sendables.map((sendable) => addressed(sendable, at)))
  }
  return discloseAs<Sendable<Item>, IntentEntry>(sendables, deps, SHARED)
}
const SHARED = { intentOf, outcomeOf }

/**
 * All sendables are for one partner and were prepared in one turn, so under one contract. If the ledger cannot take the
 * INTENTs, it throws (`ERR_LEDGER_UNAVAILABLE`) before anything is sent; for OUTCOMEs it waits. If the gateway ends
 * first, the INTENTs stay open and the next start counts them as disclosed.
 */
export async function discloseAs<Sent extends Outgoing, Intent extends LedgerEntry>(
  sendables: readonly Sent[],
  deps: DiscloseDeps,
  books: Books<Sent, Intent>,
): Promise<readonly Disclosed<Sent>[] | typeof PAUSED> {
  const [first] = sendables
  if (first === undefined) return []
  const { contract, encoder } = first.prepared
  const permit = deps.gate.admit(contract.id)
  if (permit === undefined) return PAUSED
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
  // Empty after a send, which has then ended.
  permit.unused()

  const disclosed = sendables.map((sendable) => ({ sendable, ...requireEnd(ends.get(sendable)) }))
  const answeredAt = deps.now()
  await deps.recorder.conclude(
    disclosed.map(({ outcome }, index) => books.outcomeOf(intents[index]!, outcome, answeredAt, carried)),
  )
  return disclosed
}

/**
 * The code of an item that was withheld just before its first byte because the partner had failed or asked for a pause.
 */
export const PARTNER_RESTS = 'PARTNER_RESTS'
const NOT_CARRIED = { bytes: 0, latency: 0 }

/**
 * How an item ends that may no longer be sent. This runs inside the HTTP client, which counts a thrown error as the
 * partner's failure: an error here withholds the item and counts against no partner.
 */
function cancelled(sendable: Outgoing): End | undefined {
  try {
    const why = reasonToCancel(sendable)
    return why === undefined ? undefined : { outcome: { kind: 'cancelled_not_sent', why }, cause: '' }
  } catch (failure) {
    return { outcome: { kind: 'cancelled_not_sent', why: 'not_fresh' }, cause: '', failure }
  }
}

/** Undefined while the same bytes may go to the same destination; otherwise the reason why not. */
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
