import { deepEqual, equal, match, notEqual, throws } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Handle, IdentityKey } from '../model/brand.ts'
import { createHandles } from './handles.ts'

const KEYS = ['a'.repeat(32), 'b'.repeat(32)] as IdentityKey[]

const INDEX_KEY = createSecretKey(Buffer.alloc(32, 1))
const handles = (now: () => number = () => 0, key = INDEX_KEY) => createHandles(key, now, randomBytes)

describe('handles', () => {
  test('lead back to their keys for one hour and no longer', () => {
    let now = 1_000
    const { handleFor, keysOf } = handles(() => now)
    const handle = handleFor(KEYS)
    now = 1_000 + 3_599_999
    deepEqual(keysOf(handle), KEYS)
    now = 1_000 + 3_600_000
    equal(keysOf(handle), undefined)
  })

  test('are new each time, and fit a URL with every identity that a person can be looked up by', () => {
    const { handleFor, keysOf } = handles()
    notEqual(handleFor(KEYS), handleFor(KEYS))
    const most = Array.from({ length: 16 }, (_, index) => index.toString(16).repeat(32) as IdentityKey)
    match(handleFor(most), /^[\w-]{1,400}$/)
    deepEqual(keysOf(handleFor(most)), most)
    throws(() => handleFor([...most, ...KEYS]), RangeError)
  })

  test('are answered by any process with the same index key, and by none with another', () => {
    const handle = handles().handleFor(KEYS)
    deepEqual(handles().keysOf(handle), KEYS)
    equal(handles(() => 0, createSecretKey(Buffer.alloc(32, 2))).keysOf(handle), undefined)
  })

  test('that were never given out, or altered anywhere, lead nowhere', () => {
    const { handleFor, keysOf } = handles()
    for (const made of ['', 'A', 'AAAAAAAAAAAAAAAAAAAAAA', 'A'.repeat(88)]) equal(keysOf(made as Handle), undefined)
    const bytes = Buffer.from(handleFor(KEYS), 'base64url')
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes)
      altered[at]! ^= 1
      equal(keysOf(altered.toString('base64url') as Handle), undefined, String(at))
    }
  })
})
