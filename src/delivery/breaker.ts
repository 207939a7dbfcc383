/**
 * One partner, left alone for a while after failures or because it asked for it. Its events and its relayed requests share
 * one breaker, so that neither goes on where the other has just learnt that nobody is there.
 *
 *   closed     requests go. Five failures in a row open it.
 *   open       none goes for five seconds.
 *   half_open  then one goes, and no second one before it has ended: taken closes it, a failure opens it again.
 *
 * Beside these states the partner rests for as long as its own `Retry-After` says. All data threads share it.
 */
import type { PartnerGate, Permit } from '../flow/ports.ts'
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { Outcome } from '../model/disclosure.ts'
import { createSharedCells, type PartnerCells, type SharedCells } from './partner-cells.ts'
import { countsAsPartnerFailure, isOurs } from './settling.ts'

const FAILURES_TO_OPEN = 5
const OPEN_MS = 5_000
/** How soon to look again whether the one request of a half-open breaker has ended. */
const PROBE_LOOK_MS = 100
/** A partner that goes on failing is told of once in so long. */
const TELL_AGAIN_MS = 60_000

export interface PartnerState {
  readonly breaker: 'closed' | 'open' | 'half_open'
  /** No request begins before then: after failures, or since the partner asked for it. Undefined where one may begin now. */
  readonly pausedUntil: EpochMs | undefined
  /** Requests since the start that ended in a way that counts against the partner. */
  readonly failures: number
  /** Why the last one was not delivered, for people; '' where every one was. */
  readonly lastError: string
  readonly lastErrorAt: EpochMs | undefined
  /** When the first one was not delivered since the last that was; undefined where the last one was. */
  readonly failingSince: EpochMs | undefined
}

/** Told at most once a minute for a partner that goes on failing, and once when it is well again. */
export interface BreakerObserver {
  failing(partner: PartnerId, cause: string, state: PartnerState): void
  wellAgain(partner: PartnerId, failures: number): void
}

export interface Breakers extends PartnerGate {
  /** Milliseconds until a request may begin; 0 where one may begin now. */
  waitMs(partner: PartnerId): number
  state(partner: PartnerId): PartnerState
}

export function createBreakers(
  now: () => EpochMs,
  observe: BreakerObserver,
  shared: SharedCells = createSharedCells(),
): Breakers {
  const breakers = new Map<PartnerId, Breaker>()
  const of = (partner: PartnerId): Breaker => {
    let breaker = breakers.get(partner)
    if (breaker === undefined) {
      breaker = createBreaker(partner, now, observe, shared.of(partner), shared.place + 1)
      breakers.set(partner, breaker)
    }
    return breaker
  }
  return {
    admit: (partner) => of(partner).admit(),
    waitMs: (partner) => of(partner).waitMs(),
    state: (partner) => of(partner).state(),
  }
}

interface Breaker {
  admit(): Permit | undefined
  waitMs(): number
  state(): PartnerState
}

/** @param self names this thread where the one request of a half-open breaker is its own; not 0 */
function createBreaker(
  partner: PartnerId,
  now: () => EpochMs,
  observe: BreakerObserver,
  cells: PartnerCells,
  self: number,
): Breaker {
  // 0 of `openUntil`: it is closed. `closings` grows whenever permits given out before are worth nothing any more.
  const { failuresInARow, openUntil, restsUntil, probe, closings, failures, failingSince, lastErrorAt } = cells
  let lastError = ''
  let toldAt = Number.NEGATIVE_INFINITY
  let failuresSinceWell = 0
  let isToldOf = false

  const pausedUntil = (): EpochMs => Math.max(openUntil.get(), restsUntil.get())
  const state = (): PartnerState => {
    const until = pausedUntil()
    const open = openUntil.get()
    return {
      breaker: open === 0 ? 'closed' : now() < open ? 'open' : 'half_open',
      pausedUntil: until > now() ? until : undefined,
      failures: failures.get(),
      lastError,
      lastErrorAt: lastErrorAt.get() || undefined,
      failingSince: failingSince.get() || undefined,
    }
  }
  const waitMs = (): number => {
    const wait = pausedUntil() - now()
    if (wait > 0) return wait
    return probe.get() === 0 ? 0 : PROBE_LOOK_MS
  }

  const notDelivered = (cause: string): void => {
    lastError = cause
    lastErrorAt.set(now())
    failingSince.swap(0, now())
  }
  const failed = (outcome: Outcome, cause: string): void => {
    notDelivered(cause)
    failuresSinceWell++
    if (countsAsPartnerFailure(outcome)) {
      failures.add(1)
      if (failuresInARow.add(1) >= FAILURES_TO_OPEN || openUntil.get() !== 0) {
        openUntil.set(now() + OPEN_MS)
        closings.add(1)
      }
    }
    if (outcome.kind === 'refused' && outcome.retryAfterMs !== undefined && outcome.retryAfterMs > 0) {
      restsUntil.raise(now() + outcome.retryAfterMs)
      closings.add(1)
    }
    if (now() - toldAt < TELL_AGAIN_MS) return
    toldAt = now()
    isToldOf = true
    observe.failing(partner, cause, state())
  }
  /** The partner has answered, and its answer is not that something is wrong with it. */
  const answered = (): void => {
    failuresInARow.set(0)
    openUntil.set(0)
  }
  const delivered = (): void => {
    answered()
    if (isToldOf) observe.wellAgain(partner, failuresSinceWell)
    isToldOf = false
    failuresSinceWell = 0
    failingSince.set(0)
  }

  const admit = (): Permit | undefined => {
    if (waitMs() > 0) return undefined
    const given = closings.get()
    const isProbe = openUntil.get() !== 0
    // Another thread was quicker.
    if (isProbe && !probe.swap(0, self)) return undefined
    let isOver = false
    const over = (): boolean => {
      if (isOver) return false
      isOver = true
      if (isProbe) probe.swap(self, 0)
      return true
    }
    return {
      isValid: () => closings.get() === given,
      ended: (outcome, cause) => {
        if (!over()) return
        if (outcome.kind === 'delivered') delivered()
        else if (!isOurs(outcome)) {
          failed(outcome, cause)
          if (!countsAsPartnerFailure(outcome)) answered()
        } else if (cause !== '') notDelivered(cause)
      },
      unused: () => void over(),
    }
  }
  return { admit, waitMs, state }
}
