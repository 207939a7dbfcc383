import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { createFreshness, type SharedFreshness } from '../../src/choices/freshness.ts'
import { createLastChanged, LAST_CHANGED_WORDS } from '../../src/choices/last-changed.ts'
import type { IdentityKey } from '../../src/model/brand.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { ACKNOWLEDGED, BEGUN, HOLD, KEY, type ThreadData, TOO_LATE } from './choices-freshness-thread.ts'

async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

describe('freshness on one thread', () => {
  test('a stamp is current until something is published', async () => {
    const freshness = createFreshness(1)
    const thread = freshness.registerDataThread()
    const stamp = freshness.stamp()
    equal(freshness.isCurrent(stamp), true)
    const inForce = freshness.publish()
    equal(freshness.isCurrent(stamp), false)
    await inForce
    equal(freshness.isCurrent(freshness.stamp()), true)
    thread.release()
    freshness.close()
  })

  test('publish resolves only after the turn it was called in', async () => {
    const freshness = createFreshness(1)
    freshness.registerDataThread()
    let isInForce = false
    const inForce = freshness.publish().then(() => {
      isInForce = true
    })
    await null
    equal(isInForce, false)
    await inForce
    freshness.close()
  })

  test('without a data thread there is nothing to wait for', async () => {
    const freshness = createFreshness(1)
    await freshness.publish()
    equal(freshness.stamp(), 1)
  })

  test('a generation that wraps round 32 bits is still waited for', async () => {
    const freshness = createFreshness(1)
    const words = new Int32Array(freshness.buffer)
    words[0] = 2 ** 31 - 1
    freshness.registerDataThread()
    await freshness.publish()
    equal(freshness.stamp(), -(2 ** 31))
    await freshness.publish()
    freshness.close()
  })

  test('only so many threads may register as there is room for', () => {
    const freshness = createFreshness(1)
    freshness.registerDataThread()
    throws(() => createFreshness(freshness.buffer).registerDataThread(), RangeError)
    freshness.close()
  })
})

/** From the start, and where the generation is about to turn negative and to wrap. */
const STARTS = [0, 2 ** 31 - 10, 2 ** 32 - 10]
const [ANNA, BEN, CARL] = ['00a1', '00b2', '0c13'].map((end) => end.padStart(32, '7') as IdentityKey) as [
  IdentityKey,
  IdentityKey,
  IdentityKey,
]

for (const generation of STARTS)
  describe(`freshness by identity, from generation ${generation}`, () => {
    test('a change makes stale what was read of those who changed, and of nobody else', () => {
      const freshness = createFreshness(1, { generation })
      for (let change = 0; change < 30; change++) {
        const stamp = freshness.stamp()
        equal(freshness.isCurrent(stamp, [ANNA, BEN, CARL]), true)
        freshness.outdate([ANNA])
        deepEqual(
          [[ANNA], [BEN, ANNA], [BEN, CARL], []].map((keys) => freshness.isCurrent(stamp, keys)),
          [false, false, true, true],
        )
        equal(freshness.isCurrent(freshness.stamp(), [ANNA]), true)
      }
    })

    test('an old stamp stays good for those of whom nothing changed since', () => {
      const freshness = createFreshness(1, { generation })
      freshness.outdate([BEN])
      const stamp = freshness.stamp()
      for (let change = 0; change < 30; change++) {
        freshness.outdate([ANNA])
        equal(freshness.isCurrent(stamp, [BEN, CARL]), true)
        equal(freshness.isCurrent(stamp, [ANNA]), false)
      }
    })

    test('what changed for everyone is stale for each, and for whoever has no identity', async () => {
      const freshness = createFreshness(1, { generation })
      for (let change = 0; change < 30; change++) {
        const stamp = freshness.stamp()
        await freshness.publish()
        for (const keys of [[ANNA], [BEN], []]) equal(freshness.isCurrent(stamp, keys), false)
        equal(freshness.isCurrent(freshness.stamp(), [ANNA]), true)
      }
    })

    test('whoever does not say whose stamp it is hears of every change', () => {
      const freshness = createFreshness(1, { generation })
      const stamp = freshness.stamp()
      equal(freshness.isCurrent(stamp), true)
      freshness.outdate([ANNA])
      equal(freshness.isCurrent(stamp), false)
    })

    test('a stamp that was taken before a change is stale, whoever publishes beside it and in whatever order', () => {
      fc.assert(
        fc.property(fc.array(fc.nat({ max: 5 }), { maxLength: 60 }), (picks) => {
          const freshness = createFreshness(1, { generation })
          const others = [freshness, createFreshness(freshness.buffer)]
          const people = [ANNA, BEN, CARL]
          /** What stands, and how often each changed: what a look-up finds. */
          const versions = [0, 0, 0]
          const read: { stamp: number; who: number; version: number }[] = []
          for (const pick of picks) {
            const who = pick % 3
            if (pick < 3) {
              read.push({ stamp: freshness.stamp(), who, version: versions[who]! })
              continue
            }
            versions[who]!++
            others[read.length % 2]!.outdate([people[who]!])
          }
          for (const { stamp, who, version } of read)
            equal(freshness.isCurrent(stamp, [people[who]!]), version === versions[who])
        }),
      )
    })
  })

describe('freshness over very many changes', () => {
  test('what nobody touched for long counts as unchanged, and what changes then is noticed', () => {
    const words = new Int32Array(new SharedArrayBuffer(4 * LAST_CHANGED_WORDS))
    const lastChanged = createLastChanged(words, 0)
    const STEP = 2 ** 29
    lastChanged.mark([ANNA], 1)
    // Three times round 32 bits.
    for (let generation = STEP; generation < 3 * 2 ** 32; generation += STEP) {
      const now = generation | 0
      lastChanged.sweep(now)
      equal(lastChanged.hasChangedSince(now, [ANNA, BEN]), false, String(generation))
      if (generation % (2 ** 31 + STEP) === 0) {
        lastChanged.mark([BEN], (now + 1) | 0)
        equal(lastChanged.hasChangedSince(now, [BEN]), true, String(generation))
        equal(lastChanged.hasChangedSince((now + 1) | 0, [BEN]), false, String(generation))
      }
    }
  })

  test('a mark that comes late does not take a later one back', () => {
    const words = new Int32Array(new SharedArrayBuffer(4 * LAST_CHANGED_WORDS))
    const lastChanged = createLastChanged(words, 0)
    lastChanged.mark([ANNA], 10)
    lastChanged.mark([ANNA], 6)
    equal(lastChanged.hasChangedSince(8, [ANNA]), true)
  })
})

for (const generation of [2 ** 31 - 50, 2 ** 32 - 50])
  describe(`freshness on three threads, from generation ${generation}`, () => {
    let freshness: SharedFreshness
    let ring: (() => void)[]
    let words: Int32Array
    let threads: Worker[]

    beforeEach(async () => {
      ring = []
      freshness = createFreshness(4, {
        generation,
        startTimer: (_ms, fire) => {
          ring.push(fire)
          return () => ring.splice(ring.indexOf(fire), 1)
        },
      })
      const shared = new SharedArrayBuffer(16)
      words = new Int32Array(shared)
      const workerData: ThreadData = { buffer: freshness.buffer, shared }
      threads = Array.from({ length: 3 }, () => {
        return new Worker(new URL('./choices-freshness-thread.ts', import.meta.url), { workerData })
      })
      await Promise.all(threads.map((thread) => once(thread, 'message')))
    })
    afterEach(async () => {
      freshness.close()
      await Promise.all(threads.map((thread) => thread.terminate()))
    })
    const order = async (thread: Worker | undefined, what: string): Promise<void> => {
      const done = once(thread as Worker, 'message')
      thread?.postMessage(what)
      await done
    }
    const hold = async (thread: Worker | undefined): Promise<void> => {
      Atomics.store(words, HOLD, 1)
      await order(thread, 'hold')
    }
    const letGo = (): void => {
      Atomics.store(words, HOLD, 0)
      Atomics.notify(words, HOLD)
    }
    const inForceByThread = (): readonly boolean[] =>
      freshness
        .confirmations()
        .map(({ inForce }) => inForce)
        .sort()
    const confirmed = (): number => {
      const all = new Int32Array(freshness.buffer)
      return [0, 1, 2].filter((slot) => all[5 + slot * 2 + 1] === freshness.stamp()).length
    }

    test('nothing begins on a stamp older than what was acknowledged', async () => {
      Atomics.store(words, ACKNOWLEDGED, freshness.stamp())
      for (const thread of threads) thread.postMessage('work')
      for (let change = 0; change < 100; change++) {
        const begun = Atomics.load(words, BEGUN)
        while (Atomics.load(words, BEGUN) === begun) await turn()
        if (change % 2 === 0) freshness.outdate([KEY])
        await freshness.publish(change % 2 === 0 ? [] : [KEY])
        Atomics.store(words, ACKNOWLEDGED, freshness.stamp())
      }
      equal(Atomics.load(words, TOO_LATE), 0)
    })

    test('a thread in the middle of a turn holds the acknowledgement back', async () => {
      await hold(threads[1])
      let isInForce = false
      const inForce = freshness.publish().then(() => {
        isInForce = true
      })
      while (confirmed() < 2) await turn()
      await turn()
      equal(isInForce, false)
      deepEqual(inForceByThread(), [false, true, true])
      letGo()
      await inForce
      equal(confirmed(), 3)
      deepEqual(inForceByThread(), [true, true, true])
    })

    test('a thread that does not confirm in time makes publish reject, and stamps stay stale', async () => {
      await hold(threads[0])
      const stamp = freshness.stamp()
      const inForce = freshness.publish()
      while (confirmed() < 2) await turn()
      equal(ring.length, 1)
      ring[0]?.()
      await rejects(inForce, (error) => error instanceof GatewayError && error.code === 'ERR_CHOICES_UNAVAILABLE')
      equal(freshness.isCurrent(stamp), false)
      letGo()
      await freshness.publish()
    })

    test('a thread that ended is no longer waited for once its slot is released', async () => {
      await Promise.all(threads.map((thread) => thread.terminate()))
      const inForce = freshness.publish()
      for (const slot of [0, 1, 2]) freshness.releaseDataThread(slot)
      await inForce
    })

    test('a thread that released itself is no longer waited for', async () => {
      await order(threads[2], 'release')
      await hold(threads[2])
      await freshness.publish()
      letGo()
    })

    test('a change published on one thread is waited for by the others as well', async () => {
      const elsewhere = createFreshness(freshness.buffer)
      await Promise.all([elsewhere.publish(), freshness.publish()])
      ok(confirmed() === 3)
      elsewhere.close()
    })
  })
