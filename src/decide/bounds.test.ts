import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { APP, contract, finding, policy } from '../../test/support/builders.ts'
import type { BoundCondition, ContractPlan } from '../model/contract.ts'
import type { Decision } from '../model/decision.ts'
import { ADVERTISING_DIMENSIONS } from '../model/signal.ts'
import { decide } from './decide.ts'
import { createDecisionCache } from './decision-cache.ts'
import { boundTermsOf } from './terms.ts'
import { verdictOf } from './verdict.ts'

const EVERYTHING = { os: 2, user_id: 2, email: 1, property: 1 }

describe('decide: terms that bind as well', () => {
  const AT = 1_000
  const before = contract({
    share: { os: 1, user_id: 2 },
    events: { 'Order Completed': { as: 'purchase', properties: {} } },
  })
  const wider = contract({ share: { os: 2, user_id: 1, email: 1 } })
  const under = (when: BoundCondition, point?: number, old: ContractPlan | null = before, at = AT) => {
    const terms = boundTermsOf({ ...wider, bounds: [{ contract: old, when }] }, () => EVERYTHING, false)
    const input = {
      accepted: terms,
      now: terms,
      app: APP,
      eventKey: 'Order Completed',
      verdict: OPEN,
      finestCoarse: 4,
      at,
      point,
    }
    const decision = decide(input)
    // Remembered decisions must tell the same states apart.
    deepEqual(cached(input, ''), decision)
    return decision
  }
  const cached = createDecisionCache()
  const OPEN = verdictOf({ policy: policy(), findings: [], countries: ['US'], regions: undefined })
  const levelsOf = (decision: Decision) =>
    decision.kind === 'send'
      ? [decision.fields.os, decision.fields.user_id, decision.fields.email].map(({ level, why }) => `${level} ${why}`)
      : [decision.why]
  const WHOLE = ['2 agreed', '1 generalised', '1 agreed']

  const rows: readonly (readonly [string, BoundCondition, number | undefined, readonly string[]])[] = [
    ['while it waits', { kind: 'always' }, 5, ['1 generalised', '1 generalised', '0 not_granted']],
    ['before its end', { kind: 'from', at: AT + 1 }, 5, WHOLE],
    ['at its end', { kind: 'from', at: AT }, 5, ['1 lapsed', '1 generalised', '0 lapsed']],
    ['within the share', { kind: 'outside', percent: 10 }, 9.99, WHOLE],
    ['at the edge of the share', { kind: 'outside', percent: 10 }, 10, ['1 rollout', '1 generalised', '0 rollout']],
    ['without an identity', { kind: 'outside', percent: 100 }, undefined, ['1 rollout', '1 generalised', '0 rollout']],
  ]
  for (const [what, when, point, expected] of rows) {
    test(`${what}: ${expected.join(', ')}`, () => deepEqual(levelsOf(under(when, point)), expected))
  }

  test('a property that the terms before do not name passes only where they do not bind', () => {
    const named = (decision: Decision) => (decision.kind === 'send' ? Object.keys(decision.properties) : [])
    deepEqual(named(under({ kind: 'always' })), [])
    deepEqual(named(under({ kind: 'from', at: AT + 1 })), ['revenue', 'traits.plan'])
  })

  test('a new partner gets nothing outside of its share or its time', () => {
    deepEqual(levelsOf(under({ kind: 'outside', percent: 10 }, 50, null)), ['rollout'])
    deepEqual(levelsOf(under({ kind: 'from', at: AT }, 5, null)), ['lapsed'])
  })

  test('what a person said is still the reason, where it is one', () => {
    const strict = { ...before, whenRestricted: { send: 'nothing' as const, share: {} } }
    const terms = boundTermsOf(
      { ...wider, bounds: [{ contract: strict, when: { kind: 'always' } }] },
      () => EVERYTHING,
      false,
    )
    const optedOut = verdictOf({
      policy: policy(),
      findings: [finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true })],
      countries: ['US'],
      regions: undefined,
    })
    deepEqual(
      decide({
        accepted: terms,
        now: terms,
        app: APP,
        eventKey: 'Order Completed',
        verdict: optedOut,
        finestCoarse: 4,
        at: AT,
      }),
      { kind: 'withhold', why: 'choice' },
    )
  })

  test('bounds of bounds bind as well', () => {
    const inner: ContractPlan = { ...wider, bounds: [{ contract: before, when: { kind: 'from', at: AT } }] }
    deepEqual(levelsOf(under({ kind: 'outside', percent: 50 }, 60, inner)), ['1 rollout', '1 rollout', '0 rollout'])
  })
})
