import { deepEqual, ok } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ownConstants } from './own-constants.ts'
import type { EncodedItem } from './type.ts'

const item = (value: object): EncodedItem => ({ kind: 'item', bytes: JSON.stringify(value) })

describe('partners: what an encoder writes of its own accord', () => {
  test('is what no view’s value explains, under any flags, on any platform', () => {
    const constants = ownConstants((view, { restricted }) =>
      item({
        att: restricted ? 2 : 3,
        id: view.user_id,
        app: view.app.id,
        p: view.app.platform === 'ios' ? 'i2' : 'a2',
        on: true,
      }),
    )
    deepEqual([...constants].sort(), ['2', '3', 'a2', 'i2'])
  })
  test('is found in queries and in JSON inside them', () => {
    const constants = ownConstants((view) => ({
      kind: 'item',
      bytes: `/p?s2s=1&u=${view.user_id}&o=${encodeURIComponent('{"google":{"eea":"7"}}')}\nX: y`,
    }))
    ok(['1', '7', '{"google":{"eea":"7"}}'].every((constant) => constants.includes(constant)))
    ok(!constants.some((constant) => constant.includes('user')))
  })
  test('shows beside the properties that bring it about', () => {
    const encode = (view: { readonly property?: object }): EncodedItem =>
      item(Object.keys(view.property ?? {}).length > 0 ? { kind: 'revenue' } : {})
    deepEqual(ownConstants(encode), [])
    deepEqual(ownConstants(encode, ['amount']), ['revenue'])
  })
  test('an encoder that can say nothing writes nothing', () => {
    deepEqual(
      ownConstants(() => ({ kind: 'impossible', needs: 'size' })),
      [],
    )
  })
})
