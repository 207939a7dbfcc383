/** Generates ids: disclosure ids, UUID version 7 (RFC 9562, section 5.7), which sort by time, and references. */
import type { DisclosureId, EpochMs, EventRef, EventSecret } from '../model/brand.ts'
import { eventSecret } from './pair-ref.ts'

/** Ids for which randomness is drawn at once: a draw costs more than an id. */
const IDS_DRAWN = 256
/** Random hex digits for each id: 74 bits, rounded up. */
const DIGITS = 19
const REF_DIGITS = 32
const VARIANT = '89ab'

/** Returns strong random bytes. */
type Random = (size: number) => Uint8Array

/** Makes ids whose first 48 bits are `at`. */
export function createDisclosureIds(random: Random): (at: EpochMs) => DisclosureId {
  const draw = createDigits(random, DIGITS)
  return (at) => {
    const digits = draw()
    const time = at.toString(16).padStart(12, '0')
    const variant = VARIANT[Number.parseInt(digits[3]!, 16) & 3]
    // Sound: formatted as a UUID right here.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${digits.slice(0, 3)}-${variant}${digits.slice(4, 7)}-${digits.slice(7)}` as DisclosureId
  }
}

/** Secrets of events. */
export function createEventSecrets(random: Random): () => EventSecret {
  const draw = createDigits(random, REF_DIGITS)
  return () => eventSecret(draw())
}

/** References of relayed requests, each of which goes to one partner. */
export function createRelayRefs(random: Random): () => EventRef {
  // Sound: 32 hex digits.
  return createDigits(random, REF_DIGITS) as () => EventRef
}

/** Each call returns this many hex digits. */
function createDigits(random: Random, count: number): () => string {
  let drawn = ''
  let used = 0
  return () => {
    if (used + count > drawn.length) {
      drawn = Buffer.from(random((IDS_DRAWN * count) / 2)).toString('hex')
      used = 0
    }
    const digits = drawn.slice(used, used + count)
    used += count
    return digits
  }
}
