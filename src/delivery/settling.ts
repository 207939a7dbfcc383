/** Maps how an attempt ended to its pair's settlement. Pure. */

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
  /** True if the partner de-duplicates items, so that an attempt with unknown outcome may be repeated. */
  readonly deduplicates: boolean
  /** True if an event waits for an unreachable partner, however long. */
  readonly waits: boolean
  readonly now: EpochMs
  /** 0…1 */
  readonly random: number
}

/** `again`: decide again at once. `leave`: the pair stays as it is for the next start. */
export type Next = { readonly kind: 'settle'; readonly settle: Settle } | { readonly kind: 'again' }

/** @param cause why it was not delivered, for the dead-letter list */
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
      // Withheld just before its first byte: not an attempt.
      if (outcome.code === PARTNER_RESTS) return { kind: 'again' }
      // Nothing was sent: an unreachable partner is retried until the event expires, if events stay useful that long.
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

/** Statuses that concern the content, not the sender or the address. */
const OF_THE_CONTENT: ReadonlySet<number> = new Set([400, 413, 422])

/**
 * True if a request was refused permanently because of its content: one of several items may be at fault, and the
 * partner took none. A refused token or address would only fail again for each.
 */
export function mayBeOneItem(outcome: Outcome): boolean {
  if (outcome.kind !== 'refused' || outcome.retry) return false
  // So is a 2xx with an error in its body.
  return OF_THE_CONTENT.has(outcome.status) || (outcome.status >= 200 && outcome.status <= 299)
}

/** True if the outcome indicates a failure of the partner, not of the item. */
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

/** Outcomes caused by the gateway: the partner was not asked, or was interrupted. */
const OURS: ReadonlySet<string> = new Set([PARTNER_RESTS, 'SECRET_UNREADABLE', 'DEADLINE_PASSED', 'STOPPED'])

export function isOurs(outcome: Outcome): boolean {
  if (outcome.kind === 'cancelled_not_sent') return true
  return (outcome.kind === 'failed_before_write' || outcome.kind === 'unknown_after_write') && OURS.has(outcome.code)
}
