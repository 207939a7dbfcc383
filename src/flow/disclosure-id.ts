/** Disclosure ids: UUID version 7 (RFC 9562, section 5.7), so that they sort by time. */
import type { DisclosureId, EpochMs } from '../model/brand.ts'

/** Randomness is drawn for so many ids at once: a draw costs more than an id. */
const IDS_DRAWN = 256
/** Hex digits an id takes of it: 74 bits, rounded up. */
const DIGITS = 19
const VARIANT = '89ab'

/** Makes ids of which `at` is the first 48 bits. `random` gives so many strong random bytes. */
export function createDisclosureIds(random: (size: number) => Uint8Array): (at: EpochMs) => DisclosureId {
  let drawn = ''
  let used = 0
  return (at) => {
    if (used + DIGITS > drawn.length) {
      drawn = Buffer.from(random((IDS_DRAWN * DIGITS) / 2)).toString('hex')
      used = 0
    }
    const digits = drawn.slice(used, used + DIGITS)
    used += DIGITS
    const time = at.toString(16).padStart(12, '0')
    const variant = VARIANT[Number.parseInt(digits[3]!, 16) & 3]
    // Sound: laid out as a UUID right here.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${digits.slice(0, 3)}-${variant}${digits.slice(4, 7)}-${digits.slice(7)}` as DisclosureId
  }
}
