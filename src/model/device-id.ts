/** The canonical spelling of a device id, however apps, e-mails and spreadsheets write it. */
import { normalizedIdentity } from './normalize.ts'

const HEX_DIGITS = 32
/** Separators and wrappers that are ignored. */
const AROUND = /[\p{Cf}\p{Cc}\p{Z}\p{Pd}\u2212"'`´‘’“”{}()[\]<>_:.,;]/gu
const NAMED = /^(?:urn:)?(?:uuid|guid):/i
const HEX_32 = /^[0-9A-F]{32}$/
const FIVE_GROUPS = /^[0-9A-F]{1,16}(?:-[0-9A-F]{1,16}){4}$/
const MAX_CHARACTERS = 512
/** Canonical but for the case. */
const PLAIN = /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/
const LETTERS_AND_DIGITS = /^[0-9A-Za-z]+$/

/**
 * An upper-case UUID with dashes, if exactly 32 hex digits remain after removing dashes of any kind, spaces, braces, quotes and
 * invisible characters; otherwise `undefined`. Full-width digits count as digits (Unicode NFKC).
 */
export function mendDeviceId(text: string): string | undefined {
  if (PLAIN.test(text)) return text.toUpperCase()
  if (text.length < HEX_DIGITS || text.length > MAX_CHARACTERS) return undefined
  if (text.length !== HEX_DIGITS && LETTERS_AND_DIGITS.test(text)) return undefined
  const digits = normalizedIdentity(text, 'NFKC').trim().replace(NAMED, '').replace(AROUND, '').toUpperCase()
  return HEX_32.test(digits) ? dashed(digits) : undefined
}

const BARE = /^[0-9a-f]{32}$/i
const RANDOM_BARE = /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/i

/**
 * True for 32 consecutive hex digits that are no advertising id: Apple's and Google's are random UUIDs (RFC 9562, version 4),
 * recognisable by two of their digits. Usually such a value is the MD5 of one.
 */
export function isMd5(text: string): boolean {
  const digits = text.trim()
  return BARE.test(digits) && !RANDOM_BARE.test(digits)
}

/** True for a malformed UUID: too few or too many digits. */
export function isBrokenUuid(text: string): boolean {
  const upper = text.toUpperCase()
  if (FIVE_GROUPS.test(upper)) return upper.replaceAll('-', '').length !== HEX_DIGITS
  return /^[0-9A-F]+$/.test(upper) && (upper.length === HEX_DIGITS - 1 || upper.length === HEX_DIGITS + 1)
}

function dashed(digits: string): string {
  return [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)].join(
    '-',
  )
}
