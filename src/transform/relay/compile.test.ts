import { deepEqual } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Json } from '../../model/brand.ts'
import { FIELD_CLASSES, type FieldClass, topOf } from '../../model/field-class.ts'
import type { RelayNode } from '../../model/relay-map.ts'
import { compileNode } from './compile.ts'
import { Reading, Writing } from './reading.ts'
import { jsonText } from './written.ts'

/** What passes with everything granted but what is named otherwise. */
function write(
  node: RelayNode,
  value: Json | undefined,
  levels: Partial<Record<FieldClass, number>> = {},
): Json | undefined {
  const fields = Object.fromEntries(
    FIELD_CLASSES.map((name) => [name, { level: levels[name] ?? topOf(name), why: 'agreed' }]),
  ) as unknown as Writing['decision']['fields']
  const none = {
    restricted: false,
    sale: false,
    sharing: false,
    targetedAdvertising: false,
    deviceLimit: false,
    gpc: false,
  }
  const decision = { kind: 'send', as: 'x', fields, properties: {}, flags: none, why: 'agreed' } as const
  const written = compileNode(node).write(value, new Writing(decision, { id: 'app' }, (text) => `p1.${text}`))
  return written === undefined ? undefined : JSON.parse(jsonText(written))
}
const text = { kind: 'plain', form: 'text' } as const
const place = (part: 'country' | 'city'): RelayNode => ({ kind: 'value', of: 'place', place: part })
const given: RelayNode = { kind: 'flag', write: ({ given: received }) => received }

describe('what stands at a place', () => {
  const rows: readonly [what: string, node: RelayNode, value: Json, passes: Json | undefined][] = [
    ['something plain', text, 'home-bottom', 'home-bottom'],
    ['an e-mail address where something plain should be', text, 'bob@mail.example', undefined],
    ['an IP address there', text, '203.0.113.77', undefined],
    ['a v6 address there', text, '2001:db8::1', undefined],
    ['a phone number there', text, '+44 20 7946 0958', undefined],
    ['a long text there', text, 'x'.repeat(600), undefined],
    ['a secret’s place there', text, 'a{{secret:key}}', undefined],
    ['an object there', text, { a: 1 }, undefined],
    ['a country', place('country'), 'USA', 'USA'],
    ['a position where a country should be', place('country'), '30.267153,-97.743057', undefined],
    ['a position where a city should be', place('city'), '30.267153,-97.743057', undefined],
    ['a city', place('city'), 'San José', 'San José'],
    ['a switch', given, 1, 1],
    ['a word in a flag', given, 'AUTHORIZED', 'AUTHORIZED'],
    ['JSON of words in a flag', given, '{"limit_data_sharing":false}', '{"limit_data_sharing":false}'],
    ['a list of words in a flag', given, ['LDU'], ['LDU']],
    ['an e-mail address in a flag', given, 'bob@mail.example', undefined],
    ['an e-mail address inside a flag', given, ['LDU', 'bob@mail.example'], undefined],
    ['a member named after a person in a flag', given, { 'bob@mail.example': 1 }, undefined],
    ['text that is no consent string', { kind: 'consent', signal: 'tcf' }, 'bob@mail.example', undefined],
    [
      'a consent string',
      { kind: 'consent', signal: 'tcf' },
      'CPXxRfAPXxRfA.YAAAAAAAAAAA',
      'CPXxRfAPXxRfA.YAAAAAAAAAAA',
    ],
    ['a time of no form', { kind: 'value', of: 'time', time: 'epoch' }, 'noon', undefined],
    ['no address', { kind: 'value', of: 'ip' }, 'here', undefined],
  ]
  for (const [what, node, value, passes] of rows)
    test(`${what}: ${passes === undefined ? 'does not pass' : 'passes'}`, () => deepEqual(write(node, value), passes))

  test('a list by position keeps its positions, whatever is withheld', () => {
    const node: RelayNode = {
      kind: 'tuple',
      blank: '',
      of: [text, { kind: 'value', of: 'device' }, { kind: 'value', of: 'carrier' }, text],
    }
    deepEqual(write(node, ['i2', 'iPhone15,2', 'Tel', '3', 'more'], { device: 0 }), ['i2', '', 'Tel', '3'])
    deepEqual(write(node, ['i2']), ['i2', '', '', ''])
  })

  test('an object that holds nothing any more is left out, one that says something by being there is not', () => {
    const members = { ifa: { kind: 'value', of: 'advertising_id' } } as const
    deepEqual(write({ kind: 'object', members }, { ifa: 'A', other: 1 }, { advertising_id: 0 }), undefined)
    deepEqual(write({ kind: 'object', members, keep: true }, { ifa: 'A' }, { advertising_id: 0 }), {})
  })

  test('a pseudonym stands only where a person’s id does', () => {
    deepEqual(write({ kind: 'value', of: 'user_id', pseudonym: true }, 'ann', { user_id: 1 }), 'p1.ann')
    deepEqual(write({ kind: 'value', of: 'advertising_id' }, 'AAAA', { advertising_id: 1 }), undefined)
  })

  test('people are told apart by a list of them, and only by kinds of identity that differ', () => {
    const people: RelayNode = {
      kind: 'list',
      people: true,
      of: {
        kind: 'object',
        members: { u: { kind: 'value', of: 'user_id' }, a: { kind: 'value', of: 'advertising_id' } },
      },
    }
    const mixed = (value: Json): boolean => {
      const reading = new Reading()
      compileNode(people).read(value, reading)
      return reading.mixed
    }
    deepEqual(
      [mixed([{ u: 'ann' }, { u: 'ben' }]), mixed([{ u: 'ann' }, { u: 'ann' }]), mixed([{ u: 'ann' }, { a: 'AAAA' }])],
      [true, false, false],
    )
  })
})
