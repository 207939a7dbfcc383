import { deepEqual, equal } from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { anyCharacter } from '../../../test/support/any-text.ts'
import type { Json } from '../../model/brand.ts'
import { FormMembers, HeaderMembers, JsonMembers, JsonText, jsonText, memberName } from './written.ts'

describe('what passes, as text', () => {
  test('is JSON as the platform writes it', () => {
    const value = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.string(),
      fc.double(),
      fc.boolean(),
      fc.jsonValue() as fc.Arbitrary<Json>,
    )
    fc.assert(fc.property(value, (one) => equal(jsonText(one as Json), JSON.stringify(one))))
  })

  const odd = 'a "b" \\ \n \u2028 \ud800 é'

  test('an object’s members, whatever they are called', () => {
    const into = new JsonMembers()
    equal(into.text, undefined)
    into.add(memberName(odd), odd)
    into.add(memberName('inner'), new JsonText('{"a":[1]}'))
    into.add(memberName('n'), 1e21)
    into.add(memberName('beyond'), Number.POSITIVE_INFINITY)
    deepEqual(JSON.parse(into.text!), { [odd]: odd, inner: { a: [1] }, n: 1e21, beyond: null })
  })

  test('a form’s fields, a secret’s place left as it is', () => {
    const into = new FormMembers()
    into.add(memberName('a&b'), 'x=1&y é+')
    into.add(memberName('data'), new JsonText('{"a":"b"}'))
    into.add(memberName('list'), [1, 'two'])
    into.add(memberName('half'), '\ud800')
    into.add(memberName('key'), '{{secret:key}}')
    equal(into.text.split('&').at(-1), 'key={{secret:key}}')
    deepEqual(
      [...new URLSearchParams(into.text)],
      [
        ['a&b', 'x=1&y é+'],
        ['data', '{"a":"b"}'],
        ['list', '[1,"two"]'],
        ['half', '\ufffd'],
        ['key', '{{secret:key}}'],
      ],
    )
  })

  test('headers, and none with what no header may hold', () => {
    const into = new HeaderMembers()
    into.add(memberName('x-word'), 'word')
    into.add(memberName('x-number'), 42)
    into.add(memberName('x-split'), 'a\r\nb: c')
    into.add(memberName('x-empty'), '')
    deepEqual(into.texts, { 'x-word': 'word', 'x-number': '42' })
  })
})
