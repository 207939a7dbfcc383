import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PartnerId } from '../model/brand.ts'
import { partnerTypes } from '../partners/registry.ts'
import { type AttemptParts, createAttempt } from './attempt.ts'
import type { DueNotice } from './ports.ts'

const NOW = Date.UTC(2026, 10, 24)
const DAY_MS = 86_400_000

/** Nothing is sent in any of these: what would be is missing. */
function attempt(phase: DueNotice['phase'], queued = NOW) {
  const parts = { types: partnerTypes(), contractOf: () => undefined, now: () => NOW } as unknown as AttemptParts
  const notice = { id: 'n', partner: 'acme' as PartnerId, verb: 'erase', phase, queued } as unknown as DueNotice
  return createAttempt(parts)(notice)
}

describe('a notice whose partner is told no more', () => {
  test('that was never sent cannot be told', async () => {
    deepEqual(await attempt('waiting'), { kind: 'end', state: 'cannot_be_told', why: 'contract_ended' })
  })
  test('that the partner has taken ends as accepted', async () => {
    deepEqual(await attempt('polling'), { kind: 'end', state: 'accepted' })
  })
  test('expires after 30 days, and is accepted where the partner had taken it', async () => {
    const queued = NOW - 31 * DAY_MS
    deepEqual(await attempt('waiting', queued), { kind: 'end', state: 'expired' })
    deepEqual(await attempt('polling', queued), { kind: 'end', state: 'accepted' })
  })
})
