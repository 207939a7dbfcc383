import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IdentityKey } from '../model/brand.ts'
import type { AcceptedEvent } from '../model/event.ts'
import { createEventWindow } from './event-window.ts'

const about = (...identities: string[]): AcceptedEvent => ({ identityKeys: identities }) as unknown as AcceptedEvent

describe('the window of parsed events', () => {
  test('holds an event until every partner has settled it', () => {
    const window = createEventWindow(100_000)
    const event = about('ann')
    window.put(1, event, 10, 2)
    window.settled(1)
    equal(window.get(1), event)
    window.settled(1)
    equal(window.get(1), undefined)
    window.settled(1)
  })

  test('holds nothing that no partner will ask for', () => {
    const window = createEventWindow(100_000)
    window.put(1, about('ann'), 10, 0)
    equal(window.get(1), undefined)
  })

  test('lets go of what was used longest ago when it is full', () => {
    // Each takes 300 × 3 + 256 = 1,156 bytes: two fit.
    const window = createEventWindow(2_500)
    window.put(1, about('a'), 300, 1)
    window.put(2, about('b'), 300, 1)
    window.get(1)
    window.put(3, about('c'), 300, 1)
    deepEqual(
      [1, 2, 3].map((seq) => window.get(seq)?.identityKeys),
      [['a'], undefined, ['c']],
    )
  })

  test('lets go of a person by any of their identities', () => {
    const window = createEventWindow(100_000)
    window.put(1, about('ann', 'anns-phone'), 10, 1)
    window.put(2, about('bob'), 10, 1)
    window.evict(['anns-phone' as IdentityKey])
    deepEqual([window.get(1), window.get(2)?.identityKeys], [undefined, ['bob']])
  })
})
