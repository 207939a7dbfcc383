/** P4 as a race: 200 people opt out while what they sent is on its way, on both fronts. `npm run test:race` has 10,000. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Arrival } from '../faults/arrivals.ts'
import { runRace } from './campaign.ts'
import { isClean, judge, type Leaver, linesOf } from './judge.ts'
import { advertisingIdOf, tagOf } from './partners.ts'

describe('opt-outs that race with sends', () => {
  test('none of 200 is ignored by a request that begins after its acknowledgement', {
    timeout: 600_000,
  }, async (t) => {
    const verdict = await runRace({
      optOuts: 200,
      seed: 'npm test',
      say: (line) => t.diagnostic(line),
      signal: t.signal,
    })
    for (const line of linesOf(verdict)) t.diagnostic(line)
    deepEqual([verdict.optOuts, verdict.ignoring], [200, []])
    ok(verdict.pending * 2 >= verdict.optOuts, `only ${verdict.pending} had something pending`)
    ok(verdict.pendingEvents > 0 && verdict.named.events > 0 && verdict.named.relayed > 0, 'a verdict about nothing')
  })
})

describe('the judge of the race', () => {
  const leaver = (part: Partial<Leaver> = {}): Leaver => ({
    person: 7,
    order: 1,
    effectMs: 4,
    events: 1,
    relayed: true,
    ...part,
  })
  const arrival = (partner: string, order: number, body: object): Arrival => ({
    partner,
    order,
    body: JSON.stringify(body),
    isWhole: true,
  })
  const event = { batch: [{ message_id: 'm-1', properties: { who: tagOf(7) } }] }
  const bid = { device: { ifa: advertisingIdOf(7).toLowerCase() } }

  const rows: [string, readonly Arrival[], number][] = [
    ['an event that began before is none', [arrival('forming', 0, event)], 0],
    ['an event that began after is one', [arrival('forming', 1, event)], 1],
    ['a relayed request with the device’s id is one, however it is spelt', [arrival('bidder', 2, bid)], 1],
    ['an item without a name is none', [arrival('limited', 3, { batch: [{ message_id: 'm-1' }] })], 0],
    ['another person’s is none', [arrival('limited', 3, { properties: { who: tagOf(8) } })], 0],
  ]
  for (const [what, arrivals, ignoring] of rows)
    test(`of requests that ignore an opt-out ${what}`, () => {
      equal(judge([leaver()], arrivals).ignoring.length, ignoring)
    })

  test('counts as pending whoever has an item that no partner had seen by then', () => {
    const seen = ['saturated', 'forming', 'limited'].map((partner) => arrival(partner, 0, event))
    const pendingOf = (one: Leaver, arrivals: readonly Arrival[]) => {
      const { pending, pendingEvents, pendingRelayed } = judge([one], arrivals)
      return [pending, pendingEvents, pendingRelayed]
    }
    deepEqual(pendingOf(leaver({ order: 5 }), [...seen, arrival('bidder', 4, bid)]), [0, 0, 0])
    deepEqual(pendingOf(leaver({ order: 5 }), seen), [1, 0, 1])
    deepEqual(pendingOf(leaver({ order: 5 }), [...seen.slice(1), arrival('bidder', 4, bid)]), [1, 1, 0])
    deepEqual(pendingOf(leaver({ order: 5, relayed: false }), seen), [0, 0, 0])
  })

  test('is clean only where nobody was ignored and half had something pending', () => {
    equal(isClean(judge([], [])), false)
    equal(isClean(judge([leaver()], [])), true)
    equal(isClean(judge([leaver()], [arrival('bidder', 2, bid)])), false)
  })
})
