import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Handle, IdentityKey } from '../model/brand.ts'
import { createHandles } from './handles.ts'

const KEYS = ['a'.repeat(32), 'b'.repeat(32)] as IdentityKey[]

describe('handles', () => {
  test('lead back to their keys for one hour and no longer', () => {
    let now = 1_000
    const { handleFor, keysOf } = createHandles(() => now, randomBytes)
    const handle = handleFor(KEYS)
    now = 1_000 + 3_599_999
    deepEqual(keysOf(handle), KEYS)
    now = 1_000 + 3_600_000
    equal(keysOf(handle), undefined)
  })

  test('are 128 random bits as base64url, and new each time', () => {
    const { handleFor } = createHandles(() => 0, randomBytes)
    match(handleFor(KEYS), /^[\w-]{22}$/)
    notEqual(handleFor(KEYS), handleFor(KEYS))
  })

  test('that were never given out lead nowhere', () => {
    equal(createHandles(() => 0, randomBytes).keysOf('AAAAAAAAAAAAAAAAAAAAAA' as Handle), undefined)
  })
})
