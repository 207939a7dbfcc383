import { equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { createSubjectCounter, WINDOW_MS } from './subjects.ts'

/** Different bytes at each call, the same in each run. */
function fixedRandom() {
  let calls = 0
  return (bytes: number) => createHash('sha256').update(`key ${calls++}`).digest().subarray(0, bytes)
}

describe('subjects, counted and not kept', () => {
  test('the same subject counts once, however often it comes', () => {
    const counter = createSubjectCounter(() => 0, fixedRandom())
    const sketch = counter.sketch()
    for (let time = 0; time < 100; time++) equal(counter.add(sketch, counter.mark('one')), 1)
  })

  test('never more than there were, and hardly fewer', () => {
    for (const subjects of [1, 5, 20, 40]) {
      const counter = createSubjectCounter(() => 0, fixedRandom())
      const sketch = counter.sketch()
      let counted = 0
      for (let one = 0; one < subjects; one++) counted = counter.add(sketch, counter.mark(`subject ${one}`))
      ok(counted <= subjects, `${counted} of ${subjects}`)
      ok(counted >= subjects * 0.85, `${counted} of ${subjects}`)
    }
  })

  test('whoever comes within half a day is counted together, across the turn of a window', () => {
    let now = 0
    const counter = createSubjectCounter(() => now, fixedRandom())
    const sketch = counter.sketch()
    now = WINDOW_MS * 0.4
    for (let one = 0; one < 8; one++) counter.add(sketch, counter.mark(`early ${one}`))
    now = WINDOW_MS * 0.6
    let counted = 0
    for (let one = 0; one < 8; one++) counted = counter.add(sketch, counter.mark(`late ${one}`))
    ok(counted > 8 && counted <= 16, `${counted}`)
  })

  test('a day later nothing is left of whoever came', () => {
    let now = 0
    const counter = createSubjectCounter(() => now, fixedRandom())
    const sketch = counter.sketch()
    for (let one = 0; one < 15; one++) counter.add(sketch, counter.mark(`subject ${one}`))
    now = WINDOW_MS
    equal(counter.add(sketch, counter.mark('another')), 1)
  })

  test('the key of a window that is over is drawn anew: the same subject has another mark', () => {
    let now = 0
    const counter = createSubjectCounter(() => now, fixedRandom())
    const marks = new Set<string>()
    for (let day = 0; day < 8; day++) {
      now = day * WINDOW_MS
      marks.add(counter.mark('one').join())
    }
    ok(marks.size > 4)
  })
})
