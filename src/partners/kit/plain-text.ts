/** Normalises contact data: removes invisible characters and typographic variants. */
import { normalizedIdentity } from '../../model/normalize.ts'

/** Left by copying from contacts and e-mails: direction marks, joiners, soft hyphens. */
const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g
const DASHES = /[\u2010-\u2015\u2212]/g
/** Zeros of the digit ranges that NFKC does not map to ASCII. */
const ZEROS = [0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50]

/** Trimmed, NFKC (full-width letters and digits become plain), with ASCII dashes and digits. */
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

/** Words for an unknown value, which are not hashed. Lower case. */
const PLACEHOLDERS = new Set(
  'null nil none nan undefined n/a na. n.a. unknown anonymous guest (null) <null> [null] (none) (not_set) not_set empty blank -- - .'.split(
    ' ',
  ),
)
const PHRASES = new Set(['not set', '(not set)', 'not provided', 'not available', 'not specified', '[object object]'])
/** An unexpanded template: `{email}`, `{{email}}`, `${email}`, `%email%`, `[email]`, `<email>`. */
const TEMPLATE = /^(?:\$?\{.*\}|%.*%|\[.*\]|<.*>)$/s

/** True for a word in place of a value. @param text trimmed */
export function isPlaceholder(text: string): boolean {
  const word = text.toLowerCase()
  return PLACEHOLDERS.has(word) || PHRASES.has(word) || TEMPLATE.test(word)
}
