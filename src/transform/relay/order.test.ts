import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createOrder } from './order.ts'

describe('an object’s members in the order of its keys', () => {
  test('are those of its own keys, whatever the object before had', () => {
    let asked = 0
    const inOrder = createOrder((name) => {
      asked++
      return name.toUpperCase()
    })
    const rows: readonly (readonly [names: readonly string[], asked: number])[] = [
      [[], 0],
      [['a', 'b'], 2],
      [['a', 'b'], 2],
      [['b', 'a'], 4],
      [['a'], 5],
      [['a', 'b', 'c'], 8],
      [['a', 'b', 'c'], 8],
      [['a', 'b', 'd'], 11],
    ]
    for (const [names, times] of rows) {
      deepEqual(
        inOrder(names),
        names.map((name) => name.toUpperCase()),
      )
      deepEqual(asked, times)
    }
  })

  test('of very many keys nothing is remembered', () => {
    let asked = 0
    const inOrder = createOrder(() => asked++)
    const names = Array.from({ length: 1_000 }, (_, index) => `k${index}`)
    inOrder(names)
    inOrder(names)
    deepEqual(asked, 2_000)
  })
})
