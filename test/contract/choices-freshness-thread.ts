/** A data thread for the tests of freshness: begins things only on a current stamp, and counts those begun too late. */
import { parentPort, workerData } from 'node:worker_threads'
import { createFreshness } from '../../src/choices/freshness.ts'
import type { IdentityKey } from '../../src/model/brand.ts'

export interface ThreadData {
  readonly buffer: SharedArrayBuffer
  /** Words: highest generation acknowledged, things begun, things begun on a stamp older than acknowledged, hold. */
  readonly shared: SharedArrayBuffer
}
/** Whose state changes in these tests. */
export const KEY = 'ab'.repeat(16) as IdentityKey
export const ACKNOWLEDGED = 0
export const BEGUN = 1
export const TOO_LATE = 2
export const HOLD = 3

/** Long enough that an acknowledgement without confirmation falls into it. */
const STEPS_PER_TURN = 20_000

function run({ buffer, shared }: ThreadData): void {
  const words = new Int32Array(shared)
  const freshness = createFreshness(buffer)
  const thread = freshness.registerDataThread()
  let isWorking = false
  const beginSomething = (stamp: number): void => {
    if (!freshness.isCurrent(stamp, [KEY])) return
    let late = 0
    for (let step = 0; step < STEPS_PER_TURN; step++) late |= +(((Atomics.load(words, ACKNOWLEDGED) - stamp) | 0) > 0)
    Atomics.add(words, BEGUN, 1)
    Atomics.add(words, TOO_LATE, late)
  }
  const work = (stamp: number): void => {
    if (!isWorking) return
    beginSomething(stamp)
    setImmediate(work, freshness.stamp())
  }
  parentPort?.on('message', (order: 'work' | 'rest' | 'hold' | 'release' | 'end') => {
    if (order === 'work') {
      isWorking = true
      work(freshness.stamp())
    }
    if (order === 'rest') isWorking = false
    if (order === 'hold') {
      parentPort?.postMessage('holding')
      Atomics.wait(words, HOLD, 1)
    }
    if (order === 'release') thread.release()
    if (order === 'end') {
      freshness.close()
      parentPort?.close()
    }
    parentPort?.postMessage(order)
  })
  parentPort?.postMessage('registered')
}

if (parentPort !== null) run(workerData as ThreadData)
