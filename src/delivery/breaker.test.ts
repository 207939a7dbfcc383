import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PARTNER } from '../../test/support/builders.ts'
import type { PartnerId } from '../model/brand.ts'
import type { Outcome } from '../model/disclosure.ts'
import { createBreakers } from './breaker.ts'

const DELIVERED: Outcome = { kind: 'delivered', status: 200 }
const BUSY: Outcome = { kind: 'refused', status: 503, retry: true }
const BAD: Outcome = { kind: 'refused', status: 400, retry: false }
const CANCELLED: Outcome = { kind: 'cancelled_not_sent', why: 'choice' }

function bench() {
  let time = 1_000_000
  const told: string[] = []
  const breakers = createBreakers(() => time, {
    failing: (_, cause) => told.push(cause),
    wellAgain: (_, failures) => told.push(`well after ${failures}`),
  })
  const ask = (outcome: Outcome, cause = '', partner: PartnerId = PARTNER): boolean => {
    const permit = breakers.admit(partner)
    permit?.ended(outcome, cause)
    return permit !== undefined
  }
  return {
    breakers,
    told,
    ask,
    state: () => breakers.state(PARTNER).breaker,
    at: () => time,
    pass: (ms: number) => {
      time += ms
    },
  }
}

describe('a breaker', () => {
  test('opens after five failures in a row, lets one through five seconds later, and closes when that one is taken', () => {
    const { breakers, ask, state, pass } = bench()
    for (let n = 0; n < 5; n++) equal(ask(BUSY), true)
    deepEqual([state(), ask(DELIVERED)], ['open', false])
    pass(5_000)
    const probe = breakers.admit(PARTNER)
    deepEqual([state(), breakers.admit(PARTNER)], ['half_open', undefined])
    probe?.ended(DELIVERED, '')
    deepEqual([state(), ask(BUSY), ask(BUSY)], ['closed', true, true])
  })

  test('opens again where the one let through fails; one that says nothing leaves the place to another', () => {
    const { breakers, ask, state, pass } = bench()
    for (let n = 0; n < 5; n++) ask(BUSY)
    pass(5_000)
    equal(ask(CANCELLED), true)
    breakers.admit(PARTNER)?.unused()
    equal(ask(BUSY), true)
    equal(state(), 'open')
    pass(5_000)
    // Refused for what it holds: the partner is there.
    deepEqual([ask(BAD), state()], [true, 'closed'])
  })

  const innocent: readonly Outcome[] = [
    DELIVERED,
    BAD,
    CANCELLED,
    { kind: 'failed_before_write', code: 'SECRET_UNREADABLE' },
    { kind: 'failed_before_write', code: 'PARTNER_RESTS' },
    { kind: 'failed_before_write', code: 'DEADLINE_PASSED' },
    { kind: 'unknown_after_write', code: 'ANSWER_LATE' },
    { kind: 'unknown_after_write', code: 'ANSWER_UNREADABLE' },
    { kind: 'unknown_after_write', code: 'STOPPED' },
  ]
  for (const outcome of innocent)
    test(`is not opened by ${JSON.stringify(outcome)}`, () => {
      const { ask, state } = bench()
      for (let n = 0; n < 10; n++) ask(outcome)
      equal(state(), 'closed')
    })

  test('what had its permit before is not valid any more, what has it after is', () => {
    const { breakers, ask, pass } = bench()
    const before = breakers.admit(PARTNER)
    for (let n = 0; n < 5; n++) ask(BUSY)
    equal(before?.isValid(), false)
    pass(5_000)
    equal(breakers.admit(PARTNER)?.isValid(), true)
  })

  test('one partner’s failures are nobody else’s', () => {
    const { ask } = bench()
    for (let n = 0; n < 6; n++) ask(BUSY)
    equal(ask(DELIVERED, '', 'other' as PartnerId), true)
  })
})

describe('a partner that asks for a rest', () => {
  const asked = (retryAfterMs: number): Outcome => ({ kind: 'refused', status: 429, retry: true, retryAfterMs })

  test('has it, whoever was told: nothing begins before, and what had its permit does not either', () => {
    const { breakers, ask, pass } = bench()
    const waiting = breakers.admit(PARTNER)
    equal(ask(asked(120_000)), true)
    deepEqual([ask(DELIVERED), waiting?.isValid(), breakers.waitMs(PARTNER)], [false, false, 120_000])
    pass(119_999)
    equal(ask(DELIVERED), false)
    pass(1)
    equal(ask(DELIVERED), true)
  })

  test('the longest of several counts; none at all, or 0, is no rest', () => {
    const { breakers, ask } = bench()
    const [first, second] = [breakers.admit(PARTNER), breakers.admit(PARTNER)]
    first?.ended(asked(9_000), '')
    second?.ended(asked(3_000), '')
    equal(breakers.waitMs(PARTNER), 9_000)
    const other = bench()
    deepEqual([other.ask(asked(0)), other.ask(BUSY), other.ask(DELIVERED)], [true, true, true])
    equal(ask(DELIVERED), false)
  })
})

describe('what is told of a partner', () => {
  test('one line a minute while it fails, one when it is well again, and nothing while it is', () => {
    const { ask, told, pass, breakers } = bench()
    ask(DELIVERED)
    ask(BUSY, '503 first')
    ask(BUSY, '503 second')
    pass(60_000)
    ask(BAD, '400 third')
    ask(DELIVERED)
    ask(DELIVERED)
    deepEqual(told, ['503 first', '400 third', 'well after 3'])
    equal(breakers.state(PARTNER).lastError, '400 third')
  })

  test('since when it fails is the first failure after the last delivery, and over with the next one', () => {
    const { ask, pass, breakers, at } = bench()
    const since = () => breakers.state(PARTNER).failingSince
    equal(since(), undefined)
    ask(DELIVERED)
    const first = at()
    ask(BUSY, '503')
    pass(4_000)
    ask(BAD, '400')
    equal(since(), first)
    ask(DELIVERED)
    equal(since(), undefined)
    pass(1_000)
    ask(BUSY, '503')
    equal(since(), first + 5_000)
  })
})
