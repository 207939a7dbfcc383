import { deepEqual, equal } from 'node:assert/strict'
import { describe, mock, test } from 'node:test'
import type { PartnerId } from '../model/brand.ts'
import { createWakeUps } from './wake-ups.ts'

const meta = 'meta' as PartnerId
const tiktok = 'tiktok' as PartnerId

describe('waking partners', () => {
  test('several reasons in a few milliseconds are one call, and only whom they concern is called', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const wakeUps = createWakeUps()
    const [forMeta, forTiktok] = [mock.fn(), mock.fn()]
    wakeUps.listen(meta, forMeta)
    wakeUps.listen(tiktok, forTiktok)
    for (let times = 0; times < 3; times++) wakeUps.wake(meta)
    wakeUps.wakeIn(meta, 0)
    t.mock.timers.tick(4)
    deepEqual([forMeta.mock.callCount(), forTiktok.mock.callCount()], [1, 0])
  })

  test('the earliest known time counts, and an unknown one changes nothing', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const wakeUps = createWakeUps()
    const listener = mock.fn()
    wakeUps.listen(meta, listener)
    wakeUps.wakeIn(meta, 1_000)
    wakeUps.wakeIn(meta, 100)
    wakeUps.wakeIn(meta, undefined)
    t.mock.timers.tick(100)
    equal(listener.mock.callCount(), 0)
    t.mock.timers.tick(1)
    equal(listener.mock.callCount(), 1)
  })

  test('nobody is called after the stop', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const wakeUps = createWakeUps()
    const listener = mock.fn()
    wakeUps.listen(meta, listener)
    wakeUps.wake(meta)
    wakeUps.wakeIn(meta, 10)
    wakeUps.stop()
    t.mock.timers.tick(1_000)
    equal(listener.mock.callCount(), 0)
  })
})
