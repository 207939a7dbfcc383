/**
 * The key for de-duplication keys of message ids: random, rotated once a window, and destroyed once nothing keyed under
 * it is compared any more. From then on the files do not show which message a row belongs to, even to someone who knows
 * the ids.
 */
import { createSecretKey, hash, type KeyObject } from 'node:crypto'
import type { EpochMs } from '../model/brand.ts'
import { nonceSource, type RandomBytes, seal, unseal } from '../platform/seal.ts'
import { DEDUPE_KEY_BYTES } from './dedupe.ts'
import type { KeptWindowKey, WindowKeyStore } from './store.ts'

const KEY_BYTES = 32
const BLOCK = 64
const BOUND = 'sluice window key'
/** Windows after which a key is destroyed: one in use, one in which its de-duplication keys are still compared. */
const LIVES = 2
/** Minimum time between rotations. */
const SHORTEST_MS = 60_000

export interface WindowKeys {
  /** An event's de-duplication keys: under the current key first, then under an earlier one that still counts. */
  keysOf(app: string, messageId: string): readonly Uint8Array[]
  /** Rotates the key if due and destroys expired ones. Throws on a write error. */
  turn(): void
}

export interface WindowKeysParts {
  readonly store: WindowKeyStore
  readonly keyEncryptionKey: Uint8Array
  readonly random: RandomBytes
  readonly windowMs: number
  readonly now: () => EpochMs
  /** The key used before window keys: true if rows from then may exist. */
  readonly earlier: { readonly indexKey: Uint8Array; readonly hasRows: boolean } | undefined
}

type Derive = (app: string, messageId: string) => Uint8Array

export function createWindowKeys(parts: WindowKeysParts): WindowKeys {
  const { store, random, now, earlier } = parts
  const windowMs = Math.max(parts.windowMs, SHORTEST_MS)
  const wrapping: KeyObject = createSecretKey(parts.keyEncryptionKey)
  const nonce = nonceSource(random)
  let inUse: readonly { readonly from: EpochMs; readonly derive: Derive }[] = []

  const opened = ({ from, wrapped }: KeptWindowKey) => {
    // An empty wrapping stands for the key used before window keys.
    if (wrapped.length === 0) return earlier === undefined ? [] : [{ from, derive: deriveEarlier(earlier.indexKey) }]
    const key = unseal(wrapping, BOUND, wrapped)
    // A key that cannot be opened matches nothing: its messages count as new.
    return key === undefined ? [] : [{ from, derive: macUnder(key) }]
  }
  const isOver = (from: EpochMs, at: EpochMs): boolean => from + LIVES * windowMs <= at
  const turn = (): void => {
    const at = now()
    const kept = store.windowKeys()
    const newest = kept.at(-1)
    // A clock that was set back causes no rotation: the current key stays in use.
    const isDue = newest === undefined || newest.wrapped.length === 0 || newest.from + windowMs <= at
    const old = kept.filter(({ from }) => isOver(from, at)).map(({ from }) => from)
    if (!isDue && old.length === 0 && inUse.length > 0) return
    const fresh: KeptWindowKey[] = isDue
      ? [{ from: Math.max(at, (newest?.from ?? 0) + 1), wrapped: seal(wrapping, nonce(), BOUND, random(KEY_BYTES)) }]
      : []
    if (newest === undefined && earlier?.hasRows === true)
      fresh.unshift({ from: at - windowMs, wrapped: new Uint8Array(0) })
    if (fresh.length > 0 || old.length > 0) store.turnWindowKeys(fresh, old)
    inUse = store.windowKeys().flatMap(opened).toReversed()
  }
  turn()

  return {
    keysOf: (app, messageId) => {
      const newest = inUse[0]
      if (newest === undefined || newest.from + windowMs <= now()) turn()
      return inUse.map(({ derive }) => derive(app, messageId))
    },
    turn,
  }
}

/**
 * The first half of HMAC-SHA256 (RFC 2104) of app, NUL, message id, by two one-shot hashes: half the cost of a stream.
 */
function macUnder(key: Uint8Array): Derive {
  const inner = Buffer.alloc(BLOCK, 0x36)
  const outer = Buffer.alloc(BLOCK, 0x5c)
  for (const [i, byte] of key.entries()) {
    inner[i]! ^= byte
    outer[i]! ^= byte
  }
  const [before, after] = [inner.toString('latin1'), outer.toString('latin1')]
  const digest = (text: string): string => hash('sha256', Buffer.from(text, 'latin1'), 'binary')
  return (app, messageId) => {
    const message = Buffer.from(`${app}\0${messageId}`).toString('latin1')
    return Buffer.from(digest(after + digest(before + message)), 'latin1').subarray(0, DEDUPE_KEY_BYTES)
  }
}

/** The earlier form: the first half of SHA-256 of app, NUL, and a reference keyed with the index key. */
function deriveEarlier(indexKey: Uint8Array): Derive {
  const reference = macUnder(indexKey)
  return (app, messageId) => {
    const text = `${app}\0${Buffer.from(reference('event', `${app}\0${messageId}`)).toString('hex')}`
    return Buffer.from(hash('sha256', text, 'hex').slice(0, 2 * DEDUPE_KEY_BYTES), 'hex')
  }
}
