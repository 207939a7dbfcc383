/** Which verdicts read alike: only those that no decision can tell apart. */
import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { finding, policy } from '../../test/support/builders.ts'
import type { Reason } from '../model/reason.ts'
import { ADVERTISING_DIMENSIONS } from '../model/signal.ts'
import { createStateSet, verdictAt } from './states.ts'

const denied = (why: Reason) =>
  verdictAt(policy(), 'US', [finding({ denies: ADVERTISING_DIMENSIONS, withdrawal: true, why })])

describe('diff: verdicts that read alike', () => {
  test('are one state, whatever the reason', () => {
    const set = createStateSet()
    set.add(denied('us_privacy'), denied('choice'), 'by_signal', ['US'])
    set.add(denied('choice'), denied('gpp'), 'opted_out', ['US'])
    deepEqual(
      set.states.map(({ differs, who }) => [differs, [...who.keys()]]),
      [[false, ['by_signal', 'opted_out']]],
    )
  })
  // Partners are told of Global Privacy Control by a header: where it no longer counts they are not, though as much is denied.
  test('are not one where one of them rests on Global Privacy Control: its flag goes to partners', () => {
    const set = createStateSet()
    set.add(denied('gpc'), denied('choice'), 'by_signal', ['US'])
    set.add(denied('choice'), denied('choice'), 'opted_out', ['US'])
    deepEqual(
      set.states.map(({ differs, who }) => [differs, [...who.keys()]]),
      [
        [true, ['by_signal']],
        [false, ['opted_out']],
      ],
    )
  })
})
