import { equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createLease, waitOutMs } from './lease.ts'

/** Two clocks that the test moves. */
function clocks() {
  let [elapsed, wall] = [5_000, 1_700_000_000_000]
  return {
    elapsedMs: () => elapsed,
    wallMs: () => wall,
    move: (ms: number, wallMs = ms): void => {
      elapsed += ms
      wall += wallMs
    },
  }
}
const LENGTH = 3_000

describe('a lease', () => {
  test('there is none before the first renewal', () => equal(createLease(clocks(), LENGTH).holds(), false))
  test('counts from before the renewal was sent, however late its answer', () => {
    const time = clocks()
    const lease = createLease(time, LENGTH)
    const sent = lease.instant()
    time.move(1_000)
    lease.renewed(sent)
    time.move(1_999)
    ok(lease.holds())
    time.move(1)
    equal(lease.holds(), false)
  })
  test('whose answer comes after its end gives nothing', () => {
    const time = clocks()
    const lease = createLease(time, LENGTH)
    const sent = lease.instant()
    time.move(LENGTH)
    lease.renewed(sent)
    equal(lease.holds(), false)
  })
  test('does not hold after the machine was suspended, though its monotonic clock stood still', () => {
    const time = clocks()
    const lease = createLease(time, LENGTH)
    lease.renewed(lease.instant())
    time.move(10, 60_000)
    equal(lease.holds(), false)
  })
  test('does not hold longer where the wall clock is set back', () => {
    const time = clocks()
    const lease = createLease(time, LENGTH)
    lease.renewed(lease.instant())
    time.move(LENGTH, -60_000)
    equal(lease.holds(), false)
  })
  test('a renewal during which the clocks moved apart counts for nothing', () => {
    const time = clocks()
    const lease = createLease(time, LENGTH)
    const sent = lease.instant()
    time.move(10, 400)
    lease.renewed(sent)
    equal(lease.holds(), false)
  })
  test('that was dropped holds no more', () => {
    const lease = createLease(clocks(), LENGTH)
    lease.renewed(lease.instant())
    lease.drop()
    equal(lease.holds(), false)
  })
  test('is over everywhere before a writer has waited it out, though its clock runs 2 % slow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 10_000 }),
        fc.integer({ min: 0, max: 20_000 }),
        fc.double({ min: 0.98, max: 1.02, noNaN: true }),
        (length, late, rate) => {
          const time = clocks()
          const lease = createLease(time, length)
          const sent = lease.instant()
          // The renewal was sent at the latest as the writer committed; its answer takes its time.
          time.move(late * rate)
          lease.renewed(sent)
          const left = waitOutMs(length) - late
          if (left > 0) time.move(left * rate)
          equal(lease.holds(), false)
        },
      ),
    )
  })
})
