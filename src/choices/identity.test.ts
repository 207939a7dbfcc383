import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Identity, IdentityKind } from '../model/event.ts'
import { createIdentityKeys, kindOfKey } from './identity.ts'
import { refusalOf } from './normal-form.ts'

const INDEX_KEY = createSecretKey(Buffer.alloc(32, 7))
const IDFA = 'AB01CD23-EF45-6789-0A1B-2C3D4E5F6071'

describe('identity keys', () => {
  test('are the first 16 bytes of HMAC-SHA256 over kind, NUL and value, led by the number of the kind', () => {
    // printf 'user\0u-1' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…07
    equal(createIdentityKeys(INDEX_KEY).keyOf({ kind: 'user', value: 'u-1' }), '23e02e562908e3dc9d1793e87cc7405b')
    const kinds: IdentityKind[] = ['user', 'anonymous', 'advertising_id', 'vendor_id']
    const firsts = kinds.map((kind) =>
      Number.parseInt(createIdentityKeys(INDEX_KEY).keyOf({ kind, value: IDFA }).slice(0, 1), 16),
    )
    deepEqual(
      firsts.map((digit) => digit >> 2),
      [0, 1, 2, 3],
    )
    deepEqual(
      kinds.map((kind) => kindOfKey(createIdentityKeys(INDEX_KEY).keyOf({ kind, value: IDFA }))),
      kinds,
    )
  })

  const same: [IdentityKind, string, string][] = [
    ['advertising_id', IDFA, IDFA.toLowerCase()],
    ['advertising_id', IDFA, IDFA.replaceAll('-', '')],
    ['vendor_id', IDFA, ` ${IDFA.replaceAll('-', '').toLowerCase()}\n`],
    ['vendor_id', '9774d56d682e549c', '9774D56D682E549C'],
    ['user', 'Ame\u0301lie', 'Am\u00e9lie'],
    ['anonymous', ' a1 ', 'a1'],
  ]
  for (const [kind, a, b] of same) {
    test(`${kind}: ${JSON.stringify(a)} and ${JSON.stringify(b)} are one identity`, () => {
      const { keyOf } = createIdentityKeys(INDEX_KEY)
      equal(keyOf({ kind, value: a }), keyOf({ kind, value: b }))
    })
  }

  const different: [Identity, Identity][] = [
    [
      { kind: 'user', value: 'a' },
      { kind: 'user', value: 'A' },
    ],
    [
      { kind: 'user', value: 'a' },
      { kind: 'anonymous', value: 'a' },
    ],
    [
      { kind: 'advertising_id', value: IDFA },
      { kind: 'vendor_id', value: IDFA },
    ],
    [
      { kind: 'user', value: IDFA },
      { kind: 'user', value: IDFA.replaceAll('-', '') },
    ],
    [
      { kind: 'vendor_id', value: 'A-B' },
      { kind: 'vendor_id', value: 'AB' },
    ],
  ]
  for (const [a, b] of different) {
    test(`${a.kind} ${a.value} and ${b.kind} ${b.value} are two identities`, () => {
      const { keyOf } = createIdentityKeys(INDEX_KEY)
      notEqual(keyOf(a), keyOf(b))
    })
  }

  test('differ under another index key, and are 32 lower-case hex digits', () => {
    const identity: Identity = { kind: 'user', value: 'u-1' }
    const key = createIdentityKeys(createSecretKey(Buffer.alloc(32, 8))).keyOf(identity)
    match(key, /^[0-9a-f]{32}$/)
    notEqual(key, createIdentityKeys(INDEX_KEY).keyOf(identity))
  })

  test('are each identity’s own, whatever was remembered before: no value passes for another one in a namespace', () => {
    const of = { namespace: 'bank' }
    const victim: Identity = { kind: 'user', value: 'victim', of }
    const [own, plain] = [createIdentityKeys(INDEX_KEY).keyOf(victim), 'bank opaque \0victim']
    for (const spelt of ['bank opaque', 'bank opaque ', ' opaque '])
      for (const scope of [undefined, {}, of, { namespace: 'shop' }]) {
        const value = `${spelt}\0victim`
        const keys = createIdentityKeys(INDEX_KEY)
        keys.keyOf(scope === undefined ? { kind: 'user', value } : { kind: 'user', value, of: scope })
        equal(keys.keyOf(victim), own)
      }
    const keys = createIdentityKeys(INDEX_KEY)
    keys.keyOf(victim)
    notEqual(keys.keyOf({ kind: 'user', value: plain }), own)
  })

  test('are the same again after the memory of them has overflowed', () => {
    const { keyOf } = createIdentityKeys(INDEX_KEY, 2)
    const first = keyOf({ kind: 'user', value: 'u-1' })
    for (const value of ['u-2', 'u-3', 'u-4']) keyOf({ kind: 'user', value })
    equal(keyOf({ kind: 'user', value: 'u-1' }), first)
  })
})

describe('what is no identity', () => {
  const nobody: [IdentityKind, string][] = [
    ['user', ''],
    ['user', ' \t'],
    ['anonymous', '00000000-0000-0000-0000-000000000000'],
    ['advertising_id', '00000000-0000-0000-0000-000000000000'],
    ['advertising_id', '00000000000000000000000000000000'],
    ['advertising_id', '0000'],
    ['vendor_id', ''],
    ['vendor_id', '00000000-0000-0000-0000-000000000000'],
  ]
  for (const [kind, value] of nobody) {
    test(`${kind} ${JSON.stringify(value)} names nobody`, () => {
      const { keyOf, isPlaceholderKey } = createIdentityKeys(INDEX_KEY)
      equal(refusalOf({ kind, value }), 'placeholder')
      equal(isPlaceholderKey(keyOf({ kind, value })), true)
    })
  }

  const somebody: [IdentityKind, string][] = [
    ['user', '10'],
    ['anonymous', 'a'],
    ['advertising_id', IDFA],
    ['vendor_id', '00000000-0000-0000-0000-000000000001'],
  ]
  for (const [kind, value] of somebody) {
    test(`${kind} ${value} names somebody`, () => {
      const { keyOf, isPlaceholderKey } = createIdentityKeys(INDEX_KEY)
      equal(refusalOf({ kind, value }), undefined)
      equal(isPlaceholderKey(keyOf({ kind, value })), false)
    })
  }
})
