/** What every intake must do, whatever stands behind it. */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import type { Intake } from '../../src/intake/ports.ts'
import type { IdentityKey, PartnerId, Position } from '../../src/model/brand.ts'
import { TOO_SLOW, withMoreTime } from '../support/patience.ts'
import { until } from '../support/until.ts'
import { endOf, eventOf, META, namesOf, openSums, pullAll, requestOf, TIKTOK } from './intake-events.ts'

export interface Limits {
  /** In hours. */
  readonly maxAgeHours?: number
  readonly keepHours?: number
  /** Bytes of parsed events held in memory. */
  readonly windowBytes?: number
}
/** Opens what is kept in the folder, or begins anew where it is empty. */
export type OpenIntake = (folder: string, limits?: Limits) => Promise<Intake>

export function intakeSuite(name: string, open: OpenIntake): void {
  describe(`${name}: the intake`, () => {
    let folder: string
    let intake: Intake
    const begin = async (): Promise<void> => {
      folder = await mkdtemp(join(tmpdir(), 'sluice-intake-'))
      intake = await open(folder)
    }
    const end = async (): Promise<void> => {
      await intake.close()
      await rm(folder, { recursive: true })
    }
    beforeEach(begin)
    afterEach(end)
    const restart = async (limits?: Limits): Promise<void> => {
      await intake.close()
      intake = await open(folder, limits)
    }
    const append = (...names: string[]) =>
      intake.append(
        requestOf(
          names.map((one) => ({ name: one })),
          Date.now(),
        ),
      )

    test('gives a partner what was appended for it, as it was, oldest first, and once', async () => {
      const now = Date.now()
      deepEqual(
        await intake.append(
          requestOf([{ name: 'a' }, { name: 'b', partners: [TIKTOK] }, { name: 'c', partners: [META, TIKTOK] }], now),
        ),
        ['accepted', 'accepted', 'accepted'],
      )
      const pulled = await intake.pull(META, 10)
      deepEqual(
        pulled.map(({ event, attempt }) => [event, attempt]),
        [
          [eventOf('a', 'ann', now), 1],
          [eventOf('c', 'ann', now), 1],
        ],
      )
      deepEqual(await intake.pull(META, 10), [])
      deepEqual(namesOf(await intake.pull(TIKTOK, 1)), ['b'])
      deepEqual(namesOf(await intake.pull(TIKTOK, 10)), ['c'])
      deepEqual(await intake.pull('nobody' as PartnerId, 10), [])
    })

    test('everything that was accepted and not settled comes again after a restart, unchanged', async () => {
      const now = Date.now()
      await intake.append(requestOf([{ name: 'a' }, { name: 'b' }, { name: 'c' }], now))
      const [a] = await intake.pull(META, 2)
      await intake.settle(META, [endOf(a!)], 0)
      await restart()
      const pulled = await pullAll(intake, META)
      deepEqual(
        pulled.map(({ event }) => event),
        [eventOf('b', 'ann', now), eventOf('c', 'ann', now)],
      )
    })

    test('gives out events that its memory has no room for', async () => {
      await restart({ windowBytes: 1_000 })
      await append('a', 'b', 'c', 'd')
      deepEqual(namesOf(await pullAll(intake, META)), ['a', 'b', 'c', 'd'])
    })

    test('an event is a duplicate by its key: within a request, beside another, later, and after a restart', async () => {
      const twice = [{ name: 'a' }, { name: 'a' }]
      const both = await Promise.all([intake.append(requestOf(twice, Date.now())), append('a', 'b')])
      deepEqual(both, [
        ['accepted', 'duplicate'],
        ['duplicate', 'accepted'],
      ])
      deepEqual(await append('b'), ['duplicate'])
      await restart()
      deepEqual(await append('a', 'c', 'b'), ['duplicate', 'accepted', 'duplicate'])
      deepEqual(namesOf(await pullAll(intake, META)), ['a', 'b', 'c'])
      deepEqual((await intake.totals()).events, { received: 8, accepted: 3, rejected: 0, duplicate: 5 })
    })

    test('an event without a key is never a duplicate, and the same key of another app is another event', async () => {
      const keyless = requestOf([{ name: 'a', dedupeKey: null }], Date.now())
      deepEqual(await intake.append(keyless), ['accepted'])
      deepEqual(await intake.append(keyless), ['accepted'])
      await append('x')
      const { items } = requestOf([{ name: 'x' }], Date.now())
      deepEqual(await intake.append({ app: 'other' as typeof keyless.app, items, rejected: {} }), ['accepted'])
    })

    test('counts what it refused, and both sums close', async () => {
      await intake.append(requestOf([{ name: 'a' }], Date.now(), { EVENT_NO_ID: 2, EVENT_TOO_LARGE: 1 }))
      await intake.append(requestOf([], Date.now(), { EVENT_NO_ID: 1 }))
      await append('b', 'c', 'd', 'e')
      const pulled = await intake.pull(META, 4)
      await intake.settle(
        META,
        [
          endOf(pulled[0]!),
          { position: pulled[1]!.position, end: { state: 'withheld', why: 'choice' } },
          { position: pulled[2]!.position, retryAt: Date.now() + 60_000, attempt: 2 },
        ],
        0,
      )
      const check = async (): Promise<void> => {
        const totals = await intake.totals()
        deepEqual(totals.events, { received: 9, accepted: 5, rejected: 4, duplicate: 0 })
        deepEqual(totals.rejectedByCode, { EVENT_NO_ID: 3, EVENT_TOO_LARGE: 1 })
        const { routed, settled, withheldBy, pending } = totals.pairs[META]!
        deepEqual([routed, settled.delivered, settled.withheld, withheldBy, pending], [5, 1, 1, { choice: 1 }, 3])
        deepEqual(openSums(totals), [])
      }
      await check()
      await restart()
      await check()
    })

    test('a settlement counts once; one for an unknown pair not at all', async () => {
      await append('a')
      const [a] = await intake.pull(META, 1)
      await Promise.all([intake.settle(META, [endOf(a!), endOf(a!, 'dead')], 0), intake.settle(META, [endOf(a!)], 0)])
      await intake.settle(META, [{ position: '999' as Position, end: { state: 'delivered', why: '' } }], 0)
      await intake.settle(META, [{ position: 'nonsense' as Position, end: { state: 'delivered', why: '' } }], 0)
      await intake.settle('nobody' as PartnerId, [endOf(a!)], 0)
      const { pairs } = await intake.totals()
      deepEqual([pairs[META]?.settled.delivered, pairs[META]?.settled.dead, pairs[META]?.pending], [1, 0, 0])
    })

    test('one partner settling leaves another untouched', async () => {
      await intake.append(requestOf([{ name: 'a', partners: [META, TIKTOK] }], Date.now()))
      const [a] = await intake.pull(META, 1)
      await intake.settle(META, [endOf(a!)], 0)
      deepEqual(namesOf(await pullAll(intake, TIKTOK)), ['a'])
    })

    test('a pair to be tried again comes when it is due, with its number, also after a restart, and wakes the partner', async () => {
      await withMoreTime(100, async (ms) => {
        await append('a', 'b')
        const [a] = await intake.pull(META, 1)
        const retryAt = Date.now() + ms
        await intake.settle(META, [{ position: a!.position, retryAt, attempt: 2 }], 0)
        const before = namesOf(await intake.pull(META, 10))
        if (Date.now() < retryAt) return deepEqual(before, ['b'], 'one bad event holds nobody back')
        await end()
        await begin()
        return TOO_SLOW
      })
      let woken = 0
      intake.onReady(META, () => {
        woken += 1
      })
      const again: unknown[] = []
      await until('the retry comes', async () => {
        for (const { event, attempt } of await intake.pull(META, 10)) again.push([event.eventRef, attempt])
        return again.length > 0
      })
      deepEqual(again, [['a', 2]])
      await until('the listener is called', () => woken > 0)
      await restart()
      const after = await pullAll(intake, META)
      deepEqual(
        after.map(({ event, attempt }) => [event.eventRef, attempt]),
        [
          ['a', 2],
          ['b', 1],
        ],
      )
    })

    test('wakes a partner for new events, for those from before the restart, and for a retry that falls due', async () => {
      await append('old')
      await restart()
      const seen: string[] = []
      let tries = 0
      intake.onReady(META, () => {
        void intake.pull(META, 10).then(async (pulled) => {
          seen.push(...namesOf(pulled))
          const retried = pulled.filter(({ event }) => event.eventRef === 'new')
          tries += retried.length
          if (tries > 1) return
          const retryAt = Date.now() + 30
          await intake.settle(
            META,
            retried.map(({ position }) => ({ position, retryAt, attempt: 2 })),
            0,
          )
        })
      })
      await until('the old event is pulled', () => seen.includes('old'))
      await append('new')
      await until('the new event is pulled twice', () => tries === 2)
    })

    test('remembers how much of the ledger is reflected, with the settlements', async () => {
      equal(await intake.resumeFrom(META), 0)
      await append('a', 'b')
      const [a] = await intake.pull(META, 2)
      await intake.settle(META, [endOf(a!)], 41)
      await intake.settle(META, [], 42)
      await restart()
      deepEqual([await intake.resumeFrom(META), await intake.resumeFrom(TIKTOK)], [42, 0])
    })

    test('erases a person: nothing of them comes again, and their pairs end as erased', async () => {
      const now = Date.now()
      await intake.append(
        requestOf(
          [
            { name: 'a1', partners: [META, TIKTOK] },
            { name: 'b1', subject: 'bob', partners: [META, TIKTOK] },
            { name: 'a2' },
            { name: 'a3' },
          ],
          now,
        ),
      )
      const pulled = await intake.pull(META, 3)
      await intake.settle(META, [endOf(pulled[0]!), { position: pulled[2]!.position, retryAt: now, attempt: 2 }], 0)
      // Left of Ann: a1 for TikTok, a2 parked and a3 not yet given out for Meta.
      const purged = await intake.purge(['ann' as IdentityKey, 'unknown' as IdentityKey])
      deepEqual([purged.ended, purged.subjects.length], [3, 1])
      deepEqual(await intake.purge(['ann' as IdentityKey]), { ended: 0, subjects: [], overwritten: true })
      const check = async (names: string[]): Promise<void> => {
        deepEqual(namesOf(await pullAll(intake, META)), names)
        deepEqual(namesOf(await pullAll(intake, TIKTOK)), ['b1'])
        const totals = await intake.totals()
        deepEqual([totals.pairs[META]?.settled.erased, totals.pairs[TIKTOK]?.settled.erased], [2, 1])
        deepEqual(openSums(totals), [])
      }
      await check([])
      await restart()
      await check(['b1'])
      await intake.append(requestOf([{ name: 'a4' }], now))
      deepEqual(namesOf(await pullAll(intake, META)), ['a4'], 'what the person does later is theirs to decide')
    })

    test('what is too old ends as expired when its turn comes', async () => {
      await restart({ maxAgeHours: 1, keepHours: 1 })
      const now = Date.now()
      await intake.append(requestOf([{ name: 'old', receivedAt: now - 2 * 3_600_000 }, { name: 'young' }], now))
      deepEqual(namesOf(await pullAll(intake, META)), ['young'])
      const totals = await intake.totals()
      deepEqual([totals.pairs[META]?.settled.expired, totals.pairs[META]?.pending], [1, 1])
      deepEqual(openSums(totals), [])
    })

    test('tells how old the oldest waiting event is', async () => {
      const now = Date.now()
      await intake.append(
        requestOf(
          [
            { name: 'a', receivedAt: now - 5_000 },
            { name: 'b', receivedAt: now },
          ],
          now,
        ),
      )
      equal((await intake.totals()).pairs[META]?.oldestPendingAt, now - 5_000)
      const [a] = await intake.pull(META, 1)
      await intake.settle(META, [endOf(a!)], 0)
      equal((await intake.totals()).pairs[META]?.oldestPendingAt, now)
    })

    test('lists dead letters from the newest on, without anything personal', async () => {
      await append('a', 'b', 'c')
      const pulled = await intake.pull(META, 3)
      await intake.settle(META, [{ position: pulled[0]!.position, retryAt: 0, attempt: 4 }], 0)
      const [a] = await intake.pull(META, 1)
      await intake.settle(META, [endOf(a!, 'dead')], 0)
      await intake.settle(META, [endOf(pulled[1]!, 'unresolved'), endOf(pulled[2]!)], 0)
      await restart()
      const letters = await intake.deadLetters(undefined, 10)
      deepEqual(
        letters.map(({ partner, eventKey, attempts, why }) => [partner, eventKey, attempts, why]),
        [
          ['meta', 'Order Completed', 1, 'sent, and the answer was lost: it counts as disclosed'],
          ['meta', 'Order Completed', 4, 'gave up after 4 tries'],
        ],
      )
      deepEqual(await intake.deadCounts(), [
        { partner: 'meta', count: 2, oldestAt: Math.min(...letters.map(({ at }) => at)) },
      ])
      const { position, partner } = letters[0]!
      deepEqual(await intake.deadLetters(`${position}/${partner}`, 10), [letters[1]])
    })

    test('a dead letter that is retried waits once more, over a restart, and both sums close all the way', async () => {
      await append('a', 'b', 'c')
      const pulled = await intake.pull(META, 3)
      await intake.settle(
        META,
        pulled.map((one, index) => endOf(one, index === 1 ? 'unresolved' : 'dead')),
        0,
      )
      const [a, b, c] = pulled.map(({ position }) => position)
      equal(await intake.retryDead(a!, META), 'waits')
      equal(await intake.retryDead(a!, META), 'unknown', 'it is off the list')
      equal(await intake.retryDead(b!, META), 'in_doubt')
      equal(await intake.discardDead(c!, META), true)
      equal(await intake.discardDead(c!, META), false)
      const totals = await intake.totals()
      deepEqual(
        [totals.pairs[META]?.settled.dead, totals.pairs[META]?.settled.unresolved, totals.pairs[META]?.pending],
        [1, 1, 1],
      )
      deepEqual(openSums(totals), [])
      await restart()
      deepEqual(openSums(await intake.totals()), [])
      deepEqual(
        (await intake.deadLetters(undefined, 10)).map(({ position }) => position),
        [b],
      )
      const [again] = await intake.pull(META, 5)
      deepEqual([again?.position, again?.attempt], [a, 2])
      await intake.settle(META, [endOf(again!)], 0)
      const after = await intake.totals()
      deepEqual([after.pairs[META]?.settled.delivered, after.pairs[META]?.pending, openSums(after)], [1, 0, []])
    })

    test('a cause is listed with the letter, and never with another that ended alike', async () => {
      await append('a', 'b', 'c')
      const [a, b, c] = await intake.pull(META, 3)
      const dead = (cause: string) => ({ state: 'dead' as const, why: '' as const, cause })
      await intake.settle(
        META,
        [
          { position: a!.position, end: dead('400, code 190') },
          { position: b!.position, end: dead('403') },
          { position: c!.position, end: { state: 'unresolved', why: '', cause: 'DEADLINE' } },
        ],
        0,
      )
      deepEqual((await intake.deadLetters(undefined, 10)).map(({ why }) => why).sort(), [
        'gave up after 1 try: 400, code 190',
        'gave up after 1 try: 403',
        'sent, and the answer was lost: it counts as disclosed: DEADLINE',
      ])
      equal(await intake.retryDead(a!.position, META), 'waits')
    })

    test('all letters that a filter finds are retried or discarded, and nobody else’s', async () => {
      const both = Array.from({ length: 450 }, (_, n) => ({ name: `n${n}`, partners: [META, TIKTOK] }))
      await intake.append(requestOf(both, Date.now()))
      const [ours, others] = [await intake.pull(META, 450), await intake.pull(TIKTOK, 450)]
      await intake.settle(
        META,
        ours.map((one, index) => endOf(one, index === 7 ? 'unresolved' : 'dead')),
        0,
      )
      await intake.settle(
        TIKTOK,
        others.map((one) => endOf(one, 'dead')),
        0,
      )
      const count = async (filter: { partner?: string; event?: string }) =>
        (await intake.deadLetters(undefined, 2_000, filter)).length
      deepEqual(
        [await count({ partner: META }), await count({ partner: META, event: 'nothing' }), await count({})],
        [450, 0, 450 + others.length],
      )
      deepEqual(await intake.retryAllDead({ partner: META, event: 'nothing' }), { waits: 0, gone: 0, inDoubt: 0 })
      deepEqual(await intake.retryAllDead({ partner: META }), { waits: 449, gone: 0, inDoubt: 1 })
      deepEqual([await count({ partner: META }), await count({ partner: TIKTOK })], [1, others.length])
      equal((await intake.pull(META, 1_000)).length, 449)
      equal(await intake.discardAllDead({ partner: TIKTOK }), others.length)
      const totals = await intake.totals()
      deepEqual([await count({}), totals.pairs[TIKTOK]?.settled.dead, openSums(totals)], [1, others.length, []])
    })

    test('closing finishes what was asked before it, and nothing is taken after', async () => {
      const asked = append('a')
      await intake.close()
      deepEqual(await asked, ['accepted'])
      await rejects(append('b'), { code: 'ERR_STOPPING' })
      deepEqual(intake.health(), { writable: true, why: 'ok' })
      await restart()
      deepEqual(namesOf(await pullAll(intake, META)), ['a'])
    })
  })
}
