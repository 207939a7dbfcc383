/** Phone numbers, as forms, apps and partners write them. */

/** Country codes of one and two digits (ITU-T E.164); all others have three. */
const SHORT_CODES: ReadonlySet<string> = new Set(
  (
    '1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 ' +
    '94 95 98'
  ).split(' '),
)
/** Minimum digits of a national number; fewer are too common. */
const MIN_NATIONAL = 8
const NANP = 11

/** The number without country code and trunk zero; undefined if its start is unclear or too little is left. */
export function nationalNumber(text: string): string | undefined {
  const digits = text.replace(/\D/g, '')
  const national = /^\s*\+/.test(text)
    ? withoutCountry(digits)
    : digits.startsWith('00')
      ? withoutCountry(digits.slice(2))
      : digits.startsWith('0') || (digits.length === NANP && digits.startsWith('1'))
        ? digits.slice(1)
        : undefined
  return national !== undefined && national.length >= MIN_NATIONAL && national !== digits ? national : undefined
}

function withoutCountry(digits: string): string {
  const length = SHORT_CODES.has(digits.slice(0, 1)) ? 1 : SHORT_CODES.has(digits.slice(0, 2)) ? 2 : 3
  return digits.slice(length).replace(/^0/, '')
}

/**
 * What is hashed: as written, only digits, with a plus or two zeros, and the national number with and without its zero.
 */
export function phoneSpellings(text: string): readonly string[] {
  const trimmed = text.trim()
  const digits = trimmed.replace(/\D/g, '')
  const national = nationalNumber(trimmed)
  const whole = [text, trimmed, digits, `+${digits}`, `00${digits}`]
  // Without a country, ten digits may be North American.
  if (digits.length === NANP - 1 && digits[0] !== '0') whole.push(`1${digits}`, `+1${digits}`)
  return national === undefined ? whole : [...whole, national, `0${national}`]
}
