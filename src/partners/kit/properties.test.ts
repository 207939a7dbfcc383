import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createPropertySorter, numberOf, textOf } from './properties.ts'

const sort = createPropertySorter('revenue', 'currency')

describe('partners: properties by their names at the partner', () => {
  test('some have a place of their own, lists become objects, the rest is free', () => {
    deepEqual(
      sort({ plan: 'pro', 'items[].id': ['a', 'b'], revenue: 6.5, 'items[].n': [1, 2], 'a.b': true, 'x[]': [1] }),
      {
        own: { revenue: 6.5 },
        lists: {
          items: [
            { id: 'a', n: 1 },
            { id: 'b', n: 2 },
          ],
        },
        rest: { 'a.b': true, plan: 'pro', 'x[]': [1] },
      },
    )
  })
  test('a list that lost members stays out, whichever comes first', () => {
    deepEqual(sort({ 'items[].id': ['a'], 'items[].n': [1, 2] }).lists, { items: [{ n: 1 }, { n: 2 }] })
    deepEqual(sort({ 'items[].n': ['a'], 'items[].id': [1, 2] }).lists, { items: [{ id: 1 }, { id: 2 }] })
  })
  test('one value is a list of one', () => {
    deepEqual(sort({ 'items[].id': 'a' }).lists, { items: [{ id: 'a' }] })
  })
  test('the order in which a contract names them does not show', () => {
    deepEqual(
      JSON.stringify(sort({ b: 1, a: 2, 'l[].y': [1], 'l[].x': [2] })),
      JSON.stringify(sort({ 'l[].x': [2], a: 2, 'l[].y': [1], b: 1 })),
    )
  })
  test('nothing is nothing', () => {
    deepEqual(sort(undefined), { own: {}, lists: {}, rest: undefined })
    deepEqual(sort({ revenue: 1 }).rest, undefined)
  })
  test('names of objects’ own members are only names', () => {
    deepEqual(Object.entries(sort({ constructor: 'x', 'toString[].valueOf': ['y'] }).rest ?? {}), [
      ['constructor', 'x'],
    ])
  })
})

describe('partners: values of properties', () => {
  const numbers: [unknown, number | undefined][] = [
    [6.5, 6.5],
    [' -6.50 ', -6.5],
    ['1e3', undefined],
    ['', undefined],
    ['6,5', undefined],
    [true, undefined],
    [[6.5], undefined],
    [undefined, undefined],
  ]
  for (const [value, expected] of numbers)
    test(`${JSON.stringify(value)} as a number`, () => equal(numberOf(value as never), expected))
  test('texts', () => {
    deepEqual(
      [textOf('a'), textOf(0), textOf(false), textOf(null), textOf(['a']), textOf({})],
      ['a', '0', 'false', undefined, undefined, undefined],
    )
  })
})
