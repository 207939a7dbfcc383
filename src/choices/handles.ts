/** Opaque names for subjects, so that no identity is ever in a URL. */
import { LRUCache } from 'lru-cache'
import type { EpochMs, Handle, IdentityKey } from '../model/brand.ts'

/** How long a handle is good for after it was given out, in milliseconds. */
export const HANDLE_TTL_MS = 3_600_000
/** Handles kept at once; the least recently used goes first. */
const MAX_HANDLES = 10_000
const HANDLE_BYTES = 16

export interface Handles {
  handleFor(keys: readonly IdentityKey[]): Handle
  keysOf(handle: Handle): readonly IdentityKey[] | undefined
}

/**
 * Handles live in memory and are gone after a restart, by design: a handle in a log or a bookmark must not lead to a
 * person for ever.
 * @param randomBytes cryptographically strong, as `node:crypto`'s
 */
export function createHandles(now: () => EpochMs, randomBytes: (size: number) => Uint8Array): Handles {
  const kept = new LRUCache<Handle, { readonly keys: readonly IdentityKey[]; readonly until: EpochMs }>({
    max: MAX_HANDLES,
  })
  return {
    handleFor: (keys) => {
      const handle = Buffer.from(randomBytes(HANDLE_BYTES)).toString('base64url') as Handle
      kept.set(handle, { keys: [...keys], until: now() + HANDLE_TTL_MS })
      return handle
    },
    keysOf: (handle) => {
      const found = kept.get(handle)
      if (found === undefined || now() < found.until) return found?.keys
      kept.delete(handle)
      return undefined
    },
  }
}
