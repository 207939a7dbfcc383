/** Names, streets and dates: values in words or a few digits, searched for as such. */

import { normalizedToCompare } from '../model/normalize.ts'
import { baseLetters, isDense, speltOut } from './letters.ts'

/** Fewer letters could be two words of any sentence. */
const MIN_NAME = 6
const MIN_STREET = 8
/** Longer texts are not a name or street: searched for by their beginning, and whole as hashes. */
const MAX_WORDS = 512
/** Characters of a name or street that are read: later ones cost time and are never searched for in words. */
const MAX_READ = 16 * MAX_WORDS

/**
 * Letters and digits in lower case without accents, with one space between words and at both ends. Linear in the text.
 */
export function wordsOf(text: string): string {
  const bare = normalizedToCompare(text, 'NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ß', 'ss')
  return ` ${baseLetters(bare)
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `
}

/** The first whole words of a text, with the space after the last. */
function beginningOf(text: string): string {
  const words = wordsOf(text.slice(0, MAX_READ))
  const isWordCut = text.length > MAX_READ && /[\p{L}\p{N}]/u.test(text.charAt(MAX_READ))
  if (words.length <= MAX_WORDS && !isWordCut) return words
  return words.slice(0, words.lastIndexOf(' ', Math.min(words.length - 1, MAX_WORDS) - 1) + 1)
}

/**
 * A whole name in either order, compared with `wordsOf` a text; empty for one word: a given name alone identifies no
 * one.
 */
export function namePhrases(full: string): readonly string[] {
  // Transliterating costs as much as the rest.
  const spellings = full.length > MAX_WORDS ? [full] : [full, speltOut(full)]
  return [...new Set(spellings.flatMap(phrasesOf))]
}

function phrasesOf(full: string): readonly string[] {
  const words = beginningOf(full)
  const parts = words.trim().split(' ')
  if (parts.length < 2 || parts.join('').length < MIN_NAME || parts.some((part) => part === '')) return []
  const [first, last] = [parts[0]!, parts.at(-1)!]
  const phrases = [words, ` ${last} ${parts.slice(0, -1).join(' ')} `]
  // Middle names are mostly left out.
  return parts.length === 2 ? phrases : [...phrases, ` ${first} ${last} `]
}

/** In scripts without spaces: fewer characters are part of any sentence. */
const MIN_DENSE = 3
const MIN_DENSE_WHOLE = 2
const MAX_WHOLE = 128

/** Without spaces, in either order; empty if the name's script has spaces and capitals. */
export function denseNames(full: string): readonly string[] {
  const name = full.slice(0, MAX_WORDS)
  return isDense(name) && (name.match(/\p{L}/gu)?.length ?? 0) >= MIN_DENSE ? bothOrders(name) : []
}

/** The form in which whole names are compared; empty for a text that is not a name. */
export function wholeOf(text: string): string {
  return text.length > MAX_WHOLE ? '' : wordsOf(text).replaceAll(' ', '')
}

/** Compared with `wholeOf` a value: two words of any length, or two characters of a script without spaces. */
export function wholeNames(full: string): readonly string[] {
  if (full.length > MAX_WHOLE) return []
  if (isDense(full)) return (full.match(/\p{L}/gu)?.length ?? 0) >= MIN_DENSE_WHOLE ? bothOrders(full) : []
  return wordsOf(full).trim().includes(' ') ? bothOrders(full) : []
}

function bothOrders(full: string): readonly string[] {
  const parts = wordsOf(full).trim().split(' ')
  return [...new Set([parts.join(''), [parts.at(-1)!, ...parts.slice(0, -1)].join('')])].filter((one) => one !== '')
}

/** What partners hash of a name: each part and the whole, in lower case, with and without accents. */
export function nameSpellings(full: string): readonly string[] {
  const trimmed = full.trim()
  const lower = trimmed.toLowerCase()
  const bare = trimmed.length > MAX_READ ? undefined : wordsOf(trimmed).trim()
  if (bare === undefined || bare.length > MAX_WORDS) return [full, trimmed, lower, trimmed.toUpperCase()]
  const parts = lower.split(/\s+/)
  const found = [
    full,
    trimmed,
    lower,
    trimmed.toUpperCase(),
    bare,
    bare.replaceAll(' ', ''),
    lower.replace(/[^\p{L}]/gu, ''),
  ]
  const spelt = speltOut(trimmed)
  return [...found, spelt, ...spelt.split(/\s+/), ...parts, ...bare.split(' '), parts.slice(1).join(' ')].filter(
    (one) => one.length > 1,
  )
}

/** Number and street, before the first comma; undefined for too little. */
export function streetPhrase(address: string): string | undefined {
  const first = address.split(/[,\n;]/, 1)[0]!
  const words = beginningOf(first)
  const isStreet = /\d/.test(words) && /\p{L}{3}/u.test(words) && words.replaceAll(' ', '').length >= MIN_STREET
  return isStreet ? words : undefined
}

/** What is hashed of an address. */
export function streetSpellings(address: string): readonly string[] {
  const trimmed = address.trim()
  const lower = trimmed.toLowerCase()
  const first = lower.split(/[,\n;]/, 1)[0]!.trim()
  if (first.length > MAX_READ) return [address, trimmed, lower, first]
  return [address, trimmed, lower, first, wordsOf(first).trim(), wordsOf(first).replaceAll(' ', '')]
}

/** A date in its spellings in digits; empty for other texts. */
export function dateSpellings(text: string): readonly string[] {
  const found = new Set<string>()
  for (const [year, month, day] of daysOf(text)) {
    const [shortMonth, shortDay] = [String(Number(month)), String(Number(day))]
    found.add(`${year}${month}${day}`).add(`${day}${month}${year}`).add(`${month}${day}${year}`)
    for (const sign of ['-', '/', '.']) {
      for (const parts of [
        [year, month, day],
        [day, month, year],
        [month, day, year],
        [shortDay, shortMonth, year],
        [shortMonth, shortDay, year],
      ])
        found.add(parts.join(sign))
    }
  }
  return [...found]
}

type Day = readonly [year: string, month: string, day: string]

/** Two if the order of day and month is ambiguous. */
function daysOf(text: string): readonly Day[] {
  const iso = /^\s*(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:\D|$)/.exec(text)
  if (iso !== null) return isDay(iso[2]!, iso[3]!) ? [[iso[1]!, iso[2]!, iso[3]!]] : []
  const local = /^\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:\D|$)/.exec(text)
  if (local === null) return []
  const [first, second] = [local[1]!.padStart(2, '0'), local[2]!.padStart(2, '0')]
  const orders: readonly Day[] = [
    [local[3]!, second, first],
    [local[3]!, first, second],
  ]
  return orders.filter(([, month, day]) => isDay(month, day))
}

function isDay(month: string, day: string): boolean {
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31
}
