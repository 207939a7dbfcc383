import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DueHeap } from './due-heap.ts'

test('a heap gives entries back by due time, then by position', () => {
  const due = fc
    .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 20 }))
    .map(([seq, at]) => ({ seq, due: at }))
  fc.assert(
    fc.property(fc.array(due), (entries) => {
      const heap = new DueHeap()
      for (const entry of entries) heap.push(entry)
      const given = entries.map(() => heap.pop())
      deepEqual(
        given,
        [...entries].sort((a, b) => a.due - b.due || a.seq - b.seq),
      )
      equal(heap.pop(), undefined)
    }),
  )
})
