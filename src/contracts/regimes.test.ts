import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isLooser, resolveRules } from './regimes.ts'

describe('rules by age band', () => {
  test('one rule holds for every age but under 13, which is never', () => {
    assert.deepEqual(resolveRules('allow'), {
      under_13: 'never',
      '13_15': 'allow',
      '16_17': 'allow',
      adult: 'allow',
      unknown: 'allow',
    })
  })

  test('a band named beats the default', () => {
    assert.deepEqual(resolveRules({ default: 'unless_opted_out', '13_15': 'only_if_opted_in', '16_17': 'never' }), {
      under_13: 'never',
      '13_15': 'only_if_opted_in',
      '16_17': 'never',
      adult: 'unless_opted_out',
      unknown: 'unless_opted_out',
    })
  })

  test('a band that nothing names has no rule', () => {
    assert.equal(resolveRules({ adult: 'allow' }).unknown, undefined)
  })
})

test('rules run from allow, the loosest, to never', () => {
  assert.equal(isLooser('allow', 'unless_opted_out'), true)
  assert.equal(isLooser('unless_opted_out', 'only_if_opted_in'), true)
  assert.equal(isLooser('only_if_opted_in', 'never'), true)
  assert.equal(isLooser('never', 'never'), false)
  assert.equal(isLooser('never', 'allow'), false)
})
