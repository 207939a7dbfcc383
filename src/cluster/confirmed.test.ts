import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeId } from '../model/brand.ts'
import { type CellRow, NO_LEASE } from '../storage/postgres/cells.ts'
import { createConfirmations } from './confirmed.ts'

const SELF = '0' as NodeId
const WAIT_OUT = 3_260
const row = (id: string, applied: number, renewed = 'first'): CellRow => ({
  id: id as NodeId,
  applied,
  renewed,
  internal: null,
  owns: false,
})

/** Cells as the test says, and a clock that runs while somebody pauses. */
function house(cells: (elapsedMs: number) => readonly CellRow[] | Error) {
  let elapsed = 0
  const confirmations = createConfirmations({
    self: SELF,
    look: async () => {
      const seen = cells(elapsed)
      if (seen instanceof Error) throw seen
      return seen
    },
    elapsedMs: () => elapsed,
    waitOutMs: WAIT_OUT,
    later: (ms, call) => {
      // The shortest pause ends first: looks are answered at once, so only the pauses between them move the clock.
      if (ms > 100) return
      elapsed += ms
      setImmediate(call)
    },
  })
  return {
    confirmations,
    elapsed: () => elapsed,
    pass: (ms: number): void => {
      elapsed += ms
    },
  }
}

describe('an append is in force everywhere', () => {
  test('at once where every other cell has confirmed it', async () => {
    const { confirmations, elapsed } = house(() => [row('0', 0), row('1', 7), row('2', 9)])
    await confirmations.upTo(7)
    equal(elapsed(), 0)
  })
  test('as soon as the last one has', async () => {
    const { confirmations, elapsed } = house((ms) => [row('1', 7), row('2', ms < 100 ? 6 : 7, `at ${ms}`)])
    await confirmations.upTo(7)
    equal(elapsed(), 100)
  })
  test('after the wait-out where one goes on renewing and does not confirm', async () => {
    const { confirmations, elapsed } = house((ms) => [row('1', 6, `at ${ms}`)])
    await confirmations.upTo(7)
    ok(elapsed() >= WAIT_OUT, String(elapsed()))
  })
  test('after the wait-out where the database does not answer', async () => {
    const { confirmations, elapsed } = house(() => new Error('gone'))
    await confirmations.upTo(7)
    ok(elapsed() >= WAIT_OUT, String(elapsed()))
  })
  test('at once where the one that is missing has not renewed for a wait-out, and was looked at since', async () => {
    const { confirmations, elapsed, pass } = house(() => [row('1', 6), row('2', 9)])
    confirmations.seen([row('1', 6), row('2', 7)])
    pass(WAIT_OUT)
    deepEqual(confirmations.unconfirmed(7), [])
    await confirmations.upTo(7)
    equal(elapsed(), WAIT_OUT)
  })
  test('not where that one has come back meanwhile', async () => {
    const { confirmations, elapsed, pass } = house((ms) => [row('1', 6, ms < 2 * WAIT_OUT ? 'again' : 'gone')])
    confirmations.seen([row('1', 6)])
    pass(WAIT_OUT)
    await confirmations.upTo(7)
    ok(elapsed() >= 2 * WAIT_OUT, String(elapsed()))
  })
  test('at once where the one that is missing was closed', async () => {
    const { confirmations, elapsed } = house(() => [row('1', 6, NO_LEASE)])
    await confirmations.upTo(7)
    equal(elapsed(), 0)
  })
  test('at once where this is the only cell', async () => {
    const { confirmations, elapsed } = house(() => [row('0', 0, 'now')])
    await confirmations.upTo(7)
    equal(elapsed(), 0)
  })
})
