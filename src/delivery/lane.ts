/**
 * One partner's lane: pulls what is due, prepares it, sends it in envelopes and settles every pair. Lanes share
 * nothing but their ports, so one partner's outage never slows another.
 */
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleType } from 'cockatiel'
import { type DiscloseDeps, type Disclosed, disclose, withheldRecord } from '../flow/disclose.ts'
import type { WithheldEvent } from '../flow/prepare.ts'
import type { Intake, PulledEvent, Settle } from '../intake/ports.ts'
import type { PartnerId, Position } from '../model/brand.ts'
import type { ContractPlan } from '../model/contract.ts'
import type { Decision } from '../model/decision.ts'
import type { Outcome } from '../model/disclosure.ts'
import type { AcceptedEvent } from '../model/event.ts'
import type { Reason } from '../model/reason.ts'
import { type CandidateDeps, envelopesOf, type LiveCandidate, lookOnce, makeCandidate } from './candidate.ts'
import { createPace } from './pace.ts'
import type { LaneState } from './ports.ts'
import type { Reconciler } from './reconcile.ts'
import { mayBeOneItem, type Next, nextAfter, speaksAgainstPartner, type Try } from './settling.ts'

/** What a lane tells metrics and logs; never anything personal. */
export interface LaneObserver {
  decided(partner: PartnerId, decision: Decision, event: AcceptedEvent): void
  ended(partner: PartnerId, outcome: Outcome, item: SentItem): void
  withheld(partner: PartnerId, why: Reason): void
  /** The guard found a withheld value in the bytes: an alert. `what` is a kind of value and a form. */
  guardHit(partner: PartnerId, what: string, isStaged: boolean): void
  failed(partner: PartnerId, error: unknown): void
}

/** What is worth comparing while a widening is staged. */
export interface SentItem {
  /** Of the item, UTF-8. */
  readonly bytes: number
  /** For a subject within the share. */
  readonly isStaged: boolean
}

export interface LaneDeps extends DiscloseDeps, CandidateDeps {
  readonly intake: Intake
  readonly contractOf: (partner: PartnerId) => ContractPlan | undefined
  readonly ledgerSize: () => number
  readonly reconciler: Reconciler
  readonly random: () => number
  readonly observe: LaneObserver
}

export interface Lane {
  state(): LaneState
  /** Something may have become due. */
  wake(): void
  stop(): Promise<void>
}

const MAX_PULL = 500
/** After so many failing envelopes in a row the partner is left alone for a while. */
const BREAKER_FAILURES = 5
const BREAKER_PAUSE_MS = 5_000
/** How long to wait after something in the gateway itself failed. */
const OWN_FAILURE_DELAY_MS = 1_000

interface Room {
  readonly envelopes: number
  readonly maxItems: number
  readonly maxBytes: number
  readonly lingerMs: number
}
type Withheld = { readonly pulled: PulledEvent; readonly prepared: WithheldEvent }
/** Thrown inside the breaker for an envelope that counts against the partner. */
class PartnerFailing extends Error {
  readonly disclosed: readonly Disclosed[]
  constructor(disclosed: readonly Disclosed[]) {
    super('partner failing')
    this.disclosed = disclosed
  }
}

export function createLane(partner: PartnerId, deps: LaneDeps): Lane {
  const { intake, observe } = deps
  const pace = createPace(() => deps.contractOf(partner)?.limits.perSecond ?? MAX_PULL, deps.now)
  const breaker = circuitBreaker(handleType(PartnerFailing), {
    halfOpenAfter: BREAKER_PAUSE_MS,
    breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
  })
  let openedAt = 0
  breaker.onBreak(() => {
    openedAt = deps.now()
  })
  /** Positions under way → ledger size when they were pulled; insertion order is pull order. */
  const underWay = new Map<Position, number>()
  /** Pulled, but something in the gateway failed before anything was sent: next in line. */
  const returned: PulledEvent[] = []
  /**
   * Were in an envelope that failed in the gateway, or that the partner refused for something in it: go alone from now on, so
   * that one bad record fails nobody else's.
   */
  const suspects = new Set<Position>()
  /** Settlements that the intake has not confirmed yet. */
  const owed: Settle[] = []
  const working = new Set<Promise<void>>()
  let inFlight = 0
  let pumping = false
  let woken = false
  let stopping = false
  let timer: NodeJS.Timeout | undefined
  /** After a failure of our own nothing is tried before then: what was held back would only fail again, and again. */
  let restsUntil = 0
  let failures = 0
  let lastError = ''

  const supervise = (work: Promise<void>): void => {
    const watched: Promise<void> = work
      .catch((error: unknown) => {
        lastError = error instanceof Error ? error.name : 'unknown'
        observe.failed(partner, error)
        wakeIn(OWN_FAILURE_DELAY_MS)
      })
      .finally(() => working.delete(watched))
    working.add(watched)
  }
  const wake = (): void => {
    woken = true
    if (!pumping && !stopping) supervise(pump())
  }
  const wakeIn = (ms: number): void => {
    if (timer !== undefined || stopping) return
    timer = setTimeout(() => {
      timer = undefined
      wake()
    }, ms)
  }

  const pump = async (): Promise<void> => {
    pumping = true
    try {
      while (woken && !stopping) {
        woken = false
        do await settle(owed.splice(0))
        while (!stopping && (await startRound()))
      }
    } finally {
      pumping = false
    }
  }

  /** Pulls one round and sends it on its way; false when nothing is due or there is no room. */
  const startRound = async (): Promise<boolean> => {
    const opensAt = breaker.state === CircuitState.Open ? openedAt + BREAKER_PAUSE_MS : 0
    const resting = Math.max(opensAt, restsUntil) - deps.now()
    if (resting > 0) {
      wakeIn(resting)
      return false
    }
    const room = roomNow()
    if (room.envelopes <= 0) return false
    const permits = pace.take(Math.min(MAX_PULL, room.envelopes * room.maxItems))
    if (permits === 0) {
      wakeIn(pace.waitMs())
      return false
    }
    let pulled: readonly PulledEvent[] = []
    try {
      pulled = await gather(permits, room)
    } finally {
      pace.giveBack(permits - pulled.length)
    }
    if (pulled.length === 0) return false
    sendOff(pulled, room)
    return true
  }

  /** What was held back and what is due, up to `max`. What was gathered before the intake failed is held back again. */
  const gather = async (max: number, { maxItems, lingerMs }: Room): Promise<readonly PulledEvent[]> => {
    const pulled = returned.splice(0, max)
    try {
      pulled.push(...(await pull(max - pulled.length)))
      if (pulled.length > 0 && pulled.length < Math.min(maxItems, max) && lingerMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, lingerMs))
        pulled.push(...(await pull(max - pulled.length)))
      }
    } catch (error) {
      returned.unshift(...pulled)
      throw error
    }
    return pulled
  }

  const pull = async (max: number): Promise<readonly PulledEvent[]> => {
    if (max === 0) return []
    const round = await intake.pull(partner, max)
    const reflected = deps.reconciler.reflected(partner, deps.ledgerSize())
    for (const { position } of round) if (!underWay.has(position)) underWay.set(position, reflected)
    deps.reconciler.came(partner, round)
    return round
  }

  /** How many envelopes may be started now, and what one may hold. In-flight never exceeds connections. */
  const roomNow = (): Room => {
    const contract = deps.contractOf(partner)
    const channel = contract === undefined ? undefined : deps.parts.channel(contract)
    if (contract === undefined || channel === undefined)
      return { envelopes: 1, maxItems: MAX_PULL, maxBytes: 0, lingerMs: 0 }
    const { concurrency, batch, lingerMs } = contract.limits
    return {
      envelopes: (breaker.state === CircuitState.Closed ? concurrency : 1) - inFlight,
      maxItems: Math.min(batch, channel.envelope.maxItems),
      maxBytes: channel.envelope.maxBytes,
      lingerMs,
    }
  }

  /** Prepares in one turn, under one state, and starts what follows from it. */
  const sendOff = (pulled: readonly PulledEvent[], { envelopes, maxItems, maxBytes }: Room): void => {
    const { known, items, withheld } = prepareAll(pulled)
    const alone = items.filter(({ position }) => suspects.has(position)).map((item) => [item])
    const together = items.filter(({ position }) => !suspects.has(position))
    const all = [...envelopesOf(together, maxItems, maxBytes), ...alone]
    all.forEach((envelope, index) => {
      if (index >= envelopes) {
        returned.push(...envelope.map(({ pulled: one }) => one))
        return
      }
      inFlight++
      const sent = sendEnvelope(envelope).finally(() => {
        inFlight--
        wake()
      })
      supervise(sent)
    })
    if (known.length > 0 || withheld.length > 0) supervise(settleWithheld(withheld, known))
  }

  const prepareAll = (pulled: readonly PulledEvent[]) => {
    const known: Settle[] = []
    const items: LiveCandidate[] = []
    const withheld: Withheld[] = []
    const look = lookOnce(deps.standing)
    try {
      for (const one of pulled) {
        const settlement = deps.reconciler.settlementOf(partner, one, tryFacts())
        if (settlement !== undefined) {
          known.push(settlement)
          continue
        }
        const made = makeCandidate(partner, one, deps, look)
        if (made.kind === 'item') items.push(made.candidate)
        else withheld.push(made)
        observe.decided(partner, (made.kind === 'item' ? made.candidate.prepared : made.prepared).decision, one.event)
      }
    } catch (error) {
      // Choices that cannot be read, say: nothing of this round is sent, all of it comes again. But the ledger's word on
      // a pair is given once.
      owed.push(...known)
      const ended = new Set(known.map(({ position }) => position))
      returned.push(...pulled.filter(({ position }) => !ended.has(position)))
      restsUntil = deps.now() + OWN_FAILURE_DELAY_MS
      throw error
    }
    return { known, items, withheld }
  }

  const sendEnvelope = async (envelope: readonly LiveCandidate[]): Promise<void> => {
    const disclosed = await throughBreaker(envelope)
    const settles: Settle[] = []
    disclosed.forEach(({ outcome }, index) => {
      const { pulled, position, attempt, prepared } = envelope[index]!
      const isStaged = prepared.staged === true
      observe.ended(partner, outcome, { bytes: Buffer.byteLength(prepared.bytes), isStaged })
      const facts = { ...tryFacts(), position, attempt }
      const isSpared = envelope.length > 1 && mayBeOneItem(outcome) && attempt < facts.maxAttempts
      if (isSpared) suspects.add(position)
      const next: Next = isSpared ? { kind: 'again' } : nextAfter(outcome, facts)
      // What was cancelled is decided afresh; while stopping it stays pending, and the next start takes it up.
      if (next.kind === 'settle') settles.push(next.settle)
      else returned.push({ ...pulled, attempt: attempt + 1 })
    })
    await settle(settles)
  }

  const throughBreaker = async (envelope: readonly LiveCandidate[]): Promise<readonly Disclosed[]> => {
    try {
      return await breaker.execute(async () => {
        const disclosed = await disclose(envelope, deps)
        if (disclosed.some(({ outcome }) => speaksAgainstPartner(outcome))) throw new PartnerFailing(disclosed)
        return disclosed
      })
    } catch (error) {
      if (error instanceof PartnerFailing) {
        failures++
        return error.disclosed
      }
      // The circuit opened between pull and send, or the ledger took no intent: nothing was sent.
      returned.push(...envelope.map(({ pulled }) => pulled))
      if (error instanceof BrokenCircuitError) return []
      restsUntil = deps.now() + OWN_FAILURE_DELAY_MS
      for (const { position } of envelope) suspects.add(position)
      throw error
    }
  }

  const settleWithheld = async (withheld: readonly Withheld[], known: readonly Settle[]): Promise<void> => {
    const at = deps.now()
    const revision = deps.current().number
    const contract = deps.contractOf(partner) ?? { id: partner, events: {} }
    await deps.recorder.conclude(
      withheld.map(({ pulled, prepared }) => withheldRecord(contract, pulled.event, prepared, revision, at)),
    )
    for (const { prepared } of withheld) {
      observe.withheld(partner, prepared.why)
      if (prepared.why === 'guard') observe.guardHit(partner, describeHit(prepared), prepared.staged === true)
    }
    const ends = withheld.map(
      ({ pulled, prepared: { why } }): Settle => ({
        position: pulled.position,
        end: why === 'erased' ? { state: 'erased', why: '' } : { state: 'withheld', why },
      }),
    )
    await settle([...known, ...ends])
  }

  /** What the intake does not confirm stays owed and is handed over again. */
  const settle = async (settles: readonly Settle[]): Promise<void> => {
    if (settles.length === 0) return
    const settling = new Set(settles.map(({ position }) => position))
    const oldest = underWay.entries().find(([position]) => !settling.has(position))?.[1]
    try {
      await intake.settle(partner, settles, deps.reconciler.reflected(partner, oldest ?? deps.ledgerSize()))
    } catch (error) {
      owed.push(...settles)
      throw error
    }
    for (const position of settling) {
      underWay.delete(position)
      suspects.delete(position)
    }
  }

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

  intake.onReady(partner, wake)
  return {
    state: () => ({ partner, breaker: stateName(breaker.state), inFlight, failures, lastError }),
    wake,
    stop: async () => {
      stopping = true
      clearTimeout(timer)
      while (working.size > 0) await Promise.all(working)
    },
  }
}

function describeHit({ hit }: WithheldEvent): string {
  return hit === undefined ? 'tainted field' : `${hit.what} as ${hit.form}`
}

function stateName(state: CircuitState): LaneState['breaker'] {
  switch (state) {
    case CircuitState.HalfOpen:
      return 'half_open'
    case CircuitState.Closed:
      return 'closed'
    default:
      return 'open'
  }
}
