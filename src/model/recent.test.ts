import { equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Recent } from './recent.ts'

function kept<V>(recent: Recent<string, V>, keys: readonly string[]): string {
  return keys.filter((key) => recent.peek(key) !== undefined).join('')
}
const LETTERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']

describe('recent', () => {
  test('holds at most so many entries, and the last half of them for certain', () => {
    const recent = new Recent<string, number>({ max: 4 })
    LETTERS.forEach((letter, n) => {
      recent.set(letter, n)
      const held = kept(recent, LETTERS)
      equal(held.length <= 4, true, held)
      equal(held.endsWith(LETTERS.slice(Math.max(0, n - 1), n + 1).join('')), true, held)
    })
  })

  test('what is found stays, what nobody asks for goes', () => {
    const recent = new Recent<string, number>({ max: 4 })
    recent.set('a', 1)
    recent.set('b', 2)
    for (const letter of ['c', 'd', 'e', 'f', 'g']) {
      equal(recent.get('a'), 1)
      recent.set(letter, 3)
    }
    equal(recent.get('a'), 1)
    equal(recent.get('b'), undefined)
  })

  test('a look leaves an entry as recent as it was', () => {
    const recent = new Recent<string, number>({ max: 4 })
    recent.set('a', 1)
    for (const letter of ['b', 'c', 'd']) {
      recent.peek('a')
      recent.set(letter, 2)
    }
    recent.peek('a')
    recent.set('e', 2)
    equal(recent.peek('a'), undefined)
  })

  test('what was deleted is gone from both halves, also after it was replaced', () => {
    const recent = new Recent<string, number>({ max: 4 })
    recent.set('a', 1)
    recent.set('b', 1)
    recent.set('c', 1)
    recent.set('a', 2)
    equal(recent.get('a'), 2)
    recent.delete('a')
    equal(recent.get('a'), undefined)
    equal(recent.peek('a'), undefined)
  })

  test('holds at most so much', () => {
    const recent = new Recent<string, string>({ max: 100, maxSize: 10, sizeOf: (value) => value.length })
    for (const letter of LETTERS) {
      recent.set(letter, 'xx')
      const held = kept(recent, LETTERS)
      equal(held.length <= 5, true, held)
      equal(held.includes(letter), true)
    }
  })

  test('a value too large is not kept, and the one that it replaces neither', () => {
    const recent = new Recent<string, string>({ max: 100, maxSize: 10, sizeOf: (value) => value.length })
    recent.set('a', 'x')
    recent.set('a', 'xxxxxx')
    equal(recent.get('a'), undefined)
    for (const letter of ['b', 'c', 'd', 'e', 'f']) recent.set(letter, 'x')
    equal(kept(recent, LETTERS), 'bcdef')
  })

  test('replacing a value over and over counts it once', () => {
    const recent = new Recent<string, string>({ max: 100, maxSize: 10, sizeOf: (value) => value.length })
    recent.set('a', 'x')
    for (let round = 0; round < 50; round++) recent.set('b', 'xx')
    equal(kept(recent, LETTERS), 'ab')
  })

  test('remembers one entry where the bound is one', () => {
    const recent = new Recent<string, number>({ max: 1 })
    recent.set('a', 1)
    equal(recent.get('a'), 1)
  })
})
