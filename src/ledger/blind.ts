/**
 * Blinds and commitments: they tie a record to a subject and to the bytes sent, for a holder of the subject's key.
 * HMAC-SHA256 (RFC 2104) by two one-shot hashes, at half the cost of a streaming HMAC.
 */
import { createCipheriv, createDecipheriv, hash } from 'node:crypto'
import {
  BLIND_AT,
  BLIND_BYTES,
  BODY_AT,
  COMMITMENT_AT,
  EPOCH_AT,
  FLAG_SEALED,
  FLAGS_AT,
  ID_BYTES,
  MAX_LEAF_BYTES,
  SIZE_AT,
} from './leaf-layout.ts'

const BLOCK = 64
const HASH_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encryption of one subject's sealed values. `nonce` returns 12 bytes never used with the key before. */
export interface Sealing {
  readonly key: Uint8Array
  readonly nonce: () => Uint8Array
}

/** A subject's key for one epoch. */
export interface BlindKey {
  /** Number of the key in the index; 0 without a subject. */
  readonly subject: number
  /** Months since 1970; 0 if the key is not kept, so that the blind cannot be recomputed. */
  readonly epoch: number
  readonly key: Uint8Array
  /** Undefined if values are not kept. */
  readonly sealing: Sealing | undefined
}

/** HMAC-SHA256 with reused buffers: only the result is allocated. */
class Mac {
  #inner = Buffer.alloc(BLOCK + 1_024)
  readonly #outer = Buffer.alloc(BLOCK + HASH_BYTES)

  /** `key` has at most 64 bytes. */
  of(key: Uint8Array, message: Uint8Array): Buffer {
    if (BLOCK + message.length > this.#inner.length) this.#inner = Buffer.alloc(2 * (BLOCK + message.length))
    const [inner, outer] = [this.#inner, this.#outer]
    inner.fill(0x36, 0, BLOCK)
    outer.fill(0x5c, 0, BLOCK)
    for (let i = 0; i < key.length; i++) {
      inner[i] = key[i]! ^ 0x36
      outer[i] = key[i]! ^ 0x5c
    }
    inner.set(message, BLOCK)
    // Digests as strings: a digest Buffer has its own memory, whose allocation costs twice as much as the hash.
    outer.write(hash('sha256', inner.subarray(0, BLOCK + message.length), 'binary'), BLOCK, 'binary')
    return Buffer.from(hash('sha256', outer, 'binary'), 'binary')
  }
}

export class Blinder {
  readonly #mac = new Mac()

  /**
   * Writes epoch, blind, commitment and size into the prefixed leaf of an INTENT or NOTICE. Returns that leaf, or a longer
   * one with the sealed item.
   */
  fill(prefixed: Buffer, item: Buffer, { epoch, key, sealing }: BlindKey): Buffer {
    const leaf = prefixed.subarray(1)
    const id = leaf.subarray(BODY_AT, BODY_AT + ID_BYTES)
    const both = this.#mac.of(key, id)
    leaf.writeUInt16BE(epoch, EPOCH_AT)
    if (epoch !== 0) both.copy(leaf, BLIND_AT, 0, BLIND_BYTES)
    this.#mac.of(both.subarray(BLIND_BYTES), item).copy(leaf, COMMITMENT_AT)
    leaf.writeUInt32BE(item.length, SIZE_AT)
    // An item that does not fit in its record is not kept.
    const fits = prefixed.length - 1 + 2 + NONCE_BYTES + item.length + TAG_BYTES <= MAX_LEAF_BYTES
    return sealing === undefined || !fits ? prefixed : withSealed(prefixed, id, item, sealing)
  }

  /** The blind of a disclosure under its subject's key. */
  blindOf(key: Uint8Array, id: Uint8Array): Buffer {
    return this.#mac.of(key, id).subarray(0, BLIND_BYTES)
  }

  commitmentOf(key: Uint8Array, id: Uint8Array, item: Uint8Array): Buffer {
    return this.#mac.of(this.#mac.of(key, id).subarray(BLIND_BYTES), item)
  }

  /** The subject's key for sealing values, derived so that no key serves two purposes. */
  sealingKey(key: Uint8Array): Buffer {
    return this.#mac.of(key, Buffer.from('sluice ledger sealed values'))
  }
}

/**
 * Opens a disclosure's sealed item; undefined if it was sealed under another key.
 * @param id the disclosure's id, 16 bytes
 */
export function openSealed(sealingKey: Uint8Array, id: Uint8Array, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv('aes-256-gcm', sealingKey, sealed.subarray(0, NONCE_BYTES))
  decipher.setAAD(id)
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    decipher.final()
    return text
  } catch {
    // In this mode `final` throws only for a wrong tag.
    return undefined
  }
}

/** AES-256-GCM, bound to the disclosure id: nonce, text, tag. */
function withSealed(prefixed: Buffer, id: Uint8Array, item: Buffer, { key, nonce: draw }: Sealing): Buffer {
  const nonce = draw()
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(id)
  const sealed = Buffer.concat([nonce, cipher.update(item), cipher.final(), cipher.getAuthTag()])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(sealed.length)
  const whole = Buffer.concat([prefixed, length, sealed])
  whole[1 + FLAGS_AT]! |= FLAG_SEALED
  return whole
}
