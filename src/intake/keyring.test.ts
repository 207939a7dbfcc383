import { deepEqual, equal, notEqual, throws } from 'node:assert/strict'
import { KeyObject, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { IdentityKey } from '../model/brand.ts'
import { createKeyring } from './keyring.ts'
import type { SubjectKeyStore } from './store.ts'

const kek = Buffer.alloc(32, 1)
const ann = 'ann' as IdentityKey
const bob = 'bob' as IdentityKey

/** A store that forgets nothing but what it is told to, and lets a test look at and damage what it keeps. */
function memoryStore() {
  const rows = new Map<number, { identity: IdentityKey; epoch: number; wrapped: Uint8Array }>()
  let check: Uint8Array | undefined
  let next = 1
  let adds = 0
  const store: SubjectKeyStore = {
    find: (identity, epoch) => {
      for (const [id, row] of rows)
        if (row.identity === identity && row.epoch === epoch) return { id, wrapped: row.wrapped }
      return undefined
    },
    has: () => false,
    byId: (id) => rows.get(id),
    add: (subjects) => {
      adds += 1
      return subjects.map((row) => {
        rows.set(next, { ...row })
        return next++
      })
    },
    remove: (identities) =>
      [...rows].filter(([id, row]) => identities.includes(row.identity) && rows.delete(id)).map(([id]) => id),
    overwrite: () => true,
    loadCheck: () => check,
    saveCheck: (sealed) => {
      check = sealed
    },
    close: () => undefined,
  }
  return { store, rows, adds: () => adds }
}
const keyringOver = (store: SubjectKeyStore, keyEncryptionKey = kek) =>
  createKeyring({ store, keyEncryptionKey, random: randomBytes, cached: 10, epoch: () => 682 })

describe('the keyring', () => {
  test('gives a subject the same key always and two subjects different keys', () => {
    const { store, adds } = memoryStore()
    const [a, b, again] = keyringOver(store).require([ann, bob, ann])
    equal(a?.key.equals(again!.key), true)
    equal(a?.key.equals(b!.key), false)
    equal(adds(), 1, 'both new keys in one transaction')
    const reopened = keyringOver(store)
    equal(reopened.require([ann])[0]?.key.equals(a!.key), true)
    const byId = reopened.keyOf(b!.id)
    equal(byId instanceof KeyObject && byId.equals(b!.key), true)
  })

  test('keeps keys wrapped', () => {
    const { store, rows } = memoryStore()
    const [a] = keyringOver(store).require([ann])
    equal(Buffer.from(rows.get(1)!.wrapped).includes(a!.key.export()), false)
  })

  test('a destroyed key is gone, and the subject gets another id and key', () => {
    const { store } = memoryStore()
    const keyring = keyringOver(store)
    const [before] = keyring.require([ann])
    deepEqual(keyring.destroy([ann, bob]), [before!.id])
    equal(keyring.keyOf(before!.id), 'gone')
    const [after] = keyring.require([ann])
    notEqual(after!.id, before!.id)
    equal(after!.key.equals(before!.key), false)
  })

  test('says that the key-encryption key is the wrong one, and does not start', () => {
    const { store } = memoryStore()
    keyringOver(store)
    throws(() => keyringOver(store, Buffer.alloc(32, 2)), /not the one/)
    throws(() => keyringOver(store, Buffer.alloc(16)), /32 bytes/)
  })

  test('a damaged key is not taken for an erased one', () => {
    const { store, rows } = memoryStore()
    const [a] = keyringOver(store).require([ann])
    rows.get(a!.id)!.wrapped[20]! ^= 1
    const keyring = keyringOver(store)
    equal(keyring.keyOf(a!.id), 'damaged')
    throws(() => keyring.require([ann]), { code: 'ERR_INTAKE_UNAVAILABLE', details: { why: 'key_damaged' } })
  })
})
