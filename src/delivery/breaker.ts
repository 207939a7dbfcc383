/**
 * One partner's circuit breaker, shared by its events and its relayed requests, and by all data threads.
 *
 * - closed: requests are sent. Five consecutive failures open it.
 * - open: none is sent for five seconds.
 * - half_open: one request is sent, and no second one before it has ended: success closes it, failure opens it again.
 *
 * In every state the partner is also paused for as long as its own `Retry-After` says.
 */
import type { PartnerGate, Permit } from '../flow/ports.ts'
import type { EpochMs, PartnerId } from '../model/brand.ts'
import type { Outcome } from '../model/disclosure.ts'
import { createSharedCells, type PartnerCells, type SharedCells } from './partner-cells.ts'
import { countsAsPartnerFailure, isOurs } from './settling.ts'

const FAILURES_TO_OPEN = 5
const OPEN_MS = 5_000
/** Delay before checking again whether a half-open breaker's one request has ended. */
const PROBE_LOOK_MS = 100
/** Minimum interval between reports of a partner that keeps failing. */
const REPORT_INTERVAL_MS = 60_000

export interface PartnerState {
  readonly breaker: 'closed' | 'open' | 'half_open'
  /** No request begins before this time: after failures, or by `Retry-After`. Undefined if one may begin now. */
  readonly pausedUntil: EpochMs | undefined
  /** Requests since the start whose outcome counts against the partner. */
  readonly failures: number
  /** Why the last request was not delivered, in words; '' if it was. */
  readonly lastError: string
  readonly lastErrorAt: EpochMs | undefined
  /** Time of the first failure since the last delivery; undefined if the last request was delivered. */
  readonly failingSince: EpochMs | undefined
}

/** Called at most once a minute for a partner that keeps failing, and once when it recovers. */
export interface BreakerObserver {
  failing(partner: PartnerId, cause: string, state: PartnerState): void
  wellAgain(partner: PartnerId, failures: number): void
}

export interface Breakers extends PartnerGate {
  /** Milliseconds until a request may begin; 0 if one may begin now. */
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

/** @param self identifies this thread as the sender of a half-open breaker's one request; not 0 */
function createBreaker(
  partner: PartnerId,
  now: () => EpochMs,
  observe: BreakerObserver,
  cells: PartnerCells,
  self: number,
): Breaker {
  // `openUntil` 0: closed. `closings` increases whenever permits issued earlier become void.
  const { failuresInARow, openUntil, retryAfterUntil, probe, closings, failures, failingSince, lastErrorAt } = cells
  let lastError = ''
  let reportedAt = Number.NEGATIVE_INFINITY
  let failuresSinceDelivery = 0
  let isReported = false

  const pausedUntil = (): EpochMs => Math.max(openUntil.get(), retryAfterUntil.get())
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
    failuresSinceDelivery++
    if (countsAsPartnerFailure(outcome)) {
      failures.add(1)
      if (failuresInARow.add(1) >= FAILURES_TO_OPEN || openUntil.get() !== 0) {
        openUntil.set(now() + OPEN_MS)
        closings.add(1)
      }
    }
    if (outcome.kind === 'refused' && outcome.retryAfterMs !== undefined && outcome.retryAfterMs > 0) {
      retryAfterUntil.raise(now() + outcome.retryAfterMs)
      closings.add(1)
    }
    if (now() - reportedAt < REPORT_INTERVAL_MS) return
    reportedAt = now()
    isReported = true
    observe.failing(partner, cause, state())
  }
  /** The partner answered, and the answer does not indicate a failure. */
  const answered = (): void => {
    failuresInARow.set(0)
    openUntil.set(0)
  }
  const delivered = (): void => {
    answered()
    if (isReported) observe.wellAgain(partner, failuresSinceDelivery)
    isReported = false
    failuresSinceDelivery = 0
    failingSince.set(0)
  }

  const admit = (): Permit | undefined => {
    if (waitMs() > 0) return undefined
    const given = closings.get()
    const isProbe = openUntil.get() !== 0
    // Another thread was faster.
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
