/**
 * One request of a partner's own SDK, the whole way: read by the type's map; what it says is remembered; decided as events
 * are; built from what may pass; its INTENT durable; checked again as the first byte would leave; sent; the answer handed
 * on as it comes; its OUTCOME. Nothing is kept, tried again or de-duplicated: the SDK does that.
 */
import type { EpochMs, EventRef, IdentityKey, PartnerId } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { ContractPlan, RevisionPlan } from '../model/contract.ts'
import type { Decision } from '../model/decision.ts'
import { latencyBucket, type Outcome } from '../model/disclosure.ts'
import type { ErrorCode } from '../model/errors.ts'
import type { AcceptedEvent, Identity } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import type { CompiledRoute, RelayRequest } from '../transform/relay/request.ts'
import { type Announced, type DiscloseDeps, intentOf, outcomeOf, withheldRecord } from './disclose.ts'
import { createLateOutcomes } from './late-outcomes.ts'
import type { Parts } from './parts.ts'
import type { AnswerSink, RelayWire, StandingReader, WireResult } from './ports.ts'
import type { Preparer, WithheldEvent } from './prepare.ts'
import { createGate, type GateState } from './relay-answer.ts'
import type { RelayBooks, RelayState } from './relay-books.ts'
import { type PreparedRelay, prepareRelay } from './relay-prepare.ts'
import {
  type ReadRequest,
  type RelayContext,
  type RelayRules,
  readRelay,
  relayedEvent,
  relayObservation,
} from './relay-read.ts'
import type { NextTurn } from './turns.ts'

export interface Asked {
  readonly contract: ContractPlan
  readonly route: CompiledRoute
  readonly request: RelayRequest
  readonly context: RelayContext
  readonly rules: RelayRules
  /** When the SDK stops waiting, epoch milliseconds. */
  readonly deadline: EpochMs
}

/** How it ended for the SDK. `answered`: the sink has all of it. `cut`: the answer broke off, or was too large. */
export type RelayEnd =
  | { readonly kind: 'answered' | 'cut' }
  | { readonly kind: 'withheld'; readonly why: Reason }
  | { readonly kind: 'failed'; readonly code: ErrorCode }

/** Counts, for metrics and alerts; nothing personal. */
export interface RelayObserver {
  /** `view` has a member for each class of which something passes. */
  decided(partner: PartnerId, decision: Decision, view: object): void
  ended(partner: PartnerId, outcome: Outcome): void
  withheld(partner: PartnerId, why: Reason): void
  /** A withheld value was in the bytes: an alert. `what` is a kind of value and a form. */
  guardHit(partner: PartnerId, what: string): void
  failed(partner: PartnerId, error: unknown): void
}

export interface RelayDeps extends Omit<DiscloseDeps, 'wire'> {
  readonly wire: RelayWire
  readonly choices: {
    keyOf(identity: Identity): IdentityKey
    observe(observations: readonly Observation[]): Promise<void>
  }
  /** Resolves once what is recorded about them can be found by them, and erased. */
  readonly requireKeys: (identities: readonly IdentityKey[]) => Promise<void>
  readonly standing: StandingReader
  readonly parts: Parts
  readonly preparer: Preparer
  readonly current: () => RevisionPlan
  /** A reference of its own for each request. */
  readonly newRef: () => EventRef
  /** Passed before the state is looked up: steps of many requests run one right after another. */
  readonly nextTurn: NextTurn
  /** Calls back after so many milliseconds, unless what it returned is called first. */
  readonly after: (ms: number, call: () => void) => () => void
  readonly books: RelayBooks
  readonly observe: RelayObserver
}

export interface Relayer {
  /** Throws what its parts throw (`ERR_CHOICES_UNAVAILABLE`, `ERR_LEDGER_UNAVAILABLE`, …); then nothing was sent. */
  relay(asked: Asked, sink: AnswerSink): Promise<RelayEnd>
  /** Resolves when every outcome so far is durable. */
  idle(): Promise<void>
}

/** How often a request is decided afresh because the state changed while it waited to be sent. */
const MAX_TRIES = 3

/** What was decided under the state of one moment. */
interface Decided {
  readonly prepared: PreparedRelay | WithheldEvent
  readonly stamp: number
  readonly revision: RevisionPlan
}
/** One request on its way. */
interface OnItsWay extends Asked {
  readonly read: ReadRequest
  readonly event: AcceptedEvent
  readonly sink: AnswerSink
}
interface Ended {
  readonly end: RelayEnd
  readonly state: RelayState
}

export function createRelayer(deps: RelayDeps): Relayer {
  const { recorder, wire, choices, standing, parts, preparer, books, observe, now } = deps
  const outcomes = createLateOutcomes(recorder.conclude, deps.after, (lost, error) => {
    for (const partner of new Set(lost.map((outcome) => outcome.partner))) observe.failed(partner, error)
  })

  return {
    relay: async (asked, sink) => {
      const partner = asked.contract.id
      books.begun(partner)
      let state: RelayState = 'failed'
      try {
        const ended = await relay(asked, sink)
        state = ended.state
        return ended.end
      } finally {
        books.ended(partner, state)
      }
    },
    idle: outcomes.idle,
  }

  async function relay(asked: Asked, sink: AnswerSink): Promise<Ended> {
    const { contract, route, request, context, rules } = asked
    const read = readRelay(route, request, context, rules)
    const keys = read.identities.map((identity) => choices.keyOf(identity))
    // A record is about the first identity; no event of theirs need ever have passed the intake.
    await Promise.all([choices.observe([relayObservation(read, keys)]), deps.requireKeys(keys.slice(0, 1))])
    await deps.nextTurn()
    const accepted = standing.lookup(keys)
    const event = relayedEvent(read, deps.newRef(), keys, {
      revision: deps.current().number,
      standing: accepted.standing,
    })
    const onItsWay = { ...asked, read, event, sink }
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      // The first time it is the same moment as acceptance.
      const decided = decide(onItsWay, attempt === 1 ? accepted : standing.lookup(keys))
      const { prepared } = decided
      observe.decided(contract.id, prepared.decision, prepared.kind === 'item' ? prepared.view : NOTHING)
      if (prepared.kind === 'withheld') return withhold(onItsWay, prepared, decided)
      if (!wire.isOpen(contract.id)) break
      const ended = await disclose(onItsWay, attempt, prepared, decided)
      if (ended !== 'changed') return ended
    }
    return { end: { kind: 'failed', code: 'ERR_PARTNER_DOWN' }, state: 'failed' }
  }

  function decide(
    { contract, read, event }: OnItsWay,
    { standing: found, stamp }: ReturnType<StandingReader['lookup']>,
  ): Decided {
    const at = now()
    const judged = preparer.judge(event, found, parts.rules(event), at)
    const joined = parts.forPartner(contract.id, event)
    const prepared = prepareRelay(preparer.decide, read, event, judged, joined, parts.app(event), at)
    return { prepared, stamp, revision: deps.current() }
  }

  async function withhold(
    { contract, event }: OnItsWay,
    prepared: WithheldEvent,
    { revision }: Decided,
  ): Promise<Ended> {
    const { why, hit } = prepared
    await recorder.announce([withheldRecord(contract, event, prepared, revision.number, now())])
    observe.withheld(contract.id, why)
    if (hit !== undefined) observe.guardHit(contract.id, `${hit.what}, ${hit.form}`)
    return { end: { kind: 'withheld', why }, state: 'withheld' }
  }

  /** `changed`: nothing was sent, since what it was decided on is no longer in force. */
  async function disclose(
    onItsWay: OnItsWay,
    attempt: number,
    prepared: PreparedRelay,
    { stamp, revision }: Decided,
  ): Promise<Ended | 'changed'> {
    const { event, deadline } = onItsWay
    const { contract, encoder, decision, request } = prepared
    const announced: Announced = {
      event,
      attempt,
      prepared,
      revision: revision.number,
      revisionDigest: revision.digest,
    }
    const intent = intentOf(contract, announced, deps.newId(now()), now())
    outcomes.hand()
    await recorder.announce([intent])

    let isLate = false
    let changed: Reason | undefined
    const begin = (): boolean => {
      isLate = isLate || now() >= deadline
      if (isLate) return false
      changed = standing.isCurrent(stamp) ? undefined : whyNotAnyMore(onItsWay, prepared)
      return changed === undefined
    }
    const sentAt = now()
    const sink = createGate(onItsWay.sink, decision.flags.restricted)
    const { ended, abandon } = wire.forward(contract.id, request, begin, sink)
    const stopClock = deps.after(Math.max(0, deadline - sentAt), () => {
      isLate = true
      abandon()
    })
    const result = await ended
    stopClock()

    const outcome: Outcome =
      result.kind === 'answered'
        ? encoder.respond(result)
        : result.kind === 'cancelled_not_sent'
          ? changed !== undefined
            ? { kind: 'cancelled_not_sent', why: changed }
            : isLate
              ? { kind: 'failed_before_write', code: 'DEADLINE' }
              : result
          : result
    const isCarried = result.kind === 'answered' || result.kind === 'unknown_after_write'
    const carried = isCarried
      ? {
          bytes: Buffer.byteLength(request.path) + Buffer.byteLength(request.body),
          latency: latencyBucket(Math.max(0, now() - sentAt)),
        }
      : { bytes: 0, latency: 0 }
    outcomes.add(outcomeOf(intent, outcome, now(), carried))
    observe.ended(contract.id, outcome)
    if (changed !== undefined) return 'changed'
    return { end: endOf(result, isLate, sink.state()), state: STATES[outcome.kind] }
  }

  /** Undefined while the very same request may go to the very same place. */
  function whyNotAnyMore(onItsWay: OnItsWay, { bytes, request, contract }: PreparedRelay): Reason | undefined {
    const { prepared } = decide(onItsWay, standing.lookup(onItsWay.event.identityKeys))
    if (prepared.kind === 'withheld') return prepared.why
    const isSame =
      prepared.bytes === bytes &&
      prepared.request.origin === request.origin &&
      JSON.stringify(prepared.contract.connection) === JSON.stringify(contract.connection)
    return isSame ? undefined : prepared.decision.why
  }
}

const NOTHING = {}
const STATES: Readonly<Record<Outcome['kind'], RelayState>> = {
  delivered: 'delivered',
  refused: 'refused',
  failed_before_write: 'failed',
  cancelled_not_sent: 'failed',
  unknown_after_write: 'unresolved',
  unresolved_assume_disclosed: 'unresolved',
}

function endOf(result: WireResult, isLate: boolean, sink: GateState): RelayEnd {
  if (sink === 'redirected') return { kind: 'failed', code: 'ERR_PARTNER_REDIRECT' }
  if (sink !== 'closed') return { kind: sink === 'whole' ? 'answered' : 'cut' }
  if (result.kind === 'cancelled_not_sent' && !isLate) return { kind: 'withheld', why: result.why }
  return { kind: 'failed', code: isLate ? 'ERR_PARTNER_SLOW' : 'ERR_PARTNER_DOWN' }
}
