import { createDecipheriv } from 'node:crypto'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM, bound to what it belongs to: nonce, text, tag. */
export function opened(key: Buffer, bound: string, sealed: Buffer): Buffer {
  const opening = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES))
  opening.setAAD(Buffer.from(bound))
  opening.setAuthTag(sealed.subarray(-TAG_BYTES))
  return Buffer.concat([opening.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), opening.final()])
}
