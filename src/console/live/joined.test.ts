import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { joined, NOTHING_SEEN } from './joined.ts'

const at = '2026-11-30T12:00:00.000Z'
const answer = (items: readonly object[]) =>
  ({ items, next: 'a.1', more: false, missed: 0, passed: 1, shown: 1, may_open: false }) as never
const event = (id: number) => ({
  seq: id,
  at,
  kind: 'event',
  id,
  app: 'shop',
  event: 'Order Completed',
  type: 'track',
  arrival: 'accepted',
  partners: ['acme'],
  stopped: [],
  leaves: [],
  more: 0,
  bytes: 10,
})
const pair = (id: number, result: string, partner = 'acme') => ({
  seq: 100 + id,
  at,
  kind: 'pair',
  id,
  partner,
  result,
  why: 'agreed',
  because: '',
  cause: '',
  fields: [],
})

describe('what passes, joined', () => {
  test('a pair belongs to its event, whichever comes first, and a later try takes the place of an earlier one', () => {
    let seen = joined(NOTHING_SEEN, answer([pair(1, 'again')]))
    deepEqual(
      seen.rows.map(({ event: one, pairs }) => [one?.event, pairs.length]),
      [[undefined, 1]],
    )
    seen = joined(seen, answer([event(1), pair(1, 'sent'), pair(1, 'withheld', 'other')]))
    deepEqual(
      seen.rows.map(({ event: one, pairs }) => [
        one?.event,
        pairs.map(({ partner, result }) => `${partner} ${result}`),
      ]),
      [['Order Completed', ['acme sent', 'other withheld']]],
    )
  })

  test('the newest stands first, and no more than two hundred are held', () => {
    let seen = NOTHING_SEEN
    for (let id = 1; id <= 300; id++) seen = joined(seen, answer([event(id)]))
    deepEqual([seen.rows.length, seen.rows[0]?.key, seen.rows.at(-1)?.key], [200, 'e300', 'e101'])
  })

  test('what was missed adds up', () => {
    const once = joined(NOTHING_SEEN, { ...(answer([]) as object), missed: 3 } as never)
    equal(joined(once, { ...(answer([]) as object), missed: 4 } as never).missed, 7)
  })
})
