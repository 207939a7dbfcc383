import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IntakeTotals, PairTotals } from '../intake/ports.ts'
import { openAccountingHistory, type Sample, thinned } from './accounting-history.ts'
import { windowOf } from './routes/accounting-window.ts'

const MINUTE_MS = 60_000

function sample(at: number, count: number, lost = 0): Sample {
  const pairs: PairTotals = {
    routed: 2 * count,
    settled: { delivered: count - lost, withheld: count, expired: 0, dead: 0, erased: 0, unresolved: 0 },
    withheldBy: { choice: count },
    pending: 0,
    oldestPendingAt: undefined,
  }
  const totals: IntakeTotals = {
    events: { received: count + 3, accepted: count, rejected: 1, duplicate: 2 },
    rejectedByCode: {},
    pairs: { acme: pairs },
  }
  return { at, totals, failures: { acme: count } }
}

describe('the window of the books', () => {
  test('counts what came within it, and leaves no remainder', () => {
    const { from, to, complete, events, pairs, remainder } = windowOf([sample(0, 10), sample(10_000, 30)], 0)
    deepEqual([from, to, complete, remainder], [0, 10_000, true, 0])
    deepEqual(events, { received: 20, accepted: 20, rejected: 0, duplicate: 0, remainder: 0 })
    const { routed, settled, withheldBy, failures } = pairs.acme!
    deepEqual([routed, settled.delivered, settled.withheld, withheldBy, failures], [40, 20, 20, { choice: 20 }, 20])
  })

  test('a pair that went missing is the remainder', () => {
    const { pairs, remainder } = windowOf([sample(0, 10), sample(10_000, 30, 1)], 0)
    deepEqual([pairs.acme?.remainder, remainder], [1, 1])
  })

  test('a pair that waited before it, and was sent within it, is no remainder', () => {
    const before = sample(0, 10)
    const acme = before.totals.pairs.acme!
    const waiting = { ...acme, settled: { ...acme.settled, delivered: 9 }, pending: 1 }
    const first = { ...before, totals: { ...before.totals, pairs: { acme: waiting } } }
    const { pairs, remainder } = windowOf([first, sample(10_000, 10)], 0)
    deepEqual([pairs.acme?.waitedBefore, pairs.acme?.settled.delivered, remainder], [1, 1, 0])
  })

  test('says that the gateway started within it', () => {
    equal(windowOf([sample(5_000, 0), sample(10_000, 1)], 0).complete, false)
  })

  test('rates hold for the time since the point before', () => {
    const { series } = windowOf([sample(0, 0), sample(10_000, 20), sample(20_000, 20)], 0)
    deepEqual(series.times, [10_000, 20_000])
    deepEqual(series.received, [2, 0])
    deepEqual(series.partners.acme?.failures, [120, 0])
  })
})

describe('the history of the books', () => {
  test('keeps one sample a minute of what is older than an hour, and nothing older than a day', () => {
    const day = 24 * 60
    const samples = Array.from({ length: 2 * day * 6 }, (_, index) => sample(index * 10_000, 0))
    const kept = thinned(samples)
    const newest = samples.at(-1)!.at
    equal(kept.filter(({ at }) => newest - at <= 60 * MINUTE_MS).length, 361)
    // And one of the minute in which the day began.
    equal(kept.length, 361 + day - 60 + 1)
  })

  test('begins with the newest sample that is old enough', async () => {
    const clock = { now: 0 }
    const { totals } = sample(0, 0)
    const history = openAccountingHistory({
      totals: async () => totals,
      lanes: () => [],
      now: () => clock.now,
      failed: (_, error) => {
        throw error
      },
    })
    await Promise.resolve()
    await Promise.resolve()
    clock.now = 7_000
    deepEqual(
      (await history.since(3_000)).map(({ at }) => at),
      [0, 7_000],
    )
    history.close()
  })
})
