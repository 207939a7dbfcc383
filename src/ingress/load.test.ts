import { strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createUnderWay } from '../observe/under-way.ts'
import { createLoad } from './load.ts'

describe('whether more comes in than is got through', () => {
  const clock = { now: 0 }
  const nowMs = (): number => clock.now
  const loadOf = (waiting: number) => {
    clock.now = 0
    const load = createLoad(createUnderWay(nowMs), nowMs)
    return { load, ends: Array.from({ length: waiting }, () => load.begin(1_000)) }
  }

  test('many that wait, the oldest too long: no more is taken in until it has its answer', (t) => {
    const { load, ends } = loadOf(100)
    t.after(() => load.stop())
    strictEqual(load.isOver(), false)
    clock.now = 2_000
    strictEqual(load.isOver(), true)
    for (const end of ends.slice(0, 70)) end()
    strictEqual(load.isOver(), false)
  })
  test('more than is got through in time, by the pace so far, is too much at once', (t) => {
    const { load } = loadOf(33)
    t.after(() => load.stop())
    strictEqual(load.isOver(), false)
    load.begin(4_000_000)
    strictEqual(load.isOver(), true)
  })
  test('a few that wait long are a slow disk and no overload', (t) => {
    const { load } = loadOf(20)
    t.after(() => load.stop())
    clock.now = 60_000
    strictEqual(load.isOver(), false)
  })
  test('an end counts once', (t) => {
    const { load, ends } = loadOf(34)
    t.after(() => load.stop())
    clock.now = 2_000
    for (let again = 0; again < 5; again++) ends[0]!()
    strictEqual(load.isOver(), true)
  })
})
