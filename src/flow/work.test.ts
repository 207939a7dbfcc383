import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createWork, type Steps } from './work.ts'

/** Turns that come when they are told to. */
function turns() {
  const waiting: (() => void)[] = []
  return {
    after: (call: () => void) => {
      waiting.push(call)
    },
    next: () => {
      for (const call of waiting.splice(0)) call()
    },
    waiting,
  }
}

function* steps(name: string, costs: readonly number[], done: string[]): Steps<string> {
  for (const [index, cost] of costs.entries()) {
    done.push(`${name}${index}`)
    yield cost
  }
  return name
}

describe('work in turns', () => {
  test('a turn ends after the step with which its units are used up, and the next one goes on', async () => {
    const { after, next } = turns()
    const done: string[] = []
    const work = createWork(after, 10)
    const result = work.run(steps('a', [6, 6, 6], done))
    deepStrictEqual(done, [], 'nothing is done in the turn that asks')
    next()
    deepStrictEqual(done, ['a0', 'a1'])
    next()
    deepStrictEqual(done, ['a0', 'a1', 'a2'])
    strictEqual(await result, 'a')
    strictEqual(work.waiting(), 0)
  })

  test('a small request behind a long one waits for one turn, not for all of it', async () => {
    const { after, next } = turns()
    const done: string[] = []
    const work = createWork(after, 10)
    const long = work.run(steps('long', [10, 10, 10, 10], done))
    const small = work.run(steps('small', [1], done))
    next()
    next()
    deepStrictEqual(done, ['long0', 'small0', 'long1'])
    strictEqual(await small, 'small')
    next()
    next()
    next()
    strictEqual(await long, 'long')
  })

  test('small ones share a turn', () => {
    const { after, next, waiting } = turns()
    const done: string[] = []
    const work = createWork(after, 10)
    for (const name of ['a', 'b', 'c']) void work.run(steps(name, [1], done))
    strictEqual(waiting.length, 1)
    next()
    deepStrictEqual(done, ['a0', 'b0', 'c0'])
  })

  test('what a step throws is its own request’s, and the others go on', async () => {
    const { after, next } = turns()
    const work = createWork(after, 10)
    const failing = work.run(
      (function* (): Steps<never> {
        yield 1
        throw new RangeError('mine')
      })(),
    )
    const other = work.run(steps('b', [1], []))
    const refused = rejects(failing, { message: 'mine' })
    next()
    await refused
    strictEqual(await other, 'b')
  })
})
