/**
 * Contact data as partners match it: SHA-256 in lower-case hex of a normalised text. This is encoding, not protection: the hash
 * of an e-mail address is the address. One rule per kind, checked against partners' documentation and their SDKs' tests. A value
 * that is already a SHA-256 is kept. Undefined if nothing remains or the text is of another kind: a shared hash of `null` would
 * merge everyone who sends it.
 */
import { hash } from 'node:crypto'
import { normalizedIdentity } from '../../model/normalize.ts'
import { US_STATES } from '../../model/us-states.ts'
import { e164Digits } from './phone.ts'
import { isPlaceholder, plainText } from './plain-text.ts'

export type Hash = (text: string | undefined) => string | undefined

/** Trimmed only: case-sensitive ids. */
export const hashedExact: Hash = hashing((text) => text)

/** Trimmed, lower case: advertising ids, and account ids for partners that require it. */
export const hashedText: Hash = hashing((text) => text.toLowerCase())

/** An e-mail address: trimmed, lower case. */
export const hashedEmail: Hash = hashing(emailOf)

/** Reddit's variant: without dots and `+…` before the `@` (its conversions API's own client, `canonicalizeEmail`). */
export const hashedBareEmail: Hash = hashing((text) => {
  const [local = '', domain] = (emailOf(text) ?? '').split('@')
  const bare = local.split('+')[0]!.replaceAll('.', '')
  return bare === '' ? undefined : `${bare}@${domain}`
})

/** The digits of a phone number in E.164. */
export const hashedDigits: Hash = hashing(e164Digits)

/** The same with a `+`. */
export const hashedPlusDigits: Hash = hashing((text) => {
  const digits = e164Digits(text)
  return digits === undefined ? undefined : `+${digits}`
})

/** A first or last name: trimmed, lower case, NFC. */
export const hashedName: Hash = hashing((text) => unlessPlaceholder(normalizedIdentity(text, 'NFC').toLowerCase()))

/** Lower case, letters of any script only (Meta's SDKs remove digits from a city too). */
export const hashedCity: Hash = hashing((text) =>
  unlessPlaceholder(text)
    ?.toLowerCase()
    .replace(/[^\p{L}\p{M}]/gu, ''),
)

/** Two letters, lower case. */
export const hashedCountry: Hash = hashing((text) => (/^[A-Za-z]{2}$/.test(text) ? text.toLowerCase() : undefined))

/**
 * A state or province: its two-letter code in the United States, from code or name; elsewhere letters and digits only. If the
 * country is unknown, a name is ambiguous, so only a code counts as a US state.
 */
export function hashedRegion(region: string | undefined, country: string | undefined): string | undefined {
  return hashing((text) => regionOf(text, country?.toUpperCase()))(region)
}

/** The first five digits in the United States (recognising ZIP+4); elsewhere all letters and digits. */
export function hashedPostal(postal: string | undefined, country: string | undefined): string | undefined {
  return hashing((text) => postalOf(text, country?.toUpperCase()))(postal)
}

/** `f` or `m`, from known words; any other value is undefined. */
export const hashedGender: Hash = hashing((text) => GENDERS.get(text.toLowerCase()))

/** The same, and `n` for non-binary, which only Pinterest supports. */
export const hashedGenderOfThree: Hash = hashing((text) => {
  const word = text.toLowerCase()
  return GENDERS.get(word) ?? (NON_BINARY.has(word) ? 'n' : undefined)
})

/** `YYYYMMDD` from a date prefix, with or without separators. */
export const hashedDate: Hash = hashing((text) => {
  const parts = /^(\d{4})\D?(\d{2})\D?(\d{2})(?:\D|$)/.exec(text)
  if (parts === null) return undefined
  const [, year, month, day] = parts
  const isDate = Number(year) > 0 && Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31
  return isDate ? `${year}${month}${day}` : undefined
})

function emailOf(text: string): string | undefined {
  const address = plainText(text).toLowerCase()
  return address.length <= MAX_EMAIL && isAddress(address) ? address : undefined
}
const MAX_EMAIL = 254
const LOCAL = /^[^\s@<>()[\]\\,;:"]{1,64}$/
const LABEL = /^[\p{L}\p{M}\p{N}-]{1,63}$/u
const TOP_LABEL = /^\p{L}[\p{L}\p{M}\p{N}-]+$/u

/** One `@`, and a domain of at least two labels, the last of at least two letters. */
function isAddress(text: string): boolean {
  const [local = '', domain = '', ...more] = text.split('@')
  const labels = domain.split('.')
  return (
    more.length === 0 &&
    LOCAL.test(local) &&
    labels.length > 1 &&
    labels.every((label) => LABEL.test(label) && !label.startsWith('-') && !label.endsWith('-')) &&
    TOP_LABEL.test(labels.at(-1)!)
  )
}

function unlessPlaceholder(text: string): string | undefined {
  return isPlaceholder(text) ? undefined : text
}

function regionOf(text: string, country: string | undefined): string | undefined {
  if (isPlaceholder(text)) return undefined
  const word = text.toUpperCase()
  const own = country !== undefined && word.startsWith(`${country}-`) ? word.slice(country.length + 1) : word
  const code = US_STATES.get(own) ?? (US_CODES.has(own) ? own : undefined)
  if (country === 'US') return code?.toLowerCase()
  if (country === undefined && US_STATES.has(own)) return undefined
  return own.toLowerCase().replace(/[^\p{L}\p{M}\p{N}]/gu, '')
}
const US_CODES: ReadonlySet<string> = new Set(US_STATES.values())

/** Territories served by the United States Postal Service. */
const ZIP_COUNTRIES = new Set(['US', 'PR', 'GU', 'VI', 'AS', 'MP'])

function postalOf(text: string, country: string | undefined): string | undefined {
  if (isPlaceholder(text)) return undefined
  const zip =
    /^(\d{5})(?:-\d{4})?$/.exec(text) ??
    (country !== undefined && ZIP_COUNTRIES.has(country) ? /^(\d{5})[\s-]*\d{4}$/.exec(text) : null)
  if (zip !== null) return zip[1]
  if (country !== undefined && ZIP_COUNTRIES.has(country)) return undefined
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
}

/** Whole words only: `mujer` begins with an m. */
const GENDERS: ReadonlyMap<string, string> = new Map([
  ...'f female woman girl w weiblich frau femme femenino femenina mujer feminino feminina mulher féminin femminile femmina donna vrouw vrouwelijk kvinna kvinde kvinne kobieta nainen žena женский женщина kadın 女 女性 女子 여성 여자 أنثى'
    .split(' ')
    .map((word) => [word, 'f'] as const),
  ...'m male man boy männlich mann homme hombre masculino homem masculin maschile maschio uomo mannelijk mand mężczyzna mies muž мужской мужчина erkek 男 男性 男子 남성 남자 ذكر'
    .split(' ')
    .map((word) => [word, 'm'] as const),
])
const NON_BINARY = new Set(['n', 'nb', 'x', 'enby', 'non-binary', 'nonbinary', 'non binary', 'non_binary'])

const SHA256 = /^[0-9a-f]{64}$/i

/** @param normal normalises a trimmed text that is no hash; undefined or '' if there is nothing to hash */
function hashing(normal: (trimmed: string) => string | undefined): Hash {
  return (text) => {
    const trimmed = text?.trim()
    if (trimmed === undefined || trimmed === '') return undefined
    if (trimmed.length === 64 && SHA256.test(trimmed)) return trimmed.toLowerCase()
    const normalised = normal(trimmed)
    return normalised === undefined || normalised === '' ? undefined : hash('sha256', normalised, 'hex')
  }
}
