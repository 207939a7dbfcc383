/** Contact data as people and programs hand it over, without what nobody sees. */
import { normalizedIdentity } from '../../model/normalize.ts'

/** Marks that copying from a phone's contacts and from mails leaves: directions, joiners, soft hyphens. */
const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g
const DASHES = /[\u2010-\u2015\u2212]/g
/** The zeros of digits that no compatibility form maps to ASCII. */
const ZEROS = [0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50]

/** Trimmed, in compatibility form (full-width letters and digits are plain), with plain dashes and digits. */
export function plainText(text: string): string {
  return normalizedIdentity(text, 'NFKC')
    .replace(UNSEEN, '')
    .replace(DASHES, '-')
    .replace(/\p{Nd}/gu, asciiDigit)
    .trim()
}

function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0)!
  const zero = ZEROS.find((first) => code >= first && code < first + 10)
  return zero === undefined ? digit : String(code - zero)
}

/** Words that stand where nothing is known: what names nobody is hashed for nobody. Lower case. */
const NOBODY = new Set(
  'null nil none nan undefined n/a na. n.a. unknown anonymous guest (null) <null> [null] (none) (not_set) not_set empty blank -- - .'.split(
    ' ',
  ),
)
const PHRASES = new Set(['not set', '(not set)', 'not provided', 'not available', 'not specified', '[object object]'])
/** A template that nothing was filled into: `{email}`, `{{email}}`, `${email}`, `%email%`, `[email]`, `<email>`. */
const TEMPLATE = /^(?:\$?\{.*\}|%.*%|\[.*\]|<.*>)$/s

/** True for a word that stands in the place of a value. @param text trimmed */
export function isPlaceholder(text: string): boolean {
  const word = text.toLowerCase()
  return NOBODY.has(word) || PHRASES.has(word) || TEMPLATE.test(word)
}
