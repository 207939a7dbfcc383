/** Opaque names for subjects, so that no identity is ever in a URL. */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import type { EpochMs, Handle, IdentityKey } from '../model/brand.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'

/** How long a handle is good for after it was given out, in milliseconds. */
export const HANDLE_TTL_MS = 3_600_000
/** More than anybody is asked about by: so that a handle fits a URL. */
const MAX_KEYS = 16
const BOUND = 'sluice subject handle'
const KEY_BYTES = 16
const TIME_BYTES = 6

export interface Handles {
  handleFor(keys: readonly IdentityKey[]): Handle
  keysOf(handle: Handle): readonly IdentityKey[] | undefined
}

/**
 * A handle is its keys and its end, sealed: nobody keeps it, and any process with the same index key answers it, after a
 * restart too. It is good for an hour, by design: one in a log or a bookmark must not lead to a person for ever.
 * @param random cryptographically strong, as `node:crypto`'s `randomBytes`
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
