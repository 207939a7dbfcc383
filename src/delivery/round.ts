/** One round of a lane: prepares what was pulled, each pair under the state of its turn, and settles every pair. */
import { type Disclosed, disclose, PAUSED, type ShareDeps } from '../flow/disclose.ts'
import type { SendingObserver } from '../flow/ports.ts'
import type { PreparedItem } from '../flow/prepare.ts'
import { withheldRecord } from '../flow/records.ts'
import { type DecideDeps, describeHit, type Sendable, sentItem } from '../flow/sendable.ts'
import type { PulledEvent, Settle } from '../intake/ports.ts'
import type { Tail } from '../live/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import { GatewayError } from '../model/errors.ts'
import { type Candidate, lookOnce, type Made, makeCandidate } from './candidate.ts'
import type { Holding } from './holding.ts'
import type { Reconciler } from './reconcile.ts'
import { mayBeOneItem, nextAfter, type Try } from './settling.ts'

export interface RoundDeps extends ShareDeps, DecideDeps {
  readonly contractOf: (partner: PartnerId) => ContractPlan | undefined
  readonly reconciler: Reconciler
  readonly random: () => number
  readonly observe: SendingObserver
  /** Called with the ends of pairs while a live view is open. */
  readonly tail: Pick<Tail, 'isOn' | 'pair'>
}

type Withheld = Extract<Made, { kind: 'withheld' }>

export interface PreparedRound {
  /** Settlements that the ledger already implies. */
  readonly known: readonly Settle[]
  readonly items: readonly Candidate[]
  readonly withheld: readonly Withheld[]
}

export interface Rounds {
  /**
   * Takes as many turns as it needs: each item is re-checked as it is sent. Rejects with its collaborators' errors
   * (`ERR_CHOICES_UNAVAILABLE`, …): the whole round is then repeated.
   */
  prepare(pulled: readonly PulledEvent[]): Promise<PreparedRound>
  /**
   * Resolves once every item is settled or requeued. Throws if the ledger takes no INTENT, and then nothing was sent;
   * and if an item could not be re-checked: that item is requeued, the others are settled.
   */
  send(envelope: readonly Candidate[]): Promise<void>
  withhold(round: Pick<PreparedRound, 'known' | 'withheld'>): Promise<void>
}

/** Maximum time before yielding the thread: the largest events take milliseconds each. */
const MAX_TURN_MS = 8

export function createRounds(partner: PartnerId, holding: Holding, deps: RoundDeps): Rounds {
  const { observe } = deps
  const tryFacts = (): Omit<Try, 'position' | 'attempt'> => {
    const contract = deps.contractOf(partner)
    const channel = contract && deps.parts.channel(contract)
    return {
      maxAttempts: contract?.limits.attempts ?? 1,
      deduplicates: channel?.deduplicates === true,
      waits: channel?.waits !== false,
      now: deps.now(),
      random: deps.random(),
    }
  }

  const discloseAll = async (envelope: readonly Candidate[]): Promise<readonly Disclosed<Sendable<PreparedItem>>[]> => {
    const sendables = envelope.map(({ sendable }) => sendable)
    try {
      const disclosed = await disclose(sendables, deps)
      if (disclosed !== PAUSED) return disclosed
      holding.requeue(envelope.map(({ pulled }) => pulled))
      return []
    } catch (error) {
      // The ledger took no INTENT: nothing was sent.
      holding.requeue(envelope.map(({ pulled }) => pulled))
      for (const { pulled } of envelope) holding.retryAlone(pulled.position)
      throw error
    }
  }

  return {
    prepare: async (pulled) => {
      const known: Settle[] = []
      const items: Candidate[] = []
      const withheld: Withheld[] = []
      let look = lookOnce(deps.standing)
      let since = deps.now()
      try {
        for (const one of pulled) {
          if (deps.now() - since >= MAX_TURN_MS) {
            await new Promise((resolve) => setImmediate(resolve))
            look = lookOnce(deps.standing)
            since = deps.now()
          }
          const settlement = deps.reconciler.settlementOf(partner, one, tryFacts())
          if (settlement !== undefined) {
            known.push(settlement)
            continue
          }
          const made = makeCandidate(partner, one, deps, look)
          if (made.kind === 'item') items.push(made)
          else withheld.push(made)
          const { decision } = made.kind === 'item' ? made.sendable.prepared : made.prepared
          observe.decided(partner, decision, Object.keys(one.event.fields))
        }
      } catch (error) {
        // For example, choices cannot be read. But the ledger's settlement of a pair is returned only once.
        holding.settleLater(known)
        const ended = new Set(known.map(({ position }) => position))
        holding.requeue(pulled.filter(({ position }) => !ended.has(position)))
        throw error
      }
      return { known, items, withheld }
    },

    send: async (envelope) => {
      const disclosed = await discloseAll(envelope)
      const settles: Settle[] = []
      const failures: unknown[] = []
      disclosed.forEach(({ outcome, cause, failure }, index) => {
        const { pulled, sendable } = envelope[index]!
        const { position, attempt } = pulled
        observe.ended(partner, outcome, sentItem(sendable.prepared))
        const { decision } = sendable.prepared
        if (deps.tail.isOn) deps.tail.pair(partner, pulled.event, { kind: 'tried', decision, outcome, cause })
        if (outcome.kind === 'cancelled_not_sent' && outcome.why === 'not_fresh') {
          // The partner was not asked: this attempt does not count.
          holding.requeue([pulled])
          failures.push(failure ?? new GatewayError('ERR_CHOICES_UNAVAILABLE'))
          return
        }
        const facts = { ...tryFacts(), position, attempt }
        const retryInstead = envelope.length > 1 && mayBeOneItem(outcome) && attempt < facts.maxAttempts
        if (retryInstead) holding.retryAlone(position)
        const next = retryInstead ? ({ kind: 'again' } as const) : nextAfter(outcome, facts, cause)
        // A cancelled item is decided again; while stopping it stays pending until the next start.
        if (next.kind === 'settle') settles.push(next.settle)
        else holding.requeue([{ ...pulled, attempt: attempt + 1 }])
      })
      await holding.settle(settles)
      if (failures.length > 0) throw failures[0]
    },

    withhold: async ({ withheld, known }) => {
      const at = deps.now()
      const revision = deps.current().number
      const contract = deps.contractOf(partner) ?? { id: partner, events: {} }
      await deps.recorder.conclude(
        withheld.map(({ pulled, prepared }) => withheldRecord(contract, pulled.event, prepared, revision, at)),
      )
      for (const { pulled, prepared } of withheld) {
        const { decision, why } = prepared
        observe.withheld(partner, why)
        if (deps.tail.isOn)
          deps.tail.pair(partner, pulled.event, { kind: 'withheld', decision, why, hit: describeHit(prepared) })
        if (prepared.why === 'guard') observe.guardHit(partner, describeHit(prepared), prepared.staged === true)
      }
      const ends = withheld.map(
        ({ pulled, prepared: { why } }): Settle => ({
          position: pulled.position,
          end: why === 'erased' ? { state: 'erased', why: '' } : { state: 'withheld', why },
        }),
      )
      await holding.settle([...known, ...ends])
    },
  }
}
