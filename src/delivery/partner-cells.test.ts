import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { PARTNER } from '../../test/support/builders.ts'
import type { PartnerId } from '../model/brand.ts'
import { createBreakers } from './breaker.ts'
import { createPace } from './pace.ts'
import { createSharedCells } from './partner-cells.ts'

/** Two data threads over one memory, as two sets of objects. */
function two() {
  const a = createSharedCells(0, 2)
  return { a, b: createSharedCells(1, 2, a.memory) }
}
const QUIET = { failing: () => undefined, wellAgain: () => undefined }
const BUSY = { kind: 'refused', status: 503, retry: true } as const

describe('what data threads share of a partner', () => {
  test('a breaker that one thread opens, or a rest that it was asked for, holds for the other, and for no other partner', () => {
    let time = 1_000_000
    const { a, b } = two()
    const [here, there] = [a, b].map((cells) => createBreakers(() => time, QUIET, cells))
    const permit = there!.admit(PARTNER)
    for (let n = 0; n < 5; n++) here!.admit(PARTNER)?.ended(BUSY, 'busy')
    deepEqual([there!.admit(PARTNER), permit?.isValid(), there!.state(PARTNER).failures], [undefined, false, 5])
    equal(there!.waitMs('another' as PartnerId), 0)
    time += 5_000
    // One of them may look whether somebody is there again.
    const probe = here!.admit(PARTNER)
    deepEqual([there!.admit(PARTNER), there!.state(PARTNER).breaker], [undefined, 'half_open'])
    probe?.ended({ kind: 'delivered', status: 200 }, '')
    equal(there!.state(PARTNER).breaker, 'closed')
    here!.admit(PARTNER)?.ended({ ...BUSY, retryAfterMs: 60_000 }, 'busy')
    equal(there!.waitMs(PARTNER), 60_000)
  })

  test('one pace, and no more envelopes at once than the contract allows; a thread that ended holds none', () => {
    let time = 1_000_000
    const { a, b } = two()
    const [here, there] = [a, b].map((cells) =>
      createPace(
        () => 10,
        () => time,
        cells.of(PARTNER).eventsPace,
      ),
    )
    deepEqual([here!.take(7), there!.take(7), here!.take(7), there!.waitMs()], [7, 3, 0, 100])
    there!.giveBack(2)
    time += 100
    equal(here!.take(7), 3)
    const [mine, theirs] = [a.of(PARTNER).seats, b.of(PARTNER).seats]
    deepEqual([mine.take(4, 2), theirs.take(4, 4), mine.take(4, 1)], [2, 2, 0])
    theirs.leave(1)
    equal(mine.take(4, 4), 1)
    b.release(0)
    deepEqual([theirs.take(4, 9)], [3])
  })

  test('a thread that ends with the one request of a half-open breaker leaves its place to another', () => {
    let time = 1_000_000
    const { a, b } = two()
    const [here, there] = [a, b].map((cells) => createBreakers(() => time, QUIET, cells))
    for (let n = 0; n < 5; n++) here!.admit(PARTNER)?.ended(BUSY, 'busy')
    time += 5_000
    here!.admit(PARTNER)
    equal(there!.admit(PARTNER), undefined)
    b.release(0)
    equal(there!.admit(PARTNER) === undefined, false)
  })
})
