/** What every implementation of `Aging` promises: permissions end by time, restrictions never do, and a link leaves them behind. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { createFreshness, type SharedFreshness } from '../../src/choices/freshness.ts'
import type { Aging, Choices, Freshness } from '../../src/choices/ports.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import type { ChoiceStatement } from '../../src/model/choice.ts'
import { PRECISE_LOCATION, SALE, SHARING } from '../../src/model/signal.ts'

type Aged = Choices & Aging
export interface AgingUnderTest {
  readonly choices: Aged
  end(): Promise<void>
}

const JANUARY = Date.UTC(2026, 0, 10)
const JUNE = Date.UTC(2026, 5, 10)
const month = (year: number, ofYear: number): number => (year - 1970) * 12 + ofYear - 1

export function agingContract(start: (freshness: Freshness, now: () => number) => Promise<AgingUnderTest>): void {
  let underTest: AgingUnderTest
  let choices: Aged
  let freshness: SharedFreshness
  beforeEach(async () => {
    freshness = createFreshness(1)
    freshness.registerDataThread()
    underTest = await start(freshness, () => JUNE)
    choices = underTest.choices
  })
  afterEach(async () => {
    await underTest.end()
    freshness.close()
  })

  const key = (value: string): IdentityKey => choices.keyOf({ kind: 'user', value })
  const put = (value: string, said: Partial<ChoiceStatement>) =>
    choices.put([key(value)], {
      denies: 0,
      permits: 0,
      child: false,
      channel: 'user_token',
      saidBy: 'user',
      at: JANUARY,
      ...said,
    })
  const meet = (values: readonly string[], at = JANUARY) =>
    choices.observe([{ identities: values.map(key), restricting: [], lifting: [], at }])
  const bits = (value: string): readonly [denied: number, permitted: number] => {
    const { findings } = choices.lookup([key(value)]).standing
    return [
      findings.reduce((all, { denies }) => all | denies, 0),
      findings.reduce((all, { permits }) => all | permits, 0),
    ]
  }

  describe('a permission', () => {
    test('said before the time ends, in force when the call resolves; a later one goes on', async () => {
      await put('old', { permits: PRECISE_LOCATION })
      await put('new', { permits: PRECISE_LOCATION, at: JUNE })
      const { stamp } = choices.lookup([key('old')])
      equal(await choices.expirePermissions(JUNE), 1)
      deepEqual(
        [bits('old'), bits('new')],
        [
          [0, 0],
          [0, PRECISE_LOCATION],
        ],
      )
      equal(choices.isCurrent(stamp, [key('old')]), false)
      equal(await choices.expirePermissions(JUNE), 0)
    })

    test('said again counts from then', async () => {
      await put('ann', { permits: SALE })
      await put('ann', { permits: SALE, at: JUNE })
      equal(await choices.expirePermissions(JUNE), 0)
      deepEqual(bits('ann'), [0, SALE])
    })

    test('that came with an opt-out ends alone: what is denied stays, as said then', async () => {
      await put('ann', { denies: SALE, permits: PRECISE_LOCATION })
      await choices.expirePermissions(JUNE)
      deepEqual(bits('ann'), [SALE, 0])
      deepEqual(
        (await choices.list([key('ann')])).map(({ denies, permits, at, channel }) => [denies, permits, at, channel]),
        [[SALE, 0, JANUARY, 'user_token']],
      )
    })

    test('that ended may be given again, and what stayed may be lifted', async () => {
      await put('ann', { denies: SALE, permits: PRECISE_LOCATION })
      await choices.expirePermissions(JUNE)
      await put('ann', { permits: SALE | PRECISE_LOCATION, at: JUNE })
      deepEqual(bits('ann'), [0, SALE | PRECISE_LOCATION])
    })
  })

  test('nothing that restricts ends by time, however old', async () => {
    await put('out', { denies: 7, at: 1 })
    await put('child', { child: true, channel: 'staff', at: 1 })
    await choices.observe([
      {
        identities: [key('gpc')],
        restricting: [
          {
            signal: 'gpc',
            denies: 7,
            permits: 0,
            deviceLimit: false,
            child: false,
            countryOnly: false,
            withdrawal: true,
            why: 'gpc',
          },
        ],
        lifting: [],
        at: 1,
      },
    ])
    const before = ['out', 'child', 'gpc'].map((one) => choices.lookup([key(one)]).standing)
    equal(await choices.expirePermissions(Number.MAX_SAFE_INTEGER), 0)
    deepEqual(
      ['out', 'child', 'gpc'].map((one) => choices.lookup([key(one)]).standing),
      before,
    )
  })

  describe('a link', () => {
    test('that nothing confirmed is forgotten; one that was seen since stays', async () => {
      await meet(['a', 'b'])
      await meet(['c', 'd'])
      await meet(['c', 'd'], JUNE)
      equal(await choices.pruneLinks(month(2026, 3)), 1)
      equal((await choices.counts()).links, 1)
      await put('a', { denies: SALE, at: JUNE })
      await put('c', { denies: SALE, at: JUNE })
      deepEqual([bits('b')[0], bits('d')[0]], [0, SALE])
      equal(await choices.pruneLinks(month(2026, 3)), 0)
    })

    test('leaves to each end what restricts the other, as its own', async () => {
      await meet(['a', 'b'])
      await put('a', { denies: SALE })
      await put('b', { denies: SHARING })
      await choices.pruneLinks(month(2026, 3))
      deepEqual([bits('a')[0], bits('b')[0]], [SALE | SHARING, SALE | SHARING])
      // What a lifts of its own is b's business no longer, and the other way round.
      await put('a', { permits: SALE | SHARING, at: JUNE })
      deepEqual(bits('b')[0], SALE | SHARING)
    })

    test('leaves it in both directions, whichever end comes first', async () => {
      const ordered = (pair: readonly string[]) => pair.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
      const [a, b] = ordered(['a', 'b']) as [string, string]
      const [c, d] = ordered(['c', 'd']) as [string, string]
      await meet([a, b])
      await meet([c, d])
      for (const one of [a, c]) await put(one, { denies: SALE })
      for (const one of [b, d]) await put(one, { denies: SHARING })
      await choices.pruneLinks(month(2026, 3))
      for (const one of [a, d]) await put(one, { permits: SALE | SHARING, at: JUNE })
      deepEqual([bits(b)[0], bits(c)[0]], [SALE | SHARING, SALE | SHARING])
    })

    test('leaves it to those linked to that end, too', async () => {
      await meet(['a', 'b'])
      await meet(['b', 'c'], JUNE)
      await put('a', { denies: SALE })
      await choices.pruneLinks(month(2026, 3))
      await put('a', { permits: SALE, at: JUNE })
      deepEqual([bits('b')[0], bits('c')[0]], [SALE, SALE])
    })

    test('leaves nothing behind that its own person could not lift', async () => {
      await meet(['a', 'b'])
      await put('a', { denies: SALE })
      await choices.pruneLinks(month(2026, 3))
      await put('a', { permits: SALE, at: JUNE })
      deepEqual(bits('a'), [0, SALE])
    })

    test('passes on no permission', async () => {
      await meet(['a', 'b'])
      await put('a', { permits: PRECISE_LOCATION })
      await choices.pruneLinks(month(2026, 3))
      deepEqual(bits('b'), [0, 0])
    })

    test('comes back with the next event that carries it', async () => {
      await meet(['a', 'b'])
      await choices.pruneLinks(month(2026, 3))
      await meet(['a', 'b'], JUNE)
      await put('a', { denies: SALE, at: JUNE })
      equal(bits('b')[0], SALE)
    })
  })

  test('of many, page by page, all are seen', async () => {
    const people = Array.from({ length: 2_500 }, (_, n) => `p-${n}`)
    await choices.observe(
      people.map((one) => ({ identities: [key(one), key(`${one}-d`)], restricting: [], lifting: [], at: JANUARY })),
    )
    await Promise.all(people.map((one) => put(one, { permits: SALE })))
    equal(await choices.expirePermissions(JUNE), people.length)
    equal(await choices.pruneLinks(month(2026, 3)), people.length)
    ok(people.every((one) => bits(one)[1] === 0))
  })
}
