/** From how a try ended to what becomes of its pair. Pure. */

import { PARTNER_RESTS } from '../flow/disclose.ts'
import type { Settle } from '../intake/ports.ts'
import { type EpochMs, never, type Position } from '../model/brand.ts'
import { type Outcome, wasTaken } from '../model/disclosure.ts'
import { retryDelayMs } from './backoff.ts'

export interface Try {
  readonly position: Position
  /** From 1. */
  readonly attempt: number
  readonly maxAttempts: number
  /** True where the partner counts the same item once, so that an unknown ending may be tried again. */
  readonly deduplicates: boolean
  /** True where an event waits, however long, for a partner that cannot be reached. */
  readonly waits: boolean
  readonly now: EpochMs
  /** 0…1 */
  readonly random: number
}

/** `again`: decide afresh at once. `leave`: the pair stays as it is; the next start takes it up. */
export type Next = { readonly kind: 'settle'; readonly settle: Settle } | { readonly kind: 'again' }

/** @param cause why it was not delivered, for the list of dead letters */
export function nextAfter(outcome: Outcome, tried: Try, cause = ''): Next {
  const { position, attempt, now, random } = tried
  const end = (state: 'delivered' | 'dead' | 'unresolved'): Next => ({
    kind: 'settle',
    settle: { position, end: { state, why: '', ...(state === 'delivered' || cause === '' ? {} : { cause }) } },
  })
  const retry = (retryAfterMs?: number): Next => ({
    kind: 'settle',
    settle: { position, retryAt: now + retryDelayMs(attempt, random, retryAfterMs), attempt: attempt + 1 },
  })
  switch (outcome.kind) {
    case 'delivered':
      return end('delivered')
    case 'refused':
      return outcome.retry && attempt < tried.maxAttempts ? retry(outcome.retryAfterMs) : end('dead')
    case 'failed_before_write':
      // Held back as its first byte would have left: no try of its own.
      if (outcome.code === PARTNER_RESTS) return { kind: 'again' }
      // Nothing left: a partner that cannot be reached is waited for until the event expires, if that is worth anything.
      return tried.waits || attempt < tried.maxAttempts ? retry() : end('dead')
    case 'unknown_after_write':
    case 'unresolved_assume_disclosed':
      if (!tried.deduplicates || wasTaken(outcome)) return end('unresolved')
      return attempt < tried.maxAttempts ? retry() : end('dead')
    case 'cancelled_not_sent':
      return { kind: 'again' }
    default:
      return never(outcome)
  }
}

/** Statuses that speak of what was sent, not of who sent it or where to. */
const OF_THE_CONTENT: ReadonlySet<number> = new Set([400, 413, 422])

/**
 * True where a request was refused for good for something in it: of several items one may be at fault, and the partner took
 * none of them. A refused token or address would only be refused once for each.
 */
export function mayBeOneItem(outcome: Outcome): boolean {
  if (outcome.kind !== 'refused' || outcome.retry) return false
  // 2xx with an error in its body is such a refusal too.
  return OF_THE_CONTENT.has(outcome.status) || (outcome.status >= 200 && outcome.status <= 299)
}

/** True for an ending that says something is wrong with the partner, not with the item. */
export function countsAsPartnerFailure(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'failed_before_write':
      return !isOurs(outcome)
    case 'unknown_after_write':
      return !wasTaken(outcome) && !isOurs(outcome)
    case 'refused':
      return outcome.retry
    default:
      return false
  }
}

/** Endings that come of the gateway itself: the partner was not asked, or not let finish. */
const OURS: ReadonlySet<string> = new Set([PARTNER_RESTS, 'SECRET_UNREADABLE', 'DEADLINE_PASSED', 'STOPPED'])

export function isOurs(outcome: Outcome): boolean {
  if (outcome.kind === 'cancelled_not_sent') return true
  return (outcome.kind === 'failed_before_write' || outcome.kind === 'unknown_after_write') && OURS.has(outcome.code)
}
