/** Bodies and keys at rest: AES-256-GCM. A sealed text is nonce (12 bytes), ciphertext, tag (16 bytes). */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Nonces drawn at once: a draw costs as much as sealing a short text. */
const NONCES_DRAWN = 256

export type RandomBytes = (size: number) => Uint8Array

/** Returns 96-bit random nonces. With one key for each subject, use stays far below the limit of 2^32 messages. */
export function nonceSource(random: RandomBytes): () => Uint8Array {
  let drawn: Uint8Array = new Uint8Array(0)
  let at = 0
  return () => {
    if (at === drawn.length) {
      drawn = random(NONCES_DRAWN * NONCE_BYTES)
      at = 0
    }
    at += NONCE_BYTES
    return drawn.subarray(at - NONCE_BYTES, at)
  }
}

/** `bound` is the additional authenticated data, such as a position or an identity: `unseal` needs the same one. */
export function seal(key: KeyObject, nonce: Uint8Array, bound: string, text: string | Uint8Array): Uint8Array {
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  cipher.setAAD(Buffer.from(bound))
  const sealed = typeof text === 'string' ? cipher.update(text, 'utf8') : cipher.update(text)
  return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()])
}

/** Undefined unless the bytes were sealed under this key with this `bound`. */
export function unseal(key: KeyObject, bound: string, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES))
  decipher.setAAD(Buffer.from(bound))
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
