/**
 * One partner's lane: pulls due pairs, prepares them, sends them in envelopes and settles every pair. Lanes share only
 * their ports, so one partner's outage never slows another.
 */
import type { Intake, PulledEvent } from '../intake/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import type { Breakers } from './breaker.ts'
import { type Candidate, envelopesOf } from './candidate.ts'
import { createHolding } from './holding.ts'
import { createPace } from './pace.ts'
import type { SharedCells } from './partner-cells.ts'
import type { LaneState } from './ports.ts'
import { createRounds, type RoundDeps } from './round.ts'

export interface LaneDeps extends Omit<RoundDeps, 'gate'> {
  readonly breakers: Breakers
  readonly intake: Intake
  readonly ledgerSize: () => number
  /** State shared with this partner's lanes on other threads. */
  readonly cells: SharedCells
}

export interface Lane {
  state(): LaneState
  /** Pairs may have become due. */
  wake(): void
  stop(): Promise<void>
}

const MAX_PULL = 500
/** Delay after an internal failure. */
const OWN_FAILURE_DELAY_MS = 1_000

/** Delay before checking again whether another thread has freed capacity. */
const ROOM_LOOK_MS = 20

interface Room {
  /** Maximum in flight, across threads. */
  readonly most: number
  /** Maximum for one round. */
  readonly envelopes: number
  readonly maxItems: number
  readonly maxBytes: number
  readonly lingerMs: number
}

export function createLane(partner: PartnerId, deps: LaneDeps): Lane {
  const { intake, observe, breakers } = deps
  const holding = createHolding(partner, deps)
  const rounds = createRounds(partner, holding, { ...deps, gate: breakers })
  const { seats, eventsPace } = deps.cells.of(partner)
  const pace = createPace(() => deps.contractOf(partner)?.limits.perSecond ?? MAX_PULL, deps.now, eventsPace)
  const working = new Set<Promise<void>>()
  let inFlight = 0
  let pumping = false
  let isDue = false
  let stopping = false
  let timer: NodeJS.Timeout | undefined
  /** After an internal failure nothing is tried before this time: requeued pairs would only fail again. */
  let pausedUntil = 0
  let lastFailure = ''

  const supervise = (work: Promise<void>): void => {
    const watched: Promise<void> = work
      .catch((error: unknown) => {
        lastFailure = error instanceof Error ? error.name : 'unknown'
        observe.failed(partner, error)
        wakeIn(OWN_FAILURE_DELAY_MS)
      })
      .finally(() => working.delete(watched))
    working.add(watched)
  }
  const wake = (): void => {
    isDue = true
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
      while (isDue && !stopping) {
        isDue = false
        do await holding.settleUnsettled()
        while (!stopping && (await startRound()))
      }
    } finally {
      pumping = false
    }
  }

  /** Pulls one round and starts sending it; false if nothing is due or there is no capacity. */
  const startRound = async (): Promise<boolean> => {
    const pauseMs = Math.max(breakers.waitMs(partner), pausedUntil - deps.now())
    if (pauseMs > 0) {
      wakeIn(pauseMs)
      return false
    }
    const wanted = roomIn(partner, deps)
    const taken = seats.take(wanted.most, wanted.envelopes)
    if (taken === 0) {
      if (inFlight === 0) wakeIn(ROOM_LOOK_MS)
      return false
    }
    let used = 0
    try {
      const room = { ...wanted, envelopes: taken }
      const pulled = await pullFor(room)
      if (pulled.length > 0) used = await sendOff(pulled, room)
      return pulled.length > 0
    } finally {
      seats.leave(taken - used)
    }
  }

  /** Empty if nothing is due or the rate limit allows none; a timer is then set. */
  const pullFor = async ({ envelopes, maxItems, lingerMs }: Room): Promise<readonly PulledEvent[]> => {
    const permits = pace.take(Math.min(MAX_PULL, envelopes * maxItems))
    if (permits === 0) {
      wakeIn(pace.waitMs())
      return []
    }
    let pulled: readonly PulledEvent[] = []
    try {
      pulled = await holding.gather(permits, maxItems, lingerMs)
    } finally {
      pace.giveBack(permits - pulled.length)
    }
    return pulled
  }

  /** Prepares pairs and starts their sends. Resolves to the number of envelopes in flight. */
  const sendOff = async (pulled: readonly PulledEvent[], { envelopes, maxItems, maxBytes }: Room): Promise<number> => {
    const { items, ...rest } = await pausingOnFailure(() => rounds.prepare(pulled))
    const isSentAlone = ({ pulled: { position } }: Candidate): boolean => holding.mustGoAlone(position)
    const alone = items.filter(isSentAlone).map((item) => [item])
    const together = items.filter((item) => !isSentAlone(item))
    const all = [...envelopesOf(together, maxItems, maxBytes), ...alone]
    const going = all.slice(0, stopping ? 0 : envelopes)
    for (const envelope of all.slice(going.length)) holding.requeue(envelope.map((item) => item.pulled))
    for (const envelope of going) supervise(send(envelope))
    if (rest.known.length > 0 || rest.withheld.length > 0) supervise(rounds.withhold(rest))
    return going.length
  }

  const send = async (envelope: readonly Candidate[]): Promise<void> => {
    inFlight++
    try {
      await rounds.send(envelope)
    } catch (error) {
      pausedUntil = deps.now() + OWN_FAILURE_DELAY_MS
      throw error
    } finally {
      inFlight--
      seats.leave(1)
      wake()
    }
  }

  const pausingOnFailure = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      pausedUntil = deps.now() + OWN_FAILURE_DELAY_MS
      throw error
    }
  }

  intake.onReady(partner, wake)
  return {
    state: () => {
      const { lastError, ...state } = breakers.state(partner)
      return { partner, ...state, inFlight, lastError: lastError === '' ? lastFailure : lastError }
    },
    wake,
    stop: async () => {
      stopping = true
      clearTimeout(timer)
      holding.stopLingering()
      while (working.size > 0) await Promise.all(working)
    },
  }
}

/** How many envelopes may be in flight, and how many items one may hold. In-flight never exceeds connections. */
function roomIn(partner: PartnerId, { contractOf, parts, breakers, cells: { threads } }: LaneDeps): Room {
  const contract = contractOf(partner)
  const channel = contract === undefined ? undefined : parts.channel(contract)
  if (contract === undefined || channel === undefined)
    return { most: Number.MAX_SAFE_INTEGER, envelopes: 1, maxItems: MAX_PULL, maxBytes: 0, lingerMs: 0 }
  const { concurrency, batch, lingerMs } = contract.limits
  const most = breakers.state(partner).breaker === 'closed' ? concurrency : 1
  return {
    most,
    // Another round can begin during preparation.
    envelopes: Math.ceil(most / threads),
    maxItems: Math.min(batch, channel.envelope.maxItems),
    maxBytes: channel.envelope.maxBytes,
    lingerMs,
  }
}
