import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { GatewayError } from '../model/errors.ts'
import { createFairQueue } from './fair-queue.ts'

/** Work that ends when it is told to. */
function bench(atOnce: number, most: number) {
  const queue = createFairQueue(atOnce, most)
  const began: string[] = []
  const refused: string[] = []
  const ends: (() => void)[] = []
  const ask = (group: string, name: string): void => {
    queue
      .run(group, () => {
        began.push(name)
        return new Promise<void>((resolve) => ends.push(resolve))
      })
      .catch((error: unknown) => {
        ok(error instanceof GatewayError && error.code === 'ERR_CHOICES_UNAVAILABLE')
        refused.push(name)
      })
  }
  const endAll = async (): Promise<void> => {
    while (ends.length > 0) {
      for (const end of ends.splice(0)) end()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { queue, began, refused, ask, endAll }
}

describe('a fair queue', () => {
  test('groups take turns, however many one of them sends', async () => {
    const { began, ask, endAll, refused } = bench(1, 100)
    for (let index = 0; index < 50; index++) ask('flood', `flood ${index}`)
    ask('a', 'a 0')
    ask('b', 'b 0')
    ask('a', 'a 1')
    await endAll()
    deepStrictEqual(began.slice(0, 5), ['flood 0', 'flood 1', 'a 0', 'b 0', 'flood 2'])
    strictEqual(began.length, 53)
    deepStrictEqual(refused, [])
  })
  test('beyond its bound whoever has most waiting loses the last of it, and nobody else any', async () => {
    const { began, ask, endAll, refused } = bench(1, 4)
    for (let index = 0; index < 5; index++) ask('flood', `flood ${index}`)
    ask('a', 'a 0')
    ask('flood', 'flood 5')
    ask('a', 'a 1')
    await endAll()
    ok(began.includes('a 0') && began.includes('a 1'))
    deepStrictEqual(refused, ['flood 4', 'flood 5', 'flood 3'])
  })
  test('what fails fails for itself, and the next one goes on', async () => {
    const queue = createFairQueue(1, 10)
    const failing = queue.run('a', () => Promise.reject(new RangeError('mine')))
    const other = queue.run('a', async () => 'done')
    strictEqual(await failing.catch((error: Error) => error.message), 'mine')
    strictEqual(await other, 'done')
    await new Promise((resolve) => setImmediate(resolve))
    ok(queue.isIdle())
  })
})
