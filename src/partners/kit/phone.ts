/**
 * Phone numbers as partners match them: E.164, hashed as digits or as `+` and digits (Meta, `ph`; Snapchat, "How to normalize
 * identifiers"; TikTok, Reddit and AppsFlyer, with `+`). A national number does not reveal its country, and its hash would match
 * another person's number elsewhere, so only unambiguous numbers are accepted.
 */
import { plainText } from './plain-text.ts'

/** Countries whose national numbers start with a trunk prefix `0` that is not part of E.164. */
const TRUNK_ZERO = new Set(
  '20 27 31 32 33 40 41 43 44 46 49 51 54 58 60 61 62 63 64 66 81 82 84 86 90 91 92 94 95 98 212 213 233 234 250 251 254 255 256 260 263 353 355 358 359 373 374 380 381 385 386 387 389 421 593 595 598 855 856 880 886 961 962 963 964 966 967 970 971 972 977 993 994 995 996 998'.split(
    ' ',
  ),
)
/** Countries whose numbers may begin with a significant `0`. */
const OWN_ZERO = new Set('39 225 226 229 241 242 378 379'.split(' '))
/** Maximum digits of a national number: a repeated country code makes it longer. */
// biome-ignore format: a table
const MOST_DIGITS: Readonly<Record<string, number>> = {
  7: 10, 20: 10, 27: 9, 30: 10, 31: 9, 32: 9, 33: 9, 34: 9, 36: 9, 39: 11, 40: 9, 41: 9, 44: 10, 45: 8, 46: 10, 47: 8,
  48: 9, 49: 11, 51: 9, 52: 10, 54: 11, 55: 11, 56: 9, 57: 10, 61: 9, 64: 10, 65: 8, 66: 9, 82: 10, 84: 10, 86: 11,
  90: 10, 91: 10, 92: 10, 234: 10, 254: 10, 351: 9, 353: 9, 358: 12, 380: 9, 420: 9, 852: 8, 886: 9, 966: 9, 971: 9,
  972: 9,
}
/**
 * Complete mobile numbers without a `+`, as apps pass them to Meta: only for countries in which no other country's national
 * number looks the same.
 */
const FULL_MOBILE =
  /^(?:201\d{9}|212[67]\d{8}|213[567]\d{8}|234[789]\d{9}|254[17]\d{8}|3519\d{8}|3538\d{8}|3805\d{8}|380[679]\d{8}|420[67]\d{8}|447\d{9}|491[567]\d{8,9}|549\d{10}|55\d\d9\d{8}|573\d{9}|584\d{9}|639\d{9}|861[3-9]\d{9}|8801\d{9}|905\d{9}|91[6-9]\d{9}|923\d{9}|989\d{9}|9665\d{8}|9715\d{8}|9725\d{8})$/
/** A North American number from its area code: area codes and exchanges never begin with 0 or 1. */
const NORTH_AMERICAN = /^[2-9]\d{2}[2-9]\d{6}$/
const MIN_DIGITS = 7
const MAX_DIGITS = 15
/** An extension and the rest. */
const EXTENSION = /(?:;|,|\bext|\bx|[x#]).*$/is

/**
 * The digits of a number in E.164, without the `+`. Undefined if ambiguous: no country code, a repeated one, letters, several
 * numbers.
 */
export function e164Digits(text: string): string | undefined {
  const spoken = plainText(text)
    .replace(/^tel(?:\.|:)? ?/i, '')
    .replace(EXTENSION, '')
    .trim()
  if (!/^[+\d\s().\-/]+$/.test(spoken)) return undefined
  const plus = spoken.lastIndexOf('+')
  const digits = spoken.replace(/\D/g, '')
  if (plus > 0) return undefined
  if (plus === 0) return international(digits.startsWith('00') ? digits.slice(2) : digits)
  if (digits.startsWith('00')) return international(digits.slice(2))
  return isNorthAmerican(spoken) || FULL_MOBILE.test(digits) ? digits : undefined
}

/** Digits that begin with a country code, according to the sender. */
function international(digits: string): string | undefined {
  if (digits.startsWith('0') || new Set(digits).size === 1) return undefined
  const number = withoutTrunk(digits)
  return number !== undefined && number.length >= MIN_DIGITS && number.length <= MAX_DIGITS ? number : undefined
}

function withoutTrunk(digits: string): string | undefined {
  const code = codeOf(digits)
  const rest = digits.slice(code.length)
  // North America has no trunk prefix, and no area code that begins with 0 or 1.
  if (code === '1') return /^[01]/.test(rest) ? undefined : digits
  const number = rest.startsWith('0') && TRUNK_ZERO.has(code) ? rest.slice(1) : rest
  if (number.startsWith('0') && !OWN_ZERO.has(code)) return undefined
  const isTwice = number.startsWith(code) && number.length > (MOST_DIGITS[code] ?? MAX_DIGITS)
  return isTwice || (code === '7' && number.length > MOST_DIGITS[7]!) ? undefined : code + number
}

/** The country code, one to three digits. */
function codeOf(digits: string): string {
  if (/^[17]/.test(digits)) return digits.slice(0, 1)
  return TWO_DIGITS.has(digits.slice(0, 2)) ? digits.slice(0, 2) : digits.slice(0, 3)
}
const TWO_DIGITS = new Set(
  '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(
    ' ',
  ),
)

/** `1-650-555-1212`: no other country groups its digits this way after a 1. */
function isNorthAmerican(spoken: string): boolean {
  const groups = spoken.split(/\D+/).filter((group) => group !== '')
  return (
    groups.map(({ length }) => length).join() === '1,3,3,4' &&
    groups[0] === '1' &&
    NORTH_AMERICAN.test(groups.slice(1).join(''))
  )
}
