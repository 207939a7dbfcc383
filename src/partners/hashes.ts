/**
 * Contact data as partners want it: SHA-256 in lower-case hex of a normalised text. This is encoding, not protection: the
 * hash of an e-mail address is the address. What is a SHA-256 already stays as it is. Undefined where nothing is left.
 */
import { hash } from 'node:crypto'

const SHA256 = /^[0-9a-f]{64}$/i

/** Trimmed, nothing else: ids whose letters' case counts. */
export function hashedExact(text: string | undefined): string | undefined {
  return hashed(text, text?.trim())
}

/** Trimmed, lower case: e-mail addresses, names, advertising ids. */
export function hashedText(text: string | undefined): string | undefined {
  return hashed(text, text?.trim().toLowerCase())
}

/** A phone number's digits, without leading zeros and without an extension (`x450`, `ext. 450`, `#450`). */
export function hashedDigits(phone: string | undefined): string | undefined {
  return hashed(phone, phone === undefined ? undefined : digitsOf(phone))
}

/** The same behind a `+`. */
export function hashedPlusDigits(phone: string | undefined): string | undefined {
  const digits = phone === undefined ? undefined : digitsOf(phone)
  return hashed(phone, digits === undefined || digits === '' ? '' : `+${digits}`)
}

/** Lower case, letters and digits alone, of whatever script: cities, regions, postal codes, countries. */
export function hashedPlace(name: string | undefined): string | undefined {
  return hashed(name, name?.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''))
}

/** `f`, `m`, or `n` for any other word: the first letter says which. */
export function hashedGender(gender: string | undefined): string | undefined {
  const first = gender?.trim().toLowerCase()[0]
  return hashed(gender, first === undefined || first === 'f' || first === 'm' ? first : 'n')
}

/** `YYYYMMDD` of a date that begins so, with or without separators. */
export function hashedDate(date: string | undefined): string | undefined {
  const parts = /^\s*(\d{4})\D?(\d{2})\D?(\d{2})(?!\d)/.exec(date ?? '')
  return hashed(date, parts === null ? undefined : `${parts[1]}${parts[2]}${parts[3]}`)
}

function digitsOf(phone: string): string {
  return phone
    .replace(/(?:ext|x|#).*$/is, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '')
}

function hashed(given: string | undefined, normalised: string | undefined): string | undefined {
  if (given === undefined) return undefined
  if (given.length === 64 && SHA256.test(given)) return given.toLowerCase()
  return normalised === undefined || normalised === '' ? undefined : hash('sha256', normalised, 'hex')
}
