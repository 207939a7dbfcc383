/**
 * A random key for each subject, stored wrapped: destroying it destroys everything sealed under it, including copies.
 */
import { createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs, IdentityKey } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import { Recent } from '../model/recent.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import type { SubjectKeyStore } from './store.ts'

const KEY_BYTES = 32
/** The sealed constant: opening it proves the key-encryption key. */
const CHECK_BOUND = 'sluice key check'
const CHECK_TEXT = 'ok'

export interface SubjectKey {
  /** Identifies the key in everything sealed under it. Never reused. */
  readonly id: number
  readonly epoch: number
  readonly key: KeyObject
}

export interface Keyring {
  /**
   * A key for each identity, in order. New ones are durable when this returns. Throws `ERR_INTAKE_UNAVAILABLE` if they
   * cannot be stored, or if a stored key is damaged.
   */
  require(identities: readonly IdentityKey[]): readonly SubjectKey[]
  /** `gone` if the key was destroyed; `damaged` if it exists but cannot be opened. */
  keyOf(id: number): KeyObject | 'gone' | 'damaged'
  /** The same for reading old events: leaves the cache, which serves new events, unchanged. */
  peekKey(id: number): KeyObject | 'gone' | 'damaged'
  /** Overwrites the keys of these identities; returns the ids of those that existed. */
  destroy(identities: readonly IdentityKey[]): readonly number[]
}

export interface KeyringParts {
  readonly store: SubjectKeyStore
  /** 32 bytes. Without it nothing that was sealed can be read again. */
  readonly keyEncryptionKey: Uint8Array
  readonly random: RandomBytes
  /** Unwrapped keys cached in memory. */
  readonly cached: number
  /** The current epoch: months since 1970. New keys are made for it; those of earlier epochs still open. */
  readonly epoch: () => number
}

/** The key epoch of a time: months since 1970. */
export function epochOf(at: EpochMs): number {
  const date = new Date(at)
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth()
}

/** Throws if the stored keys were wrapped under another key-encryption key. */
export function createKeyring({ store, keyEncryptionKey, random, cached, epoch: epochNow }: KeyringParts): Keyring {
  if (keyEncryptionKey.length !== KEY_BYTES) throw new RangeError(`the key-encryption key must have ${KEY_BYTES} bytes`)
  const wrapping = createSecretKey(keyEncryptionKey)
  const nonce = nonceSource(random)
  const byIdentity = new Recent<IdentityKey, SubjectKey>({ max: cached })
  const byId = new Recent<number, KeyObject>({ max: cached })
  requireRightKey(store, wrapping, nonce)

  const unwrap = (id: number, identity: IdentityKey, epoch: number, wrapped: Uint8Array): SubjectKey | undefined => {
    const bytes = unseal(wrapping, identity, wrapped)
    return bytes && remember(identity, { id, epoch, key: createSecretKey(bytes) })
  }
  const remember = (identity: IdentityKey, subject: SubjectKey): SubjectKey => {
    if (subject.epoch >= (byIdentity.peek(identity)?.epoch ?? 0)) byIdentity.set(identity, subject)
    byId.set(subject.id, subject.key)
    return subject
  }

  return {
    require: (identities) => {
      const epoch = epochNow()
      const found = new Map<IdentityKey, SubjectKey>()
      const made = new Map<IdentityKey, { identity: IdentityKey; epoch: number; key: KeyObject; wrapped: Uint8Array }>()
      for (const identity of identities) {
        if (found.has(identity) || made.has(identity)) continue
        const cachedKey = byIdentity.get(identity)
        if (cachedKey?.epoch === epoch) {
          found.set(identity, cachedKey)
          continue
        }
        const stored = store.find(identity, epoch)
        if (stored !== undefined) {
          const known = unwrap(stored.id, identity, epoch, stored.wrapped)
          if (known === undefined) throw new GatewayError('ERR_INTAKE_UNAVAILABLE', { why: 'key_damaged' })
          found.set(identity, known)
          continue
        }
        const bytes = random(KEY_BYTES)
        made.set(identity, {
          identity,
          epoch,
          key: createSecretKey(bytes),
          wrapped: seal(wrapping, nonce(), identity, bytes),
        })
      }
      if (made.size > 0) {
        const fresh = [...made.values()]
        for (const [index, id] of store.add(fresh).entries()) {
          const { identity, key } = fresh[index] as (typeof fresh)[number]
          found.set(identity, remember(identity, { id, epoch, key }))
        }
      }
      return identities.map((identity) => found.get(identity) as SubjectKey)
    },

    keyOf: (id) => {
      const cachedKey = byId.get(id)
      if (cachedKey !== undefined) return cachedKey
      const stored = store.byId(id)
      if (stored === undefined) return 'gone'
      return unwrap(id, stored.identity, stored.epoch, stored.wrapped)?.key ?? 'damaged'
    },

    peekKey: (id) => {
      const cachedKey = byId.peek(id)
      if (cachedKey !== undefined) return cachedKey
      const stored = store.byId(id)
      if (stored === undefined) return 'gone'
      const bytes = unseal(wrapping, stored.identity, stored.wrapped)
      return bytes === undefined ? 'damaged' : createSecretKey(bytes)
    },

    destroy: (identities) => {
      const ids = store.remove(identities)
      for (const identity of identities) byIdentity.delete(identity)
      for (const id of ids) byId.delete(id)
      return ids
    },
  }
}

function requireRightKey(store: SubjectKeyStore, wrapping: KeyObject, nonce: () => Uint8Array): void {
  const sealed = store.loadCheck()
  if (sealed === undefined) store.saveCheck(seal(wrapping, nonce(), CHECK_BOUND, CHECK_TEXT))
  else if (unseal(wrapping, CHECK_BOUND, sealed)?.toString() !== CHECK_TEXT) {
    throw new Error('the key-encryption key is not the one that the stored subject keys were wrapped under')
  }
}
