import { equal, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { oneAtATime } from './one-at-a-time.ts'

describe('one at a time', () => {
  test('a second call is refused while the first is under way, and taken after it', async () => {
    const alone = oneAtATime('another look')
    const { promise, resolve } = Promise.withResolvers<number>()
    const first = alone(() => promise)
    await rejects(
      alone(() => Promise.resolve(2)),
      { code: 'ERR_PRESSURE' },
    )
    resolve(1)
    equal(await first, 1)
    equal(await alone(() => Promise.resolve(3)), 3)
  })

  test('work that fails makes room for the next', async () => {
    const alone = oneAtATime('another look')
    await rejects(
      alone(() => Promise.reject(new Error('no disk'))),
      { message: 'no disk' },
    )
    equal(await alone(() => Promise.resolve(1)), 1)
  })
})
