import { equal, notDeepEqual } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { nonceSource, seal, unseal } from '../platform/seal.ts'

const key = createSecretKey(Buffer.alloc(32, 7))
const nonce = Buffer.alloc(12, 1)

describe('sealing', () => {
  test('a sealed text opens with the same key for the same place', () => {
    equal(unseal(key, 'event 1', seal(key, nonce, 'event 1', '{"città":"Ürümqi"}'))?.toString(), '{"città":"Ürümqi"}')
  })

  test('another key, another place, a changed or a cut text does not open', () => {
    const sealed = seal(key, nonce, 'event 1', 'text')
    const changed = Uint8Array.from(sealed)
    changed[14]! ^= 1
    equal(unseal(createSecretKey(Buffer.alloc(32, 8)), 'event 1', sealed), undefined)
    equal(unseal(key, 'event 2', sealed), undefined)
    equal(unseal(key, 'event 1', changed), undefined)
    equal(unseal(key, 'event 1', sealed.subarray(0, 20)), undefined)
  })

  test('a thousand nonces are all different', () => {
    const next = nonceSource(randomBytes)
    const nonces = new Set(Array.from({ length: 1_000 }, () => Buffer.from(next()).toString('hex')))
    equal(nonces.size, 1_000)
    notDeepEqual(next(), next())
  })
})
