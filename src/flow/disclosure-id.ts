/** Disclosure ids: UUID version 7 (RFC 9562, section 5.7), so that they sort by time. */
import type { DisclosureId, EpochMs } from '../model/brand.ts'

/**
 * @param at the first 48 bits
 * @param random 10 random bytes; version and variant bits are set over them
 */
export function disclosureId(at: EpochMs, random: Uint8Array): DisclosureId {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(at, 0, 6)
  bytes.set(random.subarray(0, 10), 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  // Sound: laid out as a UUID right here.
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as DisclosureId
}
