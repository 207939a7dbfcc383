import { deepEqual, equal } from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Identity } from '../model/event.ts'
import type { UserIdFormat } from '../model/user-ids.ts'
import { createIdentityKeys } from './identity.ts'
import { normalForm, refusalOf } from './normal-form.ts'

const IDFA = 'AB01CD23-EF45-6789-0A1B-2C3D4E5F6071'
const SHA256 = '5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8'
const keys = createIdentityKeys(createSecretKey(Buffer.alloc(32, 7)))
const user = (value: string, format?: UserIdFormat): Identity =>
  format === undefined ? { kind: 'user', value } : { kind: 'user', value, of: { format } }

describe('the normal form of an identity', () => {
  const rows: [Identity, string | undefined][] = [
    [{ kind: 'advertising_id', value: `{${IDFA.toLowerCase()}}` }, IDFA],
    [{ kind: 'advertising_id', value: SHA256 }, undefined],
    [{ kind: 'advertising_id', value: 'not-a-uuid' }, undefined],
    [{ kind: 'advertising_id', value: IDFA.slice(1) }, undefined],
    [{ kind: 'vendor_id', value: IDFA.replaceAll('-', '\u2013') }, IDFA],
    [{ kind: 'vendor_id', value: IDFA.slice(1) }, undefined],
    [{ kind: 'vendor_id', value: 'a3f9c2d1e0b74a15\u200b' }, 'A3F9C2D1E0B74A15'],
    [{ kind: 'vendor_id', value: SHA256 }, SHA256.toUpperCase()],
    [{ kind: 'anonymous', value: ' \u200bAme\u0301lie ' }, 'Am\u00e9lie'],
    [user('\ufeff u\u00a01 '), 'u\u00a01'],
    [user('{AB}{CD}'), '{AB}{CD}'],
    [user('+1 (415) 555\u20110132', 'phone'), '+14155550132'],
    [user('0014155550132', 'phone'), '+14155550132'],
    [user('14155550132', 'phone'), '+14155550132'],
    [user('＋１４１５５５５０１３２', 'phone'), '+14155550132'],
    [user('0171 5550132', 'phone'), undefined],
    [user('555-0132', 'phone'), undefined],
    [user('jane', 'phone'), undefined],
    [user(' Jane@Example.org', 'email'), 'jane@example.org'],
    [user('a@b', 'email'), undefined],
    [user('jane', 'email'), undefined],
    [user(IDFA.toLowerCase().replaceAll('-', ''), 'uuid'), IDFA],
    [user('u-42', 'uuid'), undefined],
  ]
  for (const [identity, text] of rows) {
    test(`${identity.kind} ${identity.of?.format ?? ''} ${JSON.stringify(identity.value)}`, () => {
      deepEqual(normalForm(identity), text === undefined ? { ok: false, why: 'form' } : { ok: true, text })
    })
  }

  test('a placeholder is one in every kind and format', () => {
    for (const identity of [user('null'), user('undefined', 'phone'), user('{{email}}', 'email')]) {
      equal(refusalOf(identity), 'placeholder')
      equal(keys.isPlaceholderKey(keys.keyOf(identity)), true)
    }
    for (const kind of ['anonymous', 'advertising_id', 'vendor_id'] as const) {
      equal(refusalOf({ kind, value: '{NONE}' }), 'placeholder')
    }
  })
})

describe('keys of earlier formulas', () => {
  const keyOfOld = (text: string): string => keys.keyOf(user(text))

  test('are none where the spelling was plain', () => {
    for (const identity of [
      user('u-1'),
      user('+14155550132', 'phone'),
      { kind: 'advertising_id', value: IDFA } as const,
    ])
      deepEqual(keys.formerKeysOf(identity), [])
  })

  test('are the key that the spelling had before, so that what stands on it restricts', () => {
    const [former] = keys.formerKeysOf(user('+1 415 555 0132', 'phone'))
    equal(former, keyOfOld('+1 415 555 0132'))
    equal(keys.keyOf(user('+1 415 555 0132', 'phone')), keyOfOld('+14155550132'))
    deepEqual(keys.keysFor({ kind: 'advertising_id', value: `{${IDFA}}` }).length, 2)
  })

  test('what is not of its kind keeps the key it had: it may restrict, and nothing can be said of it', () => {
    const odd = { kind: 'advertising_id', value: SHA256 } as const
    equal(refusalOf(odd), 'form')
    equal(keys.isPlaceholderKey(keys.keyOf(odd)), false)
    deepEqual(keys.formerKeysOf(odd), [])
  })
})

describe('keys in a namespace', () => {
  const inB = (value: string): Identity => ({ kind: 'user', value, of: { namespace: 'b' } })

  test('differ from those of equal ids elsewhere, and follow from the key in the default namespace', () => {
    const [here, there] = [keys.keyOf(user('1001')), keys.keyOf(inB('1001'))]
    equal(here === there, false)
    equal(keys.inNamespace(here, 'b'), there)
    equal(keys.keyOf({ kind: 'user', value: '1001', of: { format: 'opaque' } }), here)
    equal(keys.keyOf({ kind: 'user', value: '1001', of: { namespace: 'c' } }) === there, false)
  })

  test('a device has one key, whatever app it is seen in', () => {
    const device = { kind: 'advertising_id', value: IDFA } as const
    equal(keys.keyOf({ ...device, of: { namespace: 'b' } }), keys.keyOf(device))
  })
})
