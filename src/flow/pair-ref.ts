/**
 * The reference that joins the ledger's records of one event at one partner: HMAC-SHA256 (RFC 2104) of the partner
 * under a random secret, kept with the event, sealed under the subject's key. Records of two partners thus have nothing
 * in common, and once the key is destroyed no record can be traced to its event.
 */
import { hash } from 'node:crypto'
import type { EventRef, EventSecret, PartnerId } from '../model/brand.ts'

/** A secret begins with this letter, which is not a hex digit. */
const SECRET = 's'
const REF_DIGITS = 32

/** @param digits 32 random hex digits */
export function eventSecret(digits: string): EventSecret {
  return `${SECRET}${digits}` as EventSecret
}

/**
 * Some references are their own: of a relayed request, which goes to one partner, and of an event accepted before
 * format 4 of the ledger, whose attempts keep the reference they began with.
 */
export function pairRefOf(ref: EventRef | EventSecret, partner: PartnerId): EventRef {
  if (!isSecret(ref)) return ref
  // Sound: 32 hex digits.
  return hmacSha256(ref.slice(SECRET.length), partner).slice(0, REF_DIGITS) as EventRef
}

/** Block size of SHA-256, in bytes. */
const BLOCK_BYTES = 64
const KEY_BYTES = 16
const HASH_BYTES = 32
const MAX_TEXT_BYTES = 256
/**
 * Reused, because no two calls overlap; holds no key between calls. Recording a pair twice would otherwise allocate
 * eight buffers.
 */
const INNER = Buffer.alloc(BLOCK_BYTES + MAX_TEXT_BYTES)
const OUTER = Buffer.alloc(BLOCK_BYTES + HASH_BYTES)

/**
 * RFC 2104 by two one-shot hashes, for a key that is used once or twice and is no longer than a block: a key object
 * costs ten times as much as the hashes.
 * @param key `KEY_BYTES` in hex
 */
function hmacSha256(key: string, text: string): string {
  const inner =
    INNER.length - BLOCK_BYTES < Buffer.byteLength(text) ? Buffer.alloc(BLOCK_BYTES + Buffer.byteLength(text)) : INNER
  pad(inner, key, 0x36)
  pad(OUTER, key, 0x5c)
  const size = BLOCK_BYTES + inner.write(text, BLOCK_BYTES, 'utf8')
  OUTER.write(hash('sha256', inner.subarray(0, size), 'binary'), BLOCK_BYTES, 'binary')
  const digest = hash('sha256', OUTER, 'hex')
  inner.fill(0, 0, KEY_BYTES)
  OUTER.fill(0, 0, KEY_BYTES)
  return digest
}

/** The key padded to a block, each byte XORed with `by`. */
function pad(block: Buffer, key: string, by: number): void {
  block.write(key, 0, KEY_BYTES, 'hex')
  for (let at = 0; at < KEY_BYTES; at++) block[at] = block[at]! ^ by
  block.fill(by, KEY_BYTES, BLOCK_BYTES)
}

function isSecret(ref: EventRef | EventSecret): ref is EventSecret {
  return ref.startsWith(SECRET)
}
