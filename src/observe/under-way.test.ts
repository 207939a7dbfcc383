import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createUnderWay } from './under-way.ts'

describe('what is under way', () => {
  test('says how old the oldest is, whichever order they end in', () => {
    let now = 0
    const work = createUnderWay(() => now)
    equal(work.oldestSeconds(), 0)
    const first = work.begin()
    now = 2_000
    const second = work.begin()
    now = 3_000
    equal(work.oldestSeconds(), 3)
    first()
    equal(work.oldestSeconds(), 1)
    second()
    equal(work.oldestSeconds(), 0)
  })

  test('is drained when all that had begun have ended, and does not wait for later ones', async () => {
    const work = createUnderWay(() => 0)
    const said: string[] = []
    await work.drained()
    const ends = [work.begin(), work.begin()]
    const drained = work.drained().then(() => said.push('drained'))
    const later = work.begin()
    ends[1]?.()
    await Promise.resolve()
    deepEqual(said, [])
    ends[0]?.()
    await drained
    deepEqual(said, ['drained'])
    later()
    await work.drained()
  })
})
