import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRate } from './rates.ts'

describe('a rate', () => {
  test('gives a minute’s worth at once, then steadily, and says how long to wait', () => {
    let now = 0
    const rate = createRate(60, () => now)
    for (let call = 0; call < 60; call++) equal(rate.take('a'), true)
    equal(rate.take('a'), false)
    equal(rate.waitSeconds('a'), 1)
    now = 999
    equal(rate.take('a'), false)
    now = 1_000
    equal(rate.take('a'), true)
    equal(rate.take('a'), false)
  })

  test('of one caller is not another’s, and looking takes nothing', () => {
    const rate = createRate(1, () => 0)
    equal(rate.take('a'), true)
    equal(rate.hasLeft('b'), true)
    equal(rate.hasLeft('b'), true)
    equal(rate.take('b'), true)
    equal(rate.waitSeconds('b'), 60)
  })

  test('a clock that goes back refills nothing', () => {
    let now = 60_000
    const rate = createRate(1, () => now)
    rate.take('a')
    now = 0
    equal(rate.take('a'), false)
    now = 59_000
    equal(rate.take('a'), false)
  })

  test('a million callers take no more memory than ten thousand', () => {
    const rate = createRate(1, () => 0)
    rate.take('first')
    for (let caller = 0; caller < 20_000; caller++) rate.take(`${caller}`)
    equal(rate.take('first'), true, 'forgotten')
  })
})
