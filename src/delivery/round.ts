/** One round of a lane: what was pulled is prepared, each under the state of its turn, and every pair led to its end. */
import { type Disclosed, disclose, RESTING, type ShareDeps } from '../flow/disclose.ts'
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
  /** Told how pairs ended while somebody watches. */
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
   * In as many turns as it needs: each item is asked again about its own moment as it is sent. Rejects with what its parts throw
   * (`ERR_CHOICES_UNAVAILABLE`, …): then all of it comes again.
   */
  prepare(pulled: readonly PulledEvent[]): Promise<PreparedRound>
  /**
   * Resolves once every item has its end, or waits again. Throws where the ledger takes no intent, and then nothing was
   * sent; and where it could not be told whether an item still may go: that one waits again, the others have their end.
   */
  send(envelope: readonly Candidate[]): Promise<void>
  withhold(round: Pick<PreparedRound, 'known' | 'withheld'>): Promise<void>
}

/** How long a round holds the thread before others have it: events of the largest size take milliseconds each. */
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
      if (disclosed !== RESTING) return disclosed
      holding.requeue(envelope.map(({ pulled }) => pulled))
      return []
    } catch (error) {
      // The ledger took no intent: nothing was sent.
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
        // Choices that cannot be read, say. But the ledger's word on a pair is given once.
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
          // The partner was not asked: this try is still to be made.
          holding.requeue([pulled])
          failures.push(failure ?? new GatewayError('ERR_CHOICES_UNAVAILABLE'))
          return
        }
        const facts = { ...tryFacts(), position, attempt }
        const retryInstead = envelope.length > 1 && mayBeOneItem(outcome) && attempt < facts.maxAttempts
        if (retryInstead) holding.retryAlone(position)
        const next = retryInstead ? ({ kind: 'again' } as const) : nextAfter(outcome, facts, cause)
        // What was cancelled is decided afresh; while stopping it stays pending, and the next start takes it up.
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
