/** Opaque handles for subjects, so that no identity appears in a URL. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs, Handle, IdentityKey } from '../model/brand.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'

/** Lifetime of a handle. */
export const HANDLE_TTL_MS = 3_600_000
/** Limits a handle to the length of a URL; more than any look-up names. */
const MAX_KEYS = 16
const BOUND = 'sluice subject handle'
const KEY_BYTES = 16
const TIME_BYTES = 6

export interface Handles {
  handleFor(keys: readonly IdentityKey[]): Handle
  keysOf(handle: Handle): readonly IdentityKey[] | undefined
}

/**
 * A handle is stateless: it holds its keys and its expiry, sealed. Any process with the same index key can open it, also
 * after a restart. It expires after an hour, so that one in a log or a bookmark does not identify a subject for ever.
 * @param random cryptographically strong, such as `node:crypto`'s `randomBytes`
 */
export function createHandles(indexKey: KeyObject, now: () => EpochMs, random: RandomBytes): Handles {
  const key = createSecretKey(createHmac('sha256', indexKey).update('sluice subject handles').digest())
  const nonce = nonceSource(random)
  return {
    handleFor: (keys) => {
      if (keys.length > MAX_KEYS) throw new RangeError(`a handle has ${MAX_KEYS} keys at most`)
      const text = Buffer.alloc(TIME_BYTES + keys.length * KEY_BYTES)
      text.writeUIntBE(now() + HANDLE_TTL_MS, 0, TIME_BYTES)
      for (const [index, one] of keys.entries()) text.write(one, TIME_BYTES + index * KEY_BYTES, KEY_BYTES, 'hex')
      return Buffer.from(seal(key, nonce(), BOUND, text)).toString('base64url') as Handle
    },
    keysOf: (handle) => {
      const text = unseal(key, BOUND, Buffer.from(handle, 'base64url'))
      if (text === undefined || now() >= text.readUIntBE(0, TIME_BYTES)) return undefined
      const keys: IdentityKey[] = []
      for (let at = TIME_BYTES; at < text.length; at += KEY_BYTES)
        keys.push(text.toString('hex', at, at + KEY_BYTES) as IdentityKey)
      return keys
    },
  }
}
