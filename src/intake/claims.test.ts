import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Claims } from './claims.ts'

describe('who holds which pairs', () => {
  test('what a thread held goes to others once, and settlements reflect no more than what is still under way', () => {
    const claims = new Claims()
    equal(claims.keep(1, 5), false)
    claims.pulls(1, 100)
    claims.pulls(2, 140)
    claims.gave(1, 3)
    claims.gave(2, 4)
    deepEqual([claims.keep(1, 5), claims.hasKept(1), claims.hasKept(2)], [true, true, false])
    // The other's pair may rest on record 100.
    equal(claims.settled(2, 200), 100)
    equal(claims.resumeOf(1), 100)
    deepEqual(claims.leave(1), [3, 5])
    deepEqual([claims.leave(1), claims.keep(1, 6)], [[], false])
    // Whoever has it now: what was sent of it before is on record from 100 on.
    claims.gave(2, 3)
    equal(claims.settled(2, 300), 100)
    claims.ended(3)
    equal(claims.settled(2, 300), 300)
  })
})
