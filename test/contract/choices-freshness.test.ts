import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createFreshness, type SharedFreshness } from '../../src/choices/freshness.ts'
import { GatewayError } from '../../src/model/errors.ts'
import { ACKNOWLEDGED, BEGUN, HOLD, type ThreadData, TOO_LATE } from './choices-freshness-thread.ts'

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

describe('freshness on three threads', () => {
  let freshness: SharedFreshness
  let ring: (() => void)[]
  let words: Int32Array
  let threads: Worker[]

  beforeEach(async () => {
    ring = []
    freshness = createFreshness(4, {
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
    for (const thread of threads) thread.postMessage('work')
    for (let change = 0; change < 100; change++) {
      const begun = Atomics.load(words, BEGUN)
      while (Atomics.load(words, BEGUN) === begun) await turn()
      await freshness.publish()
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
