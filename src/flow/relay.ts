/**
 * One request of a partner's own SDK from start to end: read by the type's map; its signals remembered; decided as
 * events are; built from what may pass; its INTENT durable; checked again just before the first byte; sent; the answer
 * streamed back; its OUTCOME. Nothing is stored, retried or de-duplicated: the SDK does that.
 */
import type { EpochMs, EventRef, IdentityKey } from '../model/brand.ts'
import type { Observation } from '../model/choice.ts'
import type { ContractPlan, RevisionPlan } from '../model/contract.ts'
import type { Outcome } from '../model/disclosure.ts'
import { type ErrorCode, GatewayError } from '../model/errors.ts'
import type { AcceptedEvent, Identity } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import type { CompiledRoute, RelayRequest } from '../transform/relay/request.ts'
import { disclose, PAUSED, type ShareDeps } from './disclose.ts'
import type { Judged } from './judge.ts'
import { createLateOutcomes } from './late-outcomes.ts'
import type { AnswerSink, Recorder, RelayWire, SendingObserver, Wire, WireResult } from './ports.ts'
import type { PartnerParts, WithheldEvent } from './prepare.ts'
import { withheldRecord } from './records.ts'
import { createGate, type GateState } from './relay-answer.ts'
import type { RelayBooks, RelayState } from './relay-books.ts'
import { type PreparedRelay, prepareRelay } from './relay-prepare.ts'
import {
  firstOf,
  hearRelay,
  type RelayContext,
  type RelayRules,
  relayedEvent,
  relayObservations,
} from './relay-read.ts'
import { type DecideDeps, decideNow, describeHit, type Sendable, sentItem } from './sendable.ts'
import type { NextTurn } from './turns.ts'

export interface Asked {
  readonly contract: ContractPlan
  readonly route: CompiledRoute
  readonly request: RelayRequest
  readonly context: RelayContext
  readonly rules: RelayRules
  /** More values arrived than can be decided; `request` holds a part. It is refused, and its privacy signals count. */
  readonly tooLarge?: boolean
  /** When the SDK stops waiting, epoch milliseconds. */
  readonly deadline: EpochMs
}

/** How it ended for the SDK. `answered`: the sink has all of it. `cut`: the answer was interrupted or oversized. */
export type RelayEnd =
  | { readonly kind: 'answered' | 'cut' }
  | { readonly kind: 'withheld'; readonly why: Reason }
  | { readonly kind: 'failed'; readonly code: ErrorCode }

export interface RelayDeps extends Omit<ShareDeps, 'wire'>, DecideDeps {
  readonly wire: RelayWire
  readonly choices: {
    keyOf(identity: Identity): IdentityKey
    formerKeysOf(identity: Identity): readonly IdentityKey[]
    observe(observations: readonly Observation[]): Promise<void>
  }
  /** Resolves once their records can be found by them, and erased. */
  readonly requireKeys: (identities: readonly IdentityKey[]) => Promise<void>
  /** A reference of its own for each request. */
  readonly newRef: () => EventRef
  /** Awaited before the look-up, so that steps of many requests run together. */
  readonly nextTurn: NextTurn
  /** Calls back after this many milliseconds, unless the function it returned is called first. */
  readonly after: (ms: number, call: () => void) => () => void
  readonly books: Pick<RelayBooks, 'begun' | 'ended'>
  readonly observe: SendingObserver
}

export interface Relayer {
  /** The key by which the request's record is found; undefined without an identity. */
  keyOf(asked: Pick<Asked, 'route' | 'request' | 'context'>): IdentityKey | undefined
  /**
   * Throws its collaborators' errors (`ERR_CHOICES_UNAVAILABLE`, `ERR_LEDGER_UNAVAILABLE`, …); then nothing was sent.
   */
  relay(asked: Asked, sink: AnswerSink): Promise<RelayEnd>
  /** Resolves once every outcome so far is durable. */
  idle(): Promise<void>
}

/** How often a request is decided again because the state changed while it waited to be sent. */
const MAX_TRIES = 3

interface Ended {
  readonly end: RelayEnd
  readonly state: RelayState
}

export function createRelayer(deps: RelayDeps): Relayer {
  const { recorder, wire, choices, standing, parts, preparer, books, observe, now } = deps
  const outcomes = createLateOutcomes(recorder.conclude, deps.after, (lost, error) => {
    for (const partner of new Set(lost.map((outcome) => outcome.partner))) observe.failed(partner, error)
  })
  /** No caller waits for an OUTCOME here: it is written with the next INTENTs. */
  const lateRecorder: Recorder = {
    announce: (records) => {
      outcomes.hand()
      return recorder.announce(records)
    },
    conclude: async (records) => {
      for (const record of records) if (record.kind === 'outcome') outcomes.add(record)
    },
  }

  return {
    keyOf: ({ route, request, context }) => {
      const first = firstOf(route, request, context)
      return first && choices.keyOf(first)
    },
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
    const heard = hearRelay(route, request, context, rules)
    const read = asked.tooLarge === true ? { ...heard, refusal: 'ERR_RELAY_SIZE' as const } : heard
    const keys = read.identities.map((identity) => choices.keyOf(identity))
    const formerKeys = read.identities.flatMap((identity) => choices.formerKeysOf(identity))
    const observed = choices.observe(relayObservations(read, [...keys, ...formerKeys]))
    if (read.refusal !== undefined) {
      await observed
      throw new GatewayError(read.refusal)
    }
    // A record is about the first identity, which may be new to the gateway.
    await Promise.all([observed, deps.requireKeys(keys.slice(0, 1))])
    await deps.nextTurn()
    const accepted = standing.lookup(keys)
    const event = relayedEvent(read, deps.newRef(), keys, {
      revision: deps.current().number,
      standing: accepted.standing,
    })
    const front = (judged: Judged, joined: PartnerParts, at: EpochMs): PreparedRelay | WithheldEvent =>
      prepareRelay(preparer.decide, read, event, judged, joined, parts.app(event), at)
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      // On the first attempt this is the time of acceptance.
      const look = attempt === 1 ? () => accepted : standing.lookup
      const decided = decideNow(contract.id, event, attempt, front, deps, look)
      const { decision } = decided.kind === 'withheld' ? decided.prepared : decided.sendable.prepared
      const view = decided.kind === 'withheld' ? {} : decided.sendable.prepared.view
      observe.decided(contract.id, decision, Object.keys(view))
      if (decided.kind === 'withheld') return withhold(contract, event, decided.prepared, decided.revision)
      const ended = await send(decided.sendable, asked.deadline, sink)
      if (ended !== 'changed') return ended
    }
    return { end: { kind: 'failed', code: 'ERR_PARTNER_DOWN' }, state: 'failed' }
  }

  async function withhold(
    contract: ContractPlan,
    event: AcceptedEvent,
    prepared: WithheldEvent,
    revision: RevisionPlan,
  ): Promise<Ended> {
    const { why } = prepared
    await recorder.announce([withheldRecord(contract, event, prepared, revision.number, now())])
    observe.withheld(contract.id, why)
    if (why === 'guard') observe.guardHit(contract.id, describeHit(prepared), prepared.staged === true)
    return { end: { kind: 'withheld', why }, state: 'withheld' }
  }

  /** `changed`: nothing was sent, because the state it was decided under is no longer in force. */
  async function send(
    sendable: Sendable<PreparedRelay>,
    deadline: EpochMs,
    given: AnswerSink,
  ): Promise<Ended | 'changed'> {
    const { contract } = sendable.prepared
    const gate = createGate(given)
    const timed = withDeadline(wire, deadline, gate)
    const disclosed = await disclose([sendable], { ...deps, wire: timed.wire, recorder: lateRecorder })
    const [only] = disclosed === PAUSED ? [] : disclosed
    if (only === undefined) return { end: { kind: 'failed', code: 'ERR_PARTNER_DOWN' }, state: 'failed' }
    const { outcome } = only
    observe.ended(contract.id, outcome, sentItem(sendable.prepared))
    if (outcome.kind === 'cancelled_not_sent' && outcome.why === 'not_fresh')
      throw new GatewayError('ERR_CHOICES_UNAVAILABLE', {}, only.failure)
    if (outcome.kind === 'cancelled_not_sent') return 'changed'
    return { end: endOf(timed.isLate(), gate.state()), state: STATES[outcome.kind] }
  }

  /** The wire for one request: streams its answer to `sink` and ends when the SDK stops waiting. */
  function withDeadline(
    through: RelayWire,
    deadline: EpochMs,
    sink: AnswerSink,
  ): { readonly wire: Wire; isLate(): boolean } {
    let isLate = false
    const send: Wire['send'] = async (partner, request, begin) => {
      const mayBegin = (): boolean => {
        isLate = isLate || now() >= deadline
        return !isLate && begin()
      }
      const { ended, abandon } = through.forward(partner, request, mayBegin, sink)
      const stopClock = deps.after(Math.max(0, deadline - now()), () => {
        isLate = true
        abandon()
      })
      const result: WireResult = await ended
      stopClock()
      return result.kind === 'cancelled_not_sent' && isLate
        ? { kind: 'failed_before_write', code: 'DEADLINE_PASSED' }
        : result
    }
    return { wire: { send }, isLate: () => isLate }
  }
}

const STATES: Readonly<Record<Outcome['kind'], RelayState>> = {
  delivered: 'delivered',
  refused: 'refused',
  failed_before_write: 'failed',
  cancelled_not_sent: 'failed',
  unknown_after_write: 'unresolved',
  unresolved_assume_disclosed: 'unresolved',
}

function endOf(isLate: boolean, sink: GateState): RelayEnd {
  if (sink === 'redirected') return { kind: 'failed', code: 'ERR_PARTNER_REDIRECT' }
  if (sink !== 'closed') return { kind: sink === 'whole' ? 'answered' : 'cut' }
  return { kind: 'failed', code: isLate ? 'ERR_PARTNER_SLOW' : 'ERR_PARTNER_DOWN' }
}
