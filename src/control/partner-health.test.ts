import { deepEqual, equal, match } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HEALTH_STATES, healthSentence } from '../model/partner-health.ts'
import { causeOf, healthOf, type PartnerFacts } from './partner-health.ts'

const NOW = Date.parse('2026-11-30T14:12:00Z')
const LANE = {
  breaker: 'closed',
  pausedUntil: undefined,
  lastError: '',
  lastErrorAt: undefined,
  failingSince: undefined,
} as const
const WELL: PartnerFacts = {
  stopped: undefined,
  stoppedAll: undefined,
  agreementUntil: undefined,
  percent: undefined,
  until: undefined,
  lane: LANE,
  oldestWaitingAt: undefined,
  deadLetters: undefined,
  delivered: 12,
}
const REFUSED = { ...LANE, lastError: '401 invalid token', lastErrorAt: NOW - 1_000, failingSince: NOW - 600_000 }

const sentenceOf = (facts: Partial<PartnerFacts>): string =>
  healthSentence(
    healthOf({ ...WELL, ...facts }, NOW),
    { time: (at) => new Date(at).toISOString().slice(11, 16), span: (ms) => `${ms / 1_000} s` },
    NOW,
  )

describe('health: one table of states', () => {
  const rows: readonly [state: string, facts: Partial<PartnerFacts>, sentence: string][] = [
    ['well', {}, 'Takes what is sent'],
    ['well', { lane: undefined }, 'Takes what is sent'],
    ['stopped_with_all', { stoppedAll: NOW - 60_000, stopped: NOW }, 'Sending is stopped to every partner since 14:11'],
    ['stopped', { stopped: NOW - 120_000, lane: REFUSED }, 'Stopped by an operator since 14:10'],
    ['stopped', { stopped: 'unknown' }, 'Stopped by an operator'],
    [
      'agreement_lapsed',
      { agreementUntil: NOW - 60_000, lane: REFUSED },
      'Counts as a third party since 14:11: its agreement has ended',
    ],
    ['agreement_lapsed', { agreementUntil: NOW }, 'Counts as a third party since 14:12: its agreement has ended'],
    [
      'left_alone',
      { lane: { ...REFUSED, breaker: 'open', pausedUntil: NOW + 5_000 } },
      'Refuses since 14:02: 401 invalid token, tried again in 5 s',
    ],
    ['left_alone', { lane: { ...REFUSED, breaker: 'half_open' } }, 'Refuses since 14:02: 401 invalid token'],
    ['failing', { lane: REFUSED, oldestWaitingAt: NOW - 500_000 }, 'Refuses since 14:02: 401 invalid token'],
    ['failing', { lane: { ...REFUSED, lastError: '503' } }, 'Is down since 14:02: 503'],
    ['late', { oldestWaitingAt: NOW - 120_000 }, 'Late: its oldest event has waited since 14:10'],
    ['well', { oldestWaitingAt: NOW - 60_000 }, 'Takes what is sent'],
    ['agreement_ends', { agreementUntil: NOW + 90_000 }, 'Its agreement is about to lapse, ends in 90 s'],
    ['well', { agreementUntil: NOW + 14 * 86_400_000 }, 'Takes what is sent'],
    [
      'dead_letters',
      { deadLetters: { count: 50, oldestAt: NOW - 600_000 } },
      '50 events ended undelivered since 14:02',
    ],
    ['dead_letters', { deadLetters: { count: 1, oldestAt: NOW } }, '1 event ended undelivered since 14:12'],
    [
      'well_again',
      { lane: { ...REFUSED, failingSince: undefined } },
      'Takes what is sent again: before, refuses: 401 invalid token',
    ],
    ['well', { lane: { ...REFUSED, failingSince: undefined, lastErrorAt: NOW - 301_000 } }, 'Takes what is sent'],
    ['staged', { percent: 15, until: NOW + 60_000 }, 'A wider contract is staged for 15 % of users, ends in 60 s'],
    ['staged', { until: NOW + 60_000 }, 'A wider contract is staged for everyone, ends in 60 s'],
    ['quiet', { delivered: 0 }, 'Nothing was sent lately'],
  ]
  for (const [state, facts, sentence] of rows)
    test(`${state}: ${sentence}`, () => {
      equal(healthOf({ ...WELL, ...facts }, NOW).state, state)
      equal(sentenceOf(facts), sentence)
    })

  test('each state of the list is one that a partner can be in', () => {
    deepEqual([...new Set(rows.map(([state]) => state))].sort(), [...HEALTH_STATES].sort())
  })

  test('what is bad or wants a look says what to do next, or comes right by itself', () => {
    for (const [, facts, sentence] of rows) {
      const { tone, next, state } = healthOf({ ...WELL, ...facts }, NOW)
      const isDown = facts.lane?.lastError === '503'
      if ((tone === 'bad' || tone === 'warn') && !isDown) match(next, /^[A-Z].*[a-z`]$/, `${state}: ${sentence}`)
    }
  })
})

describe('health: the cause in words, and what helps', () => {
  const rows: readonly [lastError: string, what: string, next: RegExp][] = [
    ['401, “invalid token”', 'Refuses', /credentials/],
    ['403', 'Refuses', /credentials/],
    ['400, code 2804003, “bad event”', 'Refuses', /dead letters/],
    ['200, code 100', 'Refuses', /dead letters/],
    ['429', 'Asks for less', /per_second/],
    ['500', 'Is down', /^$/],
    ['4010', 'Cannot be reached', /^$/],
    ['EGRESS_REFUSED: the address is not public, and was refused', 'Has an address that is not public', /connection/],
    ['ENOTFOUND: the name does not exist', 'Cannot be reached', /host name/],
    ['ECONNREFUSED: nobody listens there', 'Cannot be reached', /^$/],
    ['CERT_HAS_EXPIRED: its certificate has expired', 'Cannot be trusted', /certificate/],
    ['SECRET_UNREADABLE: a secret of its contract cannot be read', 'Is not asked', /secret/],
    ['', 'Fails', /dead letters/],
  ]
  for (const [lastError, what, next] of rows)
    test(lastError === '' ? 'no cause' : lastError, () => {
      const found = causeOf(lastError)
      equal(found.what, what)
      match(found.next, next)
    })
})
