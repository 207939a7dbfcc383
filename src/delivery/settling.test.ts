import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { EpochMs, Position } from '../model/brand.ts'
import type { Outcome } from '../model/disclosure.ts'
import { nextAfter, type Try } from './settling.ts'

const OFTEN = { maxAttempts: 12, deduplicates: true, waits: true }
/** As a bid request made of an event. */
const ONCE = { maxAttempts: 1, deduplicates: false, waits: false }
const UNREACHED: Outcome = { kind: 'failed_before_write', code: 'ECONNREFUSED' }
const UNKNOWN: Outcome = { kind: 'unknown_after_write', code: 'TIMEOUT' }
const BUSY: Outcome = { kind: 'refused', status: 503, retry: true }

describe('what becomes of an event after a try', () => {
  const rows: readonly [what: string, outcome: Outcome, attempt: number, tried: typeof OFTEN, end: string][] = [
    ['taken', { kind: 'delivered', status: 200 }, 1, OFTEN, 'delivered'],
    ['the partner could not be reached', UNREACHED, 1, OFTEN, 'later'],
    ['the partner could not be reached, and all tries are used: it waits', UNREACHED, 12, OFTEN, 'later'],
    ['the partner is busy', BUSY, 11, OFTEN, 'later'],
    ['the partner is busy, at the last try', BUSY, 12, OFTEN, 'dead'],
    ['nobody knows, and the partner counts it once', UNKNOWN, 1, OFTEN, 'later'],
    ['nobody knows, and it would count twice', UNKNOWN, 1, { ...OFTEN, deduplicates: false }, 'unresolved'],
    ['an auction whose bidder could not be reached', UNREACHED, 1, ONCE, 'dead'],
    ['an auction whose bidder is busy', BUSY, 1, ONCE, 'dead'],
    ['an auction that nobody knows the end of', UNKNOWN, 1, ONCE, 'unresolved'],
    ['the same where the contract says two tries', UNREACHED, 1, { ...ONCE, maxAttempts: 2 }, 'later'],
    ['the same at the second of two', UNREACHED, 2, { ...ONCE, maxAttempts: 2 }, 'dead'],
  ]
  for (const [what, outcome, attempt, tried, end] of rows)
    test(`${what}: ${end}`, () => {
      const facts: Try = { ...tried, position: 'p' as Position, attempt, now: 0 as EpochMs, random: 0.5 }
      const next = nextAfter(outcome, facts)
      equal(next.kind === 'again' ? 'again' : 'end' in next.settle ? next.settle.end.state : 'later', end)
    })
})
