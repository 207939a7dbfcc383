import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTurns } from './turns.ts'

describe('turns', () => {
  test('who waits for the same turn takes each step together; who comes later waits for the next', async () => {
    const turns: (() => void)[] = []
    const nextTurn = createTurns((call) => turns.push(call))
    const steps: string[] = []
    const walk = async (name: string): Promise<void> => {
      await nextTurn()
      steps.push(`${name} reads`)
      await nextTurn()
      steps.push(`${name} decides`)
    }
    const walks = [walk('a'), walk('b')]
    deepEqual(turns.length, 1)
    turns.shift()!()
    await Promise.resolve()
    walks.push(walk('c'))
    deepEqual(turns.length, 1)
    turns.shift()!()
    await Promise.resolve()
    deepEqual(steps, ['a reads', 'b reads', 'a decides', 'b decides', 'c reads'])
    turns.shift()!()
    await Promise.all(walks)
    deepEqual(turns, [])
  })
})
